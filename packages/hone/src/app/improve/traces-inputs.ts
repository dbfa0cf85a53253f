/** What `hone train traces` learns from and is measured on where it runs the recorded agent again, as files. */
import { join } from "node:path";
import { HoneError } from "../../core/errors.ts";
import type { Trace } from "../../core/trace.ts";
import { rewardOfTrace } from "../../core/trace-reward.ts";
import { jsonLine, writeLines } from "../../data/export-lines.ts";
import { conversationsOf } from "../../data/trace-conversations.ts";
import { writeTrace } from "../../formats/trace-format.ts";
import { filtered } from "../traces/pairs-export.ts";
import { type StoreAt, withStore } from "../traces/with-store.ts";
import {
  type ImproveInputs,
  inputFiles,
  recordedTasks,
  type TasksRequest,
} from "./improve-inputs.ts";
import { scoredTraces, type ScoringOptions } from "./scored-traces.ts";

/** What decides the files. */
export interface TracesRequest extends TasksRequest, ScoringOptions {
  /** Whether a conversation without a reward is left out. */
  readonly needsRewards: boolean;
}

/** The files, all of them. */
export type TracesInputs = Required<Omit<ImproveInputs, "systemMessages">>;

/**
 * Reads the traces, scores them, and writes tasks, traces, and their conversations with their rewards. No trace is among them whose
 * session is held out, or in which a user says what a held-out task asks.
 * @param folder  an existing folder for the files
 * @throws as `recordedTasks` and `scoredTraces`; DATA_EMPTY where no trace may be learned from
 */
export async function makeTracesInputs(
  at: StoreAt,
  request: TracesRequest,
  folder: string,
): Promise<TracesInputs> {
  const { filter, needsRewards } = request;
  const { tasks, notes, read } = await recordedTasks(at, request, folder);
  const found = await withStore(at, (store) => completed(store.traces(filter), read.mayLearn));
  const { traces, notes: scores } = await scoredTraces(found.traces, request);
  const learned = needsRewards ? traces.filter((one) => rewardOfTrace(one) !== undefined) : traces;
  if (learned.length === 0)
    throw new HoneError("DATA_EMPTY", { where: at.url, item: "answered trace to learn from" });
  const files = tracesFiles(folder);
  await writeLines(
    files.traces,
    textsOf(learned, (trace) => jsonLine(writeTrace(trace))),
    () => undefined,
  );
  await writeLines(files.data, textsOf(learned, conversationLines), () => undefined);
  const failed =
    found.failed === 0 ? [] : [`${found.failed} traces that did not complete are left out`];
  return { ...files, tasks, notes: [...notes, ...scores, ...failed] };
}

/** The files of a run folder. */
export const tracesFiles = (folder: string): Omit<TracesInputs, "notes"> => ({
  tasks: join(folder, inputFiles.tasks),
  data: join(folder, inputFiles.data),
  traces: join(folder, inputFiles.traces),
});

async function completed(
  traces: AsyncIterable<Trace>,
  mayLearn: (trace: Trace) => boolean,
): Promise<{ readonly traces: readonly Trace[]; readonly failed: number }> {
  const found: Trace[] = [];
  let failed = 0;
  for await (const trace of filtered(traces, mayLearn))
    if (trace.status === "completed") found.push(trace);
    else failed++;
  return { traces: found, failed };
}

async function* textsOf(
  traces: readonly Trace[],
  text: (trace: Trace) => string,
): AsyncGenerator<string> {
  for (const trace of traces) yield text(trace);
}

/** The conversations of a trace, each with the trace's reward. */
function conversationLines(trace: Trace): string {
  const reward = rewardOfTrace(trace);
  const { lines } = conversationsOf(trace, { argumentsAs: "objects" });
  return lines
    .map((line) => jsonLine({ ...line, ...(reward !== undefined && { reward }) }))
    .join("");
}
