/**
 * The function of a user's file as an agent. Its file is loaded once in each of some processes, which answer one task after the
 * other: a try costs what the function costs, and no start of a program.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programCancelled } from "../../agents/command-process.ts";
import { watchedModel } from "../../agents/watched-model.ts";
import { newTraceId } from "../../core/ids.ts";
import type { Task } from "../../core/rollout.ts";
import type { Agent, AgentContext } from "../../ports/agent.ts";
import { type AgentProcess, startAgentProcess } from "./agent-process.ts";
import { type ProgramParts, withCause } from "./command-agent.ts";
import { openEndpoint } from "./policy-endpoint.ts";
import { promptedProgram } from "./program-prompts.ts";
import { addressVariables, compileCache, taskVariables } from "./program-variables.ts";
import { openReplay, reported } from "./replayed-program.ts";

/** An agent with processes, which are to be ended. */
export interface FileAgent {
  readonly agent: Agent<Task, string>;
  readonly close: () => Promise<void>;
}

/** A place for tries, one after the other: an address, a folder, and a process once the first try has begun. */
interface Seat {
  readonly id: string;
  readonly folder: string;
  process?: AgentProcess;
}

/** What all tries have in common. */
interface FileProgram extends ProgramParts {
  readonly file: string;
  readonly hidden: readonly string[];
  /** Whether the agent was closed, so that no process may start any more. */
  isClosed: boolean;
}

/**
 * As many processes run as rollouts are tried at a time. A process whose function threw answers further tasks; one that ended,
 * or was ended at a deadline, is followed by a new one.
 * @param file  whose default export answers a task: `export default async ({ question }) => …`
 * @param hidden  fields of a task that the function is not given
 */
export function fileAgent(
  file: string,
  parts: { readonly hidden: readonly string[] } & ProgramParts,
): FileAgent {
  const program: FileProgram = { file, ...parts, isClosed: false };
  const free: Seat[] = [];
  const all: Seat[] = [];
  return {
    agent: async (task, context) => {
      const seat = free.pop() ?? (await newSeat());
      if (!all.includes(seat)) all.push(seat);
      try {
        return await tried(seat, program, { task, context });
      } finally {
        if (program.isClosed) await endSeat(seat);
        else free.push(seat);
      }
    },
    close: async () => {
      program.isClosed = true;
      for (const seat of all) await endSeat(seat);
    },
  };
}

const newSeat = async (): Promise<Seat> => ({
  id: newTraceId(),
  folder: await mkdtemp(join(tmpdir(), "hone-agent-")),
});

async function endSeat({ process, folder }: Seat): Promise<void> {
  process?.end();
  // A try that has not seen its end yet may still write there.
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** @throws TOOLS_NOT_REPLAYED for an answer without an SDK whose tools were to be replayed; as `AgentProcess.answer` */
async function tried(
  seat: Seat,
  program: FileProgram,
  { task, context }: { readonly task: Task; readonly context: AgentContext },
): Promise<string> {
  const { file, hidden, replay, systemMessage } = program;
  const { signal, seed, keepOutput = () => undefined, addMetrics } = context;
  const { model, prompts } = promptedProgram("fileAgent", context, systemMessage);
  const watched = watchedModel(model);
  using policy = await openEndpoint(seat.id, { model: watched.model, signal });
  const isOver = (): boolean => signal.aborted || program.isClosed;
  const opening = replay && openReplay(replay, { task, folder: seat.folder });
  const replayed = await opening?.catch((error: unknown) => {
    // The folder of an agent that was closed meanwhile is gone.
    throw isOver() ? programCancelled(file) : error;
  });
  const { input, variables } = taskVariables(task, { hidden, seed, prompts });
  const job = { task: JSON.parse(input) as unknown, seed, prompts: { ...prompts }, variables };
  const run = async (): Promise<string> => {
    const environment = { ...addressVariables(policy), ...replayed?.environment };
    // The rollout or the run may have ended meanwhile.
    if (isOver()) throw programCancelled(file);
    const countLate = (calls: number): void => addMetrics?.({ [LATE_CALLS]: calls });
    return processOf(seat, file, environment).answer({ job, keepOutput, countLate, signal });
  };
  try {
    return await (replayed === undefined ? run() : reported(run(), replayed, file));
  } catch (error) {
    throw withCause(error, watched.failure());
  }
}

/** The metric of a rollout whose process has refused calls that tries before it had left behind. */
const LATE_CALLS = "calls_of_earlier_tries";

function processOf(seat: Seat, file: string, environment: NodeJS.ProcessEnv): AgentProcess {
  if (seat.process?.isRunning() === true) return seat.process;
  seat.process = startAgentProcess(file, {
    ...compileCache(),
    ...process.env,
    ...environment,
  });
  return seat.process;
}
