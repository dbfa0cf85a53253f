/**
 * Phase 2: the model of phase 1 as an agent with tools. It tries meetings to learn from several times; the tries and the pairs of better
 * and worse ones among them are what phase 3 learns from.
 *
 * A stopped phase goes on with the meetings that are not tried yet. Every draw is a function of the seed, the meeting and the try, so that
 * the files are the same as without a stop.
 */
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { policyChatModels } from "../../../agents/policy-chat-model.ts";
import { randomBits } from "../../../core/random.ts";
import type { Rollout } from "../../../core/rollout.ts";
import { meetingReward } from "../../../domains/meetings/rewards.ts";
import { type MeetingTask, meetingTasks } from "../../../domains/meetings/tasks.ts";
import { type Engine, openEngine } from "../../../engine/engine.ts";
import type { Episode } from "../../../ports/environment.ts";
import type { RolloutRunner } from "../../../ports/rollout-runner.ts";
import type { SamplingClient } from "../../../ports/sampling-client.ts";
import { rolloutRunner } from "../../../rollouts/rollout-runner.ts";
import { readFormat, writeFormat } from "../../../formats/format.ts";
import { RolloutProgress } from "../../../rollouts/rollout-progress.ts";
import type { AppendLog } from "../../../runs/append-log.ts";
import { appendRow, openJsonlLog, readJsonl } from "../../../runs/jsonl-log.ts";
import { makeFolder, readText, writeWhole } from "../../../runs/run-files.ts";
import { FailedRollouts } from "../../training/failed-rollouts.ts";
import type { PipelineEvent } from "../../training/pipeline-events.ts";
import { whileRunning } from "../../training/while-running.ts";
import { meetingPairs } from "./meeting-pairs.ts";
import { meetingTrace, type MeetingTrace, tracesFormat } from "./meeting-traces.ts";
import { costMeter, totalCost } from "./traces-cost.ts";
import { meetingAgent } from "./meeting-work.ts";
import type { MeetingPaths } from "./meetings-folder.ts";
import type { ResolvedMeetings } from "./resolved-settings.ts";
import type { PhaseOptions } from "./sft-phase.ts";
import {
  statisticsFormat,
  tracesStatistics,
  type TracesStatistics,
  tracesText,
} from "./traces-statistics.ts";

/** Meetings whose tries are sampled together, and kept together when the phase is stopped. */
const SCENARIOS_AT_A_TIME = 20;

/** The meetings that are tried; none of them is in the table of phase 1. */
const scenariosOf = ({
  scenarios: count,
  seed,
}: Pick<ResolvedMeetings, "scenarios" | "seed">): readonly MeetingTask[] =>
  meetingTasks({ split: "validation", count, seed });

/** Phase 2 as a stream of events. The last one is "stopped" after the signal. @throws ALL_ROLLOUTS_FAILED; as `openEngine` */
export async function* tracesPhase(options: PhaseOptions): AsyncGenerator<PipelineEvent, void> {
  const { settings, paths, signal } = options;
  const { threads } = settings;
  await makeFolder(dirname(paths.traces));
  const tasks = scenariosOf(settings);
  const text = `agent with tools: ${tasks.length} meetings, ${settings.tries} tries each`;
  yield { kind: "note", text };
  const engine = await openEngine(paths.sftModel, {
    ...(threads !== undefined && { threads }),
    ...(signal !== undefined && { signal }),
  });
  try {
    const policy = await engine.createSamplingClient({});
    yield* sampled(tasks, { options, engine, policy });
  } finally {
    await engine.close();
  }
}

interface OpenedAgent {
  readonly options: PhaseOptions;
  readonly engine: Engine;
  readonly policy: SamplingClient;
}

async function* sampled(
  tasks: readonly MeetingTask[],
  opened: OpenedAgent,
): AsyncGenerator<PipelineEvent, void> {
  const { settings, paths, signal } = opened.options;
  const log = openJsonlLog(paths.begun, tracesFormat);
  try {
    yield* tryAll(tasks, opened, log);
  } finally {
    log.close();
  }
  if (signal?.aborted) return yield await stoppedEvent(opened.options);
  yield* published(settings, paths);
}

/** Tries the meetings that are not in the log yet, some at a time. */
async function* tryAll(
  tasks: readonly MeetingTask[],
  opened: OpenedAgent,
  log: AppendLog,
): AsyncGenerator<PipelineEvent, void> {
  const { settings, paths, signal } = opened.options;
  const begun = await readJsonl(paths.begun, tracesFormat);
  const tried = new Set(begun.map(({ task }) => task));
  const left = tasks.filter(({ id }) => !tried.has(id));
  const attempt = attempts(opened);
  const cost = costMeter();
  for (let at = 0; at < left.length; at += SCENARIOS_AT_A_TIME) {
    const some = left.slice(at, at + SCENARIOS_AT_A_TIME);
    const rollouts = yield* attempt(some);
    if (rollouts === undefined || signal?.aborted) return;
    // A row for each meeting, so that a killed process leaves no meeting with a part of its tries.
    const ofEach = cost(rollouts, some.length);
    for (const [task, tries] of Map.groupBy(rollouts, (rollout) => rollout.task.id))
      appendRow(log, { task, tries: tries.map(meetingTrace), cost: ofEach });
    const done = tried.size + at + some.length;
    yield progressOf(done * settings.tries, tasks.length * settings.tries, settings.deadline);
  }
}

