/** `hone reward`: trajectories by rules, in four parts, with statistics per domain and part. */
import type { FileHandle } from "node:fs/promises";
import { isObject } from "../../core/json.ts";
import { HoneError } from "../../core/errors.ts";
import type { OnProgress } from "../../core/progress.ts";
import type { UnifiedTrajectory } from "../../core/unified-trajectory.ts";
import type { PartWeights } from "./reward-parts.ts";
import { LeftOutTrajectories } from "../../data/trajectories/left-out.ts";
import { writeTrajectories } from "../../data/trajectories/write-trajectories.ts";
import { type Distribution, distributionOf } from "../../evaluation/distribution.ts";
import { writeOutput } from "../../formats/whole-write.ts";
import { answerQuality } from "../../rewards/answer-quality.ts";
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
  /** Weights of parts in the place of the usual ones. Default: `trajectoryWeights`. */
  readonly weights?: PartWeights | undefined;
  /** Where the trajectories are written with their rewards, as `hone convert` writes them. Default: nowhere. */
  readonly rewarded?: string | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

/** The statistics of some trajectories: of the totals, and of each part. */
export type RewardStatistics = Readonly<Record<string, Distribution>>;

/** What came of it; the file has each trajectory's total and parts beside it, under `trajectories`. */
export interface RewardAnalysis {
  /** How many trajectories were rewarded. */
  readonly count: number;
  /** Of all, under "all", and of each domain. */
  readonly statistics: Readonly<Record<string, RewardStatistics>>;
  readonly leftOut: LeftOutTrajectories["reasons"];
  /** How many had a reward before, which these replace. */
  readonly replaced: number;
}

/**
 * Rewards every trajectory: 0.4 · completion + 0.2 · efficiency + 0.3 · quality + 0.1 · reasoning (`trajectoryReward`). The file is
 * written while they are read; only the numbers are held.
 * @throws DATA_EMPTY; USER_FILE_INVALID for the file of the quality; as `trajectoriesOf` and `writeTrajectories`
 */
export async function rewardTrajectories(
  options: RewardTrajectoriesOptions,
): Promise<RewardAnalysis> {
  const { out, rewarded, sources, weights, signal, onProgress } = options;
  const quality = await givenQuality(options.quality);
  const computer = trajectoryReward({ quality, weights: weights ?? {} });
  const leftOut = new LeftOutTrajectories();
  const values = new RewardValues();
  let replaced = 0;
  const scored = async function* (file: AnalysisFile): AsyncGenerator<UnifiedTrajectory, void> {
    for await (const one of trajectoriesOf(options, leftOut)) {
      if (signal.aborted) throw new HoneError("CANCELLED", { what: "The rewarding" });
      const { total, components } = await computer.compute(one);
      values.add(one.domain, { total, ...components });
      if (one.reward !== undefined) replaced++;
      const { id, domain, task } = one;
      await file.add({ id, domain, task: task.id, total, parts: components });
      onProgress({ what: `rewarded ${values.count} trajectories` });
      yield { ...one, reward: total, rewards: components };
    }
  };
  let analysis: RewardAnalysis | undefined;
  await writeOutput(out, async (handle) => {
    const file = new AnalysisFile(handle);
    if (rewarded === undefined) for await (const _ of scored(file));
    else await writeTrajectories(scored(file), "unified", rewarded);
    if (values.count === 0)
      throw new HoneError("DATA_EMPTY", { where: sources.join(", "), item: "trajectory" });
    const { count, statistics } = values;
    analysis = { count, statistics, leftOut: leftOut.reasons, replaced };
    await file.end({ statistics, leftOut: leftOut.reasons });
  });
  return analysis!;
}

/** The values of each part, of all trajectories and by domain. */
class RewardValues {
  readonly #domains = new Map<string, Map<string, NumberList>>();
  count = 0;

  add(domain: string, parts: Readonly<Record<string, number>>): void {
    this.count++;
    const own = this.#domains.get(domain) ?? new Map<string, NumberList>();
    this.#domains.set(domain, own);
    for (const [part, value] of Object.entries(parts)) {
      const values = own.get(part) ?? new NumberList();
      own.set(part, values);
      values.add(value);
    }
  }

