/** How good the answers of POST /solve are, as metrics: means over all problems that were worked on, not those from the cache. */
import type { ServingMetrics } from "./serving-metrics.ts";
import type { Solved } from "./solver.ts";

/** Sums over the problems that were worked on. */
export class SolveQuality {
  readonly #metrics: ServingMetrics;
  #count = 0;
  #actions = 0;
  #validActions = 0;
  #completed = 0;
  #successes = 0;
  #reward = 0;

  constructor(metrics: ServingMetrics) {
    this.#metrics = metrics;
  }

  /** Counts an answer that was not worked on for its request. It changes no mean. */
  addCached(): void {
    this.#metrics.add("hone_solve_answers_total", { from: "cache" });
  }

  /** Counts a problem that was worked on. */
  add({ actions, structureScore, solution, isSuccess, reward }: Solved): void {
    this.#metrics.add("hone_solve_answers_total", { from: "model" });
    this.#count += 1;
    this.#actions += actions.length;
    this.#validActions += structureScore * actions.length;
    this.#completed += solution === null ? 0 : 1;
    this.#successes += isSuccess ? 1 : 0;
    this.#reward += reward;
    const mean = (sum: number): number => sum / this.#count;
    this.#metrics.set("hone_solve_actions_mean", mean(this.#actions));
    this.#metrics.set(
      "hone_solve_structure_score",
      this.#actions === 0 ? 0 : this.#validActions / this.#actions,
    );
    this.#metrics.set("hone_solve_completion_rate", mean(this.#completed));
    this.#metrics.set("hone_solve_success_rate", mean(this.#successes));
    this.#metrics.set("hone_solve_reward_mean", mean(this.#reward));
  }
}
