/** The two readings that sets are made in: of all tasks and rewards, then of the trajectories that rows are made of. */
import { rewardWeights } from "../../algorithms/supervised/reward-weights.ts";
import { HoneError } from "../../core/errors.ts";
import type { OnProgress } from "../../core/progress.ts";
import type { UnifiedTrajectory } from "../../core/unified-trajectory.ts";
import { LeftOutTrajectories } from "../../data/trajectories/left-out.ts";
import type { SetWeightRule } from "./set-weight-rules.ts";
import { type TrajectorySource, trajectoriesOf } from "./trajectory-sources.ts";

/** Which trajectories rows are made of. */
export interface SetReading extends TrajectorySource {
  /** Leaves out trajectories of a smaller reward, and those without one. */
  readonly minReward?: number | undefined;
  /** Gives each trajectory a weight by its reward, and leaves out those without one. */
  readonly weights?: SetWeightRule | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

/** A trajectory that rows are made of. */
export interface WeighedTrajectory {
  readonly one: UnifiedTrajectory;
  readonly weight: number | undefined;
}

/** What must be known of all trajectories before the first row is written. */
export interface SeenTrajectories {
  /** The tasks that are not of evaluations. */
  readonly ids: ReadonlySet<string>;
  readonly tools: readonly string[];
  /** Weights of the trajectories that `isTaken` takes, in their order. */
  readonly weights: readonly number[] | undefined;
}

/** Reads all trajectories for what must be known before the first row. @throws as `trajectoriesOf` and `rewardWeights`; CANCELLED */
export async function readTasksOfSets(options: SetReading): Promise<SeenTrajectories> {
  const { signal, onProgress, weights } = options;
  const [ids, tools] = [new Set<string>(), new Set<string>()];
  const [rewards, tasks]: [number[], string[]] = [[], []];
  for await (const one of trajectoriesOf(options, new LeftOutTrajectories())) {
    if (signal.aborted) throw cancelled();
    for (const { tool } of one.steps) tools.add(tool);
    if (one.split !== "test") ids.add(one.task.id);
    if (weights !== undefined && reasonAgainst(one, options) === undefined) {
      rewards.push(one.reward!);
      tasks.push(one.task.id);
    }
    onProgress({ what: `found ${ids.size} tasks` });
  }
  const given =
    weights === undefined || rewards.length === 0
      ? undefined
      : rewardWeights(rewards, { weighting: weights, tasks });
  return { ids, tools: [...tools], weights: given };
}

/** Why no row is made of a trajectory, whatever its steps; undefined where there is nothing against it. */
function reasonAgainst(
  { split, reward }: UnifiedTrajectory,
  { minReward, weights }: SetReading,
): string | undefined {
  if (split === "test") return "of evaluations";
  if (reward === undefined)
    return minReward === undefined && weights === undefined ? undefined : "no reward";
  return reward < (minReward ?? -Infinity) ? `a reward below ${minReward}` : undefined;
}

const cancelled = (): HoneError => new HoneError("CANCELLED", { what: "The making of sets" });

/** The reading that rows are made of, and what it left out. */
export class ReadingOfSets {
  readonly #options: SetReading;
  readonly #weights: readonly number[] | undefined;
  readonly #conversations = new LeftOutTrajectories();
  readonly #reasons = new Map<string, number>();
  count = 0;

  constructor(options: SetReading, weights: readonly number[] | undefined) {
    this.#options = options;
    this.#weights = weights;
  }

  async *trajectories(): AsyncGenerator<WeighedTrajectory, void> {
    const { signal, onProgress } = this.#options;
    let taken = 0;
    for await (const one of trajectoriesOf(this.#options, this.#conversations)) {
      if (signal.aborted) throw cancelled();
      onProgress({ what: `read ${++this.count} trajectories` });
      const reason = reasonAgainst(one, this.#options);
      const weight = reason === undefined ? this.#weights?.[taken++] : undefined;
      if (reason !== undefined) this.leaveOut(reason);
      else if (weight === 0) this.leaveOut("a weight of 0");
      else yield { one, weight };
    }
  }

  leaveOut(reason: string): void {
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
  }

  get leftOut(): Readonly<Record<string, number>> {
    return {
      ...Object.fromEntries(this.#reasons),
      ...Object.fromEntries(
        this.#conversations.reasons.map(({ reason, count }) => [reason, count]),
      ),
    };
  }
}
