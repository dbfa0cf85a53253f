/** What an improvement learns from and is measured on, as files: tasks, and for trainings on data what is learned. */
import { cp } from "node:fs/promises";
import { join, resolve } from "node:path";
import { HoneError } from "../../core/errors.ts";
import type { Trace } from "../../core/trace.ts";
import type { TraceFilter } from "../../core/trace-query.ts";
import { rewardOfTrace } from "../../core/trace-reward.ts";
import { jsonLine, writeLines } from "../../data/export-lines.ts";
import { conversationsOf } from "../../data/trace-conversations.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { promptOf } from "../../rewards/trace-answer.ts";
import {
  changedCallsText,
  leftOutText,
  readTraceTasks,
  reportOf,
  writeTraceTasks,
} from "../traces/export-tasks.ts";
import { exportPairs, filtered } from "../traces/pairs-export.ts";
import type { TraceTasks } from "../traces/trace-tasks.ts";
import { type StoreAt, withStore } from "../traces/with-store.ts";
import { checkReplayable } from "./check-replayable.ts";
import type { ImproveMethod, ImproveSettings } from "./improve-settings.ts";
import { readsConversations } from "./warm-start.ts";

/** The names of the files in a run folder. */
export const inputFiles = {
  tasks: "tasks.jsonl",
  data: "data.jsonl",
  traces: "traces.jsonl",
} as const;

/** The files of an improvement. */
export interface ImproveInputs {
  readonly tasks: string;
  /** Absent where nothing but tasks is learned from. */
  readonly data?: string;
  /** The traces that are learned, where these are. */
  readonly traces?: string;
  /** What was found, in sentences. */
  readonly notes: readonly string[];
  /** The different system messages of the recorded tasks. Absent of a run that is resumed. */
  readonly systemMessages?: readonly string[];
}

/** What decides the tasks of a recording. */
export interface TasksRequest extends Pick<
  ImproveSettings,
  "heldOut" | "unmatched" | "allowTools"
> {
  readonly filter: TraceFilter;
}

/** The tasks of a recording, written into a file. */
interface RecordedTasks extends Pick<ImproveInputs, "tasks" | "notes"> {
  readonly read: TraceTasks;
}

/**
 * Reads the tasks of traces and writes their file.
 * @param folder  an existing folder for it
 * @throws as `readTraceTasks` and `checkReplayable`; IMPROVE_NO_SPLIT where nothing is held out or learned
 */
export async function recordedTasks(
  at: StoreAt,
  request: TasksRequest,
  folder: string,
): Promise<RecordedTasks> {
  const { filter, heldOut } = request;
  const read = await readTraceTasks(at, filter, heldOut);
  const report = reportOf(read);
  const { tasks: count, heldOut: measured } = report;
  if (measured === 0 || measured === count)
    throw new HoneError("IMPROVE_NO_SPLIT", { tasks: count, share: heldOut });
  checkReplayable(read, request);
  const tasks = join(folder, inputFiles.tasks);
  await writeTraceTasks(tasks, read);
  const left = leftOutText(report);
  const notes = [
    `${count} tasks of ${report.sessions} sessions with ${report.calls} recorded calls${left === "" ? "" : `, left out: ${left}`}`,
    ...changedCallsText(report),
  ];
  return { tasks, notes, read };
}

/**
 * Reads the traces and writes the files.
 * @param folder  an existing folder for them
 * @throws as `recordedTasks` and the exports
 */
export async function makeInputs(
  at: StoreAt,
  settings: ImproveSettings,
  folder: string,
): Promise<ImproveInputs> {
  const { agent, minReward } = settings;
  const filter: TraceFilter = agent === undefined ? {} : { agent };
  const { tasks, notes, read } = await recordedTasks(at, { ...settings, filter }, folder);
  const write = dataOf(settings);
  if (write === undefined) return { tasks, notes, systemMessages: systemMessagesOf(read) };
  const data = join(folder, inputFiles.data);
  const written = await withStore(at, (store) => write({ store, filter, data, read, minReward }));
  return { tasks, data, notes: [...notes, written] };
}

const systemMessagesOf = ({ traces }: TraceTasks): readonly string[] => [
  ...new Set(
    traces.flatMap((trace) =>
      promptOf(trace)
        .slice(0, 1)
        .flatMap(({ role, content }) => (role === "system" ? [content] : [])),
    ),
  ),
];

/** The files that a run kept of its first session. */
export const keptInputs = (folder: string, settings: DataSettings): ImproveInputs => ({
  tasks: join(folder, inputFiles.tasks),
  ...(dataOf(settings) !== undefined && { data: join(folder, inputFiles.data) }),
  notes: [],
});

/** Keeps the files in a run's folder. */
export async function keepInputs(
  { tasks, data, traces }: ImproveInputs,
  folder: string,
): Promise<void> {
  const named = [
    [tasks, inputFiles.tasks],
    [data, inputFiles.data],
    [traces, inputFiles.traces],
  ] as const;
  for (const [file, name] of named) {
    const target = join(folder, name);
    if (file !== undefined && resolve(file) !== resolve(target)) await cp(file, target);
  }
}

interface DataRequest {
  readonly store: TraceStore;
  readonly filter: TraceFilter;
  /** The file to write. */
  readonly data: string;
  readonly read: TraceTasks;
  readonly minReward: number | undefined;
}

/** Writes what is learned beside the tasks, and says what it is. */
type WriteData = (request: DataRequest) => Promise<string>;

/** What decides whether more than tasks is learned. */
type DataSettings = Pick<ImproveSettings, "method" | "model" | "warmStart">;

function dataOf(settings: DataSettings): WriteData | undefined {
  const rows: Readonly<Record<ImproveMethod, WriteData | undefined>> = {
    grpo: readsConversations(settings) ? writeConversations : undefined,
    sft: writeConversations,
    dpo: writePairs,
    prompt: undefined,
  };
  return rows[settings.method];
}

async function writePairs({ store, filter, data, read }: DataRequest): Promise<string> {
  const { lines, leftOut } = await exportPairs(store, data, { filter, only: read.mayLearn });
  const left = Object.entries(leftOut).map(([why, count]) => `, ${count} ${why}`);
  return `${lines} pairs of people's comparisons and corrections to learn from${left.join("")}`;
}

const written = { argumentsAs: "objects" } as const;

/** @throws DATA_EMPTY where no trace may be learned from */
async function writeConversations(request: DataRequest): Promise<string> {
  const { store, filter, data, read, minReward = -Infinity } = request;
  let [lineCount, failed, poor] = [0, 0, 0];
  const isGood = (trace: Trace): boolean => {
    if (trace.status !== "completed") failed++;
    else if ((rewardOfTrace(trace) ?? Infinity) < minReward) poor++;
    else return true;
    return false;
  };
  await writeLines(
    data,
    (async function* () {
      for await (const trace of filtered(store.traces(filter), read.mayLearn)) {
        if (!isGood(trace)) continue;
        for (const line of conversationsOf(trace, written).lines) {
          lineCount++;
          yield jsonLine(line);
        }
      }
    })(),
    () => {
      if (lineCount > 0) return;
      throw new HoneError("DATA_EMPTY", { where: store.url, item: "answered trace to learn from" });
    },
  );
  const left = [
    ...(failed > 0 ? [`${failed} traces that did not complete`] : []),
    ...(poor > 0 ? [`${poor} with a reward below ${minReward}`] : []),
  ];
  return `${lineCount} conversations to learn from${left.length > 0 ? `, left out: ${left.join(", ")}` : ""}`;
}
