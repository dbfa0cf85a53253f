/** How far the rollouts of a request are, as numbers that can be read at any moment. */
import type { Rollout } from "../core/rollout.ts";

/** How far the rollouts of one evaluation or step are. */
export interface RolloutCounts {
  /** Rollouts that were asked for. */
  readonly total: number;
  /** Of these, those that have ended. */
  readonly done: number;
  /** Of those that have ended, those without a reward. */
  readonly failed: number;
  /** Of those that failed, those that missed their deadline. */
  readonly missed: number;
  /** Rollouts that run now. */
  readonly running: number;
  /** How long the oldest of these runs, in seconds, with its waits for other rollouts. */
  readonly longestSeconds: number;
  /** Tasks that the policy's log-probs are scored of, once the rollouts have ended. Absent before, and where there are none. */
  readonly scored?: ScoredCounts | undefined;
  /** The workers that hold those that run, and the rollouts that wait for one. Absent where this process plays them. */
  readonly queue?: QueueState | undefined;
}

/** How far scoring is. */
export interface ScoredCounts {
  readonly done: number;
  readonly total: number;
  /** Seconds since it began. */
  readonly seconds: number;
}

/** Who plays the rollouts of a queue. */
export interface QueueState {
  /** Workers that hold rollouts. */
  readonly workers: number;
  /** Rollouts that wait for a worker. */
  readonly waiting: number;
}

/** Counts rollouts while they run. One for each place that shows progress; a runner adds to it. */
export class RolloutProgress {
  #total = 0;
  #done = 0;
  #failed = 0;
  #missed = 0;
  #scored: Omit<ScoredCounts, "seconds"> | undefined;
  #scoringSince = 0;
  #queue: QueueState | undefined;
  readonly #startedAt = new Map<string, number>();

  /** The rollouts of a request begin; what was counted before is forgotten. */
  begin(total: number): void {
    this.#total = total;
    this.#done = 0;
    this.#failed = 0;
    this.#missed = 0;
    this.#scored = undefined;
    this.#queue = undefined;
    this.#startedAt.clear();
  }

  start(id: string): void {
    this.#startedAt.set(id, performance.now());
  }

  /** Of a request on a queue these run now, and no others. */
  follow(running: readonly string[], queue: QueueState): void {
    const before = new Map(this.#startedAt);
    this.#startedAt.clear();
    for (const id of running) this.#startedAt.set(id, before.get(id) ?? performance.now());
    this.#queue = queue;
  }

  end({ id, failure }: Pick<Rollout, "id" | "failure">): void {
    this.#startedAt.delete(id);
    this.#done++;
    if (failure !== undefined) this.#failed++;
    if (failure?.boundary === "deadline") this.#missed++;
  }

  /** So many tasks are scored. */
  score(done: number, total: number): void {
    if (this.#scored === undefined) this.#scoringSince = performance.now();
    this.#scored = { done, total };
  }

  get counts(): RolloutCounts {
    const now = performance.now();
    const ages = [...this.#startedAt.values()].map((startedAt) => (now - startedAt) / 1000);
    return {
      total: this.#total,
      done: this.#done,
      failed: this.#failed,
      missed: this.#missed,
      running: ages.length,
      longestSeconds: Math.max(0, ...ages),
      ...(this.#scored && {
        scored: { ...this.#scored, seconds: (now - this.#scoringSince) / 1000 },
      }),
      ...(this.#queue && { queue: this.#queue }),
    };
  }
}