/** Tries some meetings and gives their rollouts; nothing after the signal. @throws ALL_ROLLOUTS_FAILED */
function attempts(opened: OpenedAgent) {
  const { settings, signal } = opened.options;
  const progress = new RolloutProgress();
  const failures = new FailedRollouts();
  const runner = runnerOf(opened, progress);
  return async function* (
    tasks: readonly MeetingTask[],
  ): AsyncGenerator<PipelineEvent, readonly Rollout<MeetingTask, Episode>[] | undefined> {
    const jobs = jobsOf(tasks, settings);
    const work = runner.run({ policy: opened.policy, jobs, ...(signal && { signal }) });
    const rollouts = yield* whileRunning(
      work.catch((error: unknown) => stopped(error, signal)),
      { name: "traces", progress, deadline: settings.deadline },
    );
    if (rollouts !== undefined)
      yield* failures.check({ where: "in phase 2", kind: "evaluation", rollouts });
    return rollouts;
  };
}

/** How far the whole phase is. */
const progressOf = (done: number, total: number, deadline: number): PipelineEvent => ({
  ...{ kind: "rollouts", name: "traces", done, total },
  ...{ failed: 0, missed: 0, running: 0, longestSeconds: 0, deadline },
});

/** Nothing for a request that the signal ended; any other error is thrown on. */
function stopped(error: unknown, signal: AbortSignal | undefined): undefined {
  if (signal?.aborted !== true) throw error;
}

async function stoppedEvent({ settings, paths }: PhaseOptions): Promise<PipelineEvent> {
  const { length: meetings } = await readJsonl(paths.begun, tracesFormat);
  const { scenarios, tries } = settings;
  const work = { unit: "tries", done: meetings * tries, total: scenarios * tries };
  return { kind: "stopped", folder: paths.folder, phase: "traces", step: 0, work };
}

const jobsOf = (tasks: readonly MeetingTask[], { tries, seed }: ResolvedMeetings) =>
  tasks.flatMap((task) =>
    Array.from({ length: tries }, (_, i) => ({
      id: `${task.id}-${i + 1}`,
      task,
      seed: randomBits("traces", seed, task.id, i),
    })),
  );

function runnerOf(
  { options: { settings }, engine }: OpenedAgent,
  progress: RolloutProgress,
): RolloutRunner<MeetingTask, Episode> {
  const { renderer, architecture } = engine;
  const { maxTokens, temperature, concurrency, deadline } = settings;
  const chatModel = policyChatModels({
    ...{ renderer, sampling: { maxTokens, temperature } },
    contextLength: architecture.contextLength,
  });
  const agent = meetingAgent(settings, "tools");
  return rolloutRunner<MeetingTask, Episode>({
    agent,
    reward: meetingReward,
    chatModel,
    concurrency,
    progress,
    deadlineMs: deadline * 1000,
  });
}

/** Makes the pairs of a finished phase anew, where another least difference is asked for. */
export async function* pairedAnew(
  settings: ResolvedMeetings,
  paths: MeetingPaths,
): AsyncGenerator<PipelineEvent, void> {
  const { minMargin } = (await readStatistics(paths)) ?? {};
  const isOther = minMargin !== undefined && minMargin !== settings.minMargin;
  if (isOther && existsSync(paths.begun)) yield* published(settings, paths);
}

/** Writes the files of a finished phase. */
async function* published(
  settings: ResolvedMeetings,
  paths: MeetingPaths,
): AsyncGenerator<PipelineEvent, void> {
  const begun = await readJsonl(paths.begun, tracesFormat);
  const traces: readonly MeetingTrace[] = begun.flatMap(({ tries }) => tries);
  const { minMargin } = settings;
  const pairs = meetingPairs(traces, minMargin);
  const cost = totalCost(begun.map((row) => row.cost));
  const statistics = { ...tracesStatistics(traces, pairs), minMargin, ...(cost && { cost }) };
  await writeWhole(paths.traces, listText(traces.map(({ trajectory }) => trajectory)));
  await writeWhole(paths.pairs, listText(pairs));
  await writeWhole(paths.statistics, writeFormat(statisticsFormat, statistics));
  for (const text of tracesText(statistics)) yield { kind: "note", text };
}

/** The statistics of a finished phase; undefined where it is not finished. @throws FILE_DAMAGED */
export async function readStatistics({
  statistics,
}: Pick<MeetingPaths, "statistics">): Promise<TracesStatistics | undefined> {
  const text = await readText(statistics);
  return text === undefined ? undefined : readFormat(statisticsFormat, text, statistics);
}

/** A JSON list with an element a line. */
const listText = (items: readonly object[]): string =>
  `[\n${items.map((item) => JSON.stringify(item)).join(",\n")}\n]\n`;
