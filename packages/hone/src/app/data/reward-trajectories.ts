/** `hone reward`: trajectories by rules, in four parts, with statistics per domain and part. */
import { isObject } from "../../core/json.ts";
import { HoneError } from "../../core/errors.ts";
import type { OnProgress } from "../../core/progress.ts";
import type { Trace } from "../../core/trace.ts";
import type { UnifiedTrajectory } from "../../core/unified-trajectory.ts";
import { LeftOutTrajectories } from "../../data/trajectories/left-out.ts";
import { traceOfTrajectory } from "../../data/trajectories/trace-of-trajectory.ts";
import { writeTrajectories } from "../../data/trajectories/write-trajectories.ts";
import { type Distribution, distributionOf } from "../../evaluation/distribution.ts";
import { writeFileWhole } from "../../formats/whole-write.ts";
import { answerQuality } from "../../rewards/answer-quality.ts";
import type { RewardComputer } from "../../rewards/reward-computer.ts";
import { trajectoryReward } from "../../rewards/trajectory-reward.ts";
import { defaultExportOf } from "../user-module.ts";
import { type TrajectorySource, trajectoriesOf } from "./trajectory-sources.ts";

/** How good a trajectory's result is, from 0 to 1; undefined where it cannot be said. */
export type TrajectoryQuality = (
  trajectory: UnifiedTrajectory,
) => number | undefined | Promise<number | undefined>;

/** What is rewarded, and where it goes. */
export interface RewardTrajectoriesOptions extends TrajectorySource {
  /** The file of the analysis, as JSON. */
  readonly out: string;
  /** A .ts or .js file whose default export is a `TrajectoryQuality`. Default: `qualityOf`. */
  readonly quality?: string | undefined;
  /** Where the trajectories are written with their rewards, as `hone convert` writes them. Default: nowhere. */
  readonly rewarded?: string | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

/** The statistics of some trajectories: of the totals, and of each part. */
export type RewardStatistics = Readonly<Record<string, Distribution>>;

/** What came of it. */
export interface RewardAnalysis {
  readonly trajectories: readonly {
    readonly id: string;
    readonly domain: string;
    readonly task: string;
    readonly total: number;
    readonly parts: Readonly<Record<string, number>>;
  }[];
  /** Of all, under "all", and of each domain. */
  readonly statistics: Readonly<Record<string, RewardStatistics>>;
  readonly leftOut: LeftOutTrajectories["reasons"];
}

/**
 * Rewards every trajectory: 0.4 · completion + 0.2 · efficiency + 0.3 · quality + 0.1 · reasoning (`trajectoryReward`).
 * @throws DATA_EMPTY; USER_FILE_INVALID for the file of the quality; as `trajectoriesOf` and `writeTrajectories`
 */
export async function rewardTrajectories(
  options: RewardTrajectoriesOptions,
): Promise<RewardAnalysis> {
  const { out, rewarded, signal, onProgress } = options;
  const computer = rewardComputer(await givenQuality(options.quality));
  const leftOut = new LeftOutTrajectories();
  const rows: RewardAnalysis["trajectories"][number][] = [];
  const scored = async function* (): AsyncGenerator<UnifiedTrajectory, void> {
    for await (const one of trajectoriesOf(options, leftOut)) {
      if (signal.aborted) throw new HoneError("CANCELLED", { what: "The rewarding" });
      const { total, components } = await computer(one);
      rows.push({ id: one.id, domain: one.domain, task: one.task.id, total, parts: components });
      onProgress({ what: `rewarded ${rows.length} trajectories` });
      yield { ...one, reward: total, rewards: components };
    }
  };
  if (rewarded === undefined) for await (const _ of scored());
  else await writeTrajectories(scored(), "unified", rewarded);
  if (rows.length === 0)
    throw new HoneError("DATA_EMPTY", { where: options.sources.join(", "), item: "trajectory" });
  const byDomain = Object.entries(Object.groupBy(rows, ({ domain }) => domain));
  const analysis: RewardAnalysis = {
    trajectories: rows,
    statistics: {
      all: statisticsOf(rows),
      ...Object.fromEntries(byDomain.map(([domain, some]) => [domain, statisticsOf(some!)])),
    },
    leftOut: leftOut.reasons,
  };
  await writeFileWhole(out, `${JSON.stringify(analysis, undefined, 2)}\n`);
  return analysis;
}

function statisticsOf(rows: RewardAnalysis["trajectories"]): RewardStatistics {
  const parts = [...new Set(rows.flatMap(({ parts: own }) => Object.keys(own)))];
  const values = (part: string): number[] => rows.flatMap(({ parts: own }) => own[part] ?? []);
  const spreads = [
    ["total", distributionOf(rows.map(({ total }) => total))] as const,
    ...parts.map((part) => [part, distributionOf(values(part))] as const),
  ];
  return Object.fromEntries(spreads.flatMap(([name, spread]) => (spread ? [[name, spread]] : [])));
}

/** The reward of a trajectory; the rules of its parts read it as a trace. */
function rewardComputer(quality: TrajectoryQuality) {
  const byTrace = new WeakMap<Trace, UnifiedTrajectory>();
  const computer: RewardComputer<Trace> = trajectoryReward({
    quality: (trace) => quality(byTrace.get(trace)!),
  });
  return (trajectory: UnifiedTrajectory) => {
    const trace = traceOfTrajectory(trajectory);
    byTrace.set(trace, trajectory);
    return computer.compute(trace);
  };
}

/**
 * The quality of a trajectory without a rule of its domain: whether the task was done, where that is known; else how good the answer looks
 * (`answerQuality`), with the task's own `answer` or `reference` where it has one; 0 without an answer.
 */
function qualityOf({ outcome, answer, task }: UnifiedTrajectory): number {
  if (outcome.isSuccess !== undefined) return outcome.isSuccess ? 1 : 0;
  if (answer === undefined) return 0;
  const fields = isObject(task.fields) ? task.fields : {};
  const reference = fields["answer"] ?? fields["reference"];
  const isKnown = typeof reference === "string" || typeof reference === "number";
  return answerQuality(answer, isKnown ? String(reference) : undefined).share;
}

async function givenQuality(file: string | undefined): Promise<TrajectoryQuality> {
  if (file === undefined) return qualityOf;
  const wanted = { what: "quality", example: "export default ({ answer, task }) => …" };
  const given = await defaultExportOf(file, wanted);
  if (typeof given === "function") return given as TrajectoryQuality;
  const problem =
    "its default export must be a function of a trajectory that gives a number from 0 to 1";
  throw new HoneError("USER_FILE_INVALID", { file, problem, ...wanted });
}
