/** A process that answers one task after the other by the function of a user's file. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { endText, programCancelled, programFailed } from "../../agents/command-process.ts";
import { outputTail } from "../../agents/output-tail.ts";
import { endGroup } from "../../core/end-group.ts";
import { ownModule } from "../../core/own-module.ts";
import type { ProgramOutput } from "../../core/rollout.ts";
import type { AgentJob, AgentReply } from "./agent-runner.ts";

/** One task. */
export interface AgentTry {
  readonly job: AgentJob;
  /** Is given what the process wrote meanwhile. */
  readonly keepOutput: (output: ProgramOutput) => void;
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
  /** Ends it, and what it has started. */
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
  const end = (): void => endGroup(child.pid, isGroup);
  let waiting: PromiseWithResolvers<AgentReply> | undefined;
  let ended: string | undefined;
  const isOver = (problem: string): void => {
    ended ??= problem;
    waiting?.resolve({ problem: ended, stack: stderr.text() });
  };
  // Messages come from hone's own runner alone.
  child.on("message", (reply) => waiting?.resolve(reply as AgentReply));
  child.once("error", ({ message }) => isOver(`cannot be started: ${message}`));
  child.once("close", (code, by) => isOver(endText(code, by) ?? "ended before it had answered"));
  return {
    isRunning: () => ended === undefined && child.connected,
    end,
    async answer({ job, keepOutput, signal }) {
      if (signal.aborted) throw programCancelled(file);
      stdout.clear();
      stderr.clear();
      waiting = Promise.withResolvers();
      signal.addEventListener("abort", end, { once: true });
      try {
        if (ended === undefined) child.send(job, (error) => error && isOver(error.message));
        else isOver(ended);
        const reply = await waiting.promise;
        keepOutput({ stdout: stdout.shown(), stderr: stderr.shown() });
        if (signal.aborted) throw programCancelled(file);
        if ("answer" in reply) return reply.answer;
        throw programFailed(file, reply.problem, reply.stack);
      } finally {
        signal.removeEventListener("abort", end);
        waiting = undefined;
      }
    },
  };
}
