/** A process that answers one task after the other by the function of a user's file. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { endText, programCancelled, programFailed } from "../../agents/command-process.ts";
import { outputTail } from "../../agents/output-tail.ts";
import { endGroup } from "../../core/end-group.ts";
import { ownModule } from "../../core/own-module.ts";
import type { ProgramOutput } from "../../core/rollout.ts";
import { type AgentJob, type AgentReply, replyOf } from "./agent-job.ts";

/** One task. */
export interface AgentTry {
  /** The task; the process numbers it. */
  readonly job: Omit<AgentJob, "number">;
  /** Is given what the process wrote meanwhile. */
  readonly keepOutput: (output: ProgramOutput) => void;
  /** Is told how many calls of the model were refused since the last answer, since the tries that made them had ended. */
  readonly countLate: (calls: number) => void;
  /** Ends the process. */
  readonly signal: AbortSignal;
}

/** A started process. */
export interface AgentProcess {
  /**
   * The answer to a task; one at a time.
   * @throws COMMAND_FAILED where the function throws or returns no text, or the process ends; CANCELLED when the signal aborts
   */
  answer(one: AgentTry): Promise<string>;
  /** Whether it runs and takes tasks. */
  readonly isRunning: () => boolean;
  /** Ends it, and what it has started. It takes no tasks from then on. */
  end(): void;
}

/** @param file  whose default export answers */
export function startAgentProcess(file: string, environment: NodeJS.ProcessEnv): AgentProcess {
  const isGroup = process.platform !== "win32";
  const program = fileURLToPath(ownModule(new URL("./agent-runner.ts", import.meta.url)));
  const child = spawn(process.execPath, [program, file], {
    ...{ env: environment, detached: isGroup, windowsHide: true },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const [stdout, stderr] = [outputTail(child.stdout!), outputTail(child.stderr!)];
  let isEnding = false;
  let number = 0;
  let waiting: PromiseWithResolvers<AgentReply> | undefined;
  let ended: string | undefined;
  const end = (): void => {
    isEnding = true;
    endGroup(child.pid, isGroup);
  };
  const isOver = (problem: string): void => {
    ended ??= problem;
    waiting?.resolve({ replyTo: number, problem: ended, stack: stderr.text(), lateCalls: 0 });
  };
  child.on("message", (message) => {
    const reply = replyOf(message, number);
    if (reply !== undefined) waiting?.resolve(reply);
  });
  child.once("error", ({ message }) => isOver(`cannot be started: ${message}`));
  child.once("close", (code, by) => isOver(endText(code, by) ?? "ended before it had answered"));
  return {
    isRunning: () => !isEnding && ended === undefined && child.connected,
    end,
    async answer({ job, keepOutput, countLate, signal }) {
      if (signal.aborted) throw programCancelled(file);
      stdout.clear();
      stderr.clear();
      number++;
      waiting = Promise.withResolvers();
      const keep = (): void => keepOutput({ stdout: stdout.shown(), stderr: stderr.shown() });
      // At a deadline the rollout is over before the process has ended, so the output so far is kept now.
      const abort = (): void => {
        keep();
        end();
      };
      signal.addEventListener("abort", abort, { once: true });
      try {
        if (ended === undefined)
          child.send(
            { ...job, number } satisfies AgentJob,
            (error) => error && isOver(error.message),
          );
        else isOver(ended);
        const reply = await waiting.promise;
        if (signal.aborted) throw programCancelled(file);
        keep();
        if (reply.lateCalls > 0) countLate(reply.lateCalls);
        if ("answer" in reply) return reply.answer;
        throw programFailed(file, reply.problem, reply.stack);
      } finally {
        signal.removeEventListener("abort", abort);
        waiting = undefined;
      }
    },
  };
}