  get statistics(): RewardAnalysis["statistics"] {
    const domains = [...this.#domains];
    const byDomain = domains.map(([name, of]) => [name, statisticsOf([...of])] as const);
    // Of a single domain "all" says the same.
    if (domains.length === 1) return Object.fromEntries([["all", byDomain[0]![1]], ...byDomain]);
    const parts = new Set(domains.flatMap(([, of]) => [...of.keys()]));
    const all = [...parts].map(
      (part) => [part, joined(domains.flatMap(([, of]) => of.get(part) ?? []))] as const,
    );
    return Object.fromEntries([["all", statisticsOf(all)], ...byDomain]);
  }
}

/** Numbers in pieces of one size: a list that grows is copied again and again, and the copies would be most of the memory. */
class NumberList {
  readonly pieces: Float64Array[] = [];
  count = 0;

  add(value: number): void {
    const at = this.count++ % pieceSize;
    if (at === 0) this.pieces.push(new Float64Array(pieceSize));
    this.pieces.at(-1)![at] = value;
  }
}

const pieceSize = 4096;

const joined = (lists: readonly NumberList[]): NumberList => {
  const all = new NumberList();
  for (const list of lists) for (const value of valuesOf(list)) all.add(value);
  return all;
};

function valuesOf({ pieces, count }: NumberList): Float64Array {
  const values = new Float64Array(count);
  pieces.forEach((piece, i) => {
    values.set(piece.subarray(0, Math.min(pieceSize, count - i * pieceSize)), i * pieceSize);
  });
  return values;
}

function statisticsOf(parts: readonly (readonly [string, NumberList])[]): RewardStatistics {
  const spreads = parts.map(([part, list]) => [part, distributionOf(valuesOf(list))] as const);
  return Object.fromEntries(spreads.flatMap(([part, spread]) => (spread ? [[part, spread]] : [])));
}

/** The analysis as JSON, a line for each trajectory, written while they are rewarded. */
class AnalysisFile {
  readonly #file: FileHandle;
  #waiting = '{\n  "trajectories": [';
  #isFirst = true;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async add(row: object): Promise<void> {
    this.#waiting += `${this.#isFirst ? "" : ","}\n    ${JSON.stringify(row)}`;
    this.#isFirst = false;
    if (this.#waiting.length > 1 << 16) await this.#flush();
  }

  async end(rest: object): Promise<void> {
    const [, ...lines] = JSON.stringify(rest, undefined, 2).split("\n");
    this.#waiting += `\n  ],\n${lines.join("\n")}\n`;
    await this.#flush();
  }

  async #flush(): Promise<void> {
    await this.#file.writeFile(this.#waiting);
    this.#waiting = "";
  }
}

/**
 * The quality of a trajectory: what its domain's reward called `quality`, where it has such a part; else whether the task was done, where
 * that is known; else how good the answer looks (`answerQuality`), with the task's own `answer` or `reference` where it has one; 0
 * without an answer.
 */
function qualityOf({ outcome, answer, task, rewards }: UnifiedTrajectory): number {
  const own = rewards?.["quality"];
  if (own !== undefined && own >= 0 && own <= 1) return own;
  if (outcome.isSuccess !== undefined) return outcome.isSuccess ? 1 : 0;
  if (answer === undefined) return 0;
  const fields = isObject(task.fields) ? task.fields : {};
  const reference = fields["answer"] ?? fields["reference"];
  const isKnown = typeof reference === "string" || typeof reference === "number";
  return answerQuality(answer, isKnown ? String(reference) : undefined).share;
}

async function givenQuality(file: string | undefined): Promise<TrajectoryQuality> {
  if (file === undefined) return qualityOf;
  const wanted = { what: "quality", example: "export default (trajectory) => 0.8" };
  const given = await defaultExportOf(file, wanted);
  if (typeof given === "function") return given as TrajectoryQuality;
  const problem =
    "its default export must be a function of a trajectory that gives a number from 0 to 1";
  throw new HoneError("USER_FILE_INVALID", { file, problem, ...wanted });
}
