/** Counts what a judge's model costs, and ends its work once a budget is spent. */
import { HoneError } from "../../core/errors.ts";
import { costOf, dollars, type ModelPrice } from "../../core/model-prices.ts";

/** What a judge has used. */
export interface JudgeUsage {
  /** Requests that were made, also those that failed. */
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** What a judge may use at most: a number of calls, or dollars. */
export type JudgeBudget = { readonly calls: number } | { readonly usd: number };

/** A meter of one judge. */
export interface JudgeMeterOptions {
  /** Names the judge in errors. */
  readonly judge: string;
  /** Default: no limit. */
  readonly budget?: JudgeBudget;
  /** Needed for a budget in money. Default: not known. */
  readonly price?: ModelPrice;
  /** The option that sets the budget, for errors. Default "judgeBudget". */
  readonly option?: string;
}

/**
 * The meter of a judge. A budget in calls is never exceeded. One in money is checked before each call, where calls under way
 * count as much as those before them cost on average; so only the first calls, made side by side, may exceed it.
 */
export class JudgeMeter {
  readonly #options: JudgeMeterOptions;
  #spent: JudgeUsage = { calls: 0, inputTokens: 0, outputTokens: 0 };
  #running = 0;

  constructor(options: JudgeMeterOptions) {
    this.#options = options;
  }

  /** What was used, all sessions of a run together. */
  get spent(): JudgeUsage {
    return this.#spent;
  }

  /** Dollars; undefined where the price is not known. */
  get costUsd(): number | undefined {
    const { price } = this.#options;
    return price && costOf(this.#spent, price);
  }

  /** Goes on from what an earlier session has used. */
  restore(spent: JudgeUsage): void {
    this.#spent = spent;
  }

  /** @throws RUN_JUDGE_BUDGET_SPENT where nothing is left for a further call */
  check(): void {
    const { judge, budget, option = "judgeBudget" } = this.#options;
    if (budget === undefined || !this.#isSpent(budget)) return;
    const isCalls = "calls" in budget;
    throw new HoneError("RUN_JUDGE_BUDGET_SPENT", {
      judge,
      spent: isCalls ? `${this.#spent.calls} calls` : dollars(this.costUsd ?? 0),
      budget: isCalls ? `${budget.calls} calls` : dollars(budget.usd),
      option,
    });
  }

  /** Counts a call that begins. @throws RUN_JUDGE_BUDGET_SPENT instead of counting it */
  begin(): void {
    this.check();
    this.count(1);
    this.#running++;
  }

  /** Counts calls that were made where the meter could not see them begin. */
  count(calls: number): void {
    this.#spent = { ...this.#spent, calls: this.#spent.calls + calls };
  }

  /** Counts the tokens of a call. @throws RUN_JUDGE_COST_UNKNOWN where a budget in money needs them */
  used(usage: Omit<JudgeUsage, "calls"> | undefined): void {
    const { judge, budget } = this.#options;
    if (usage === undefined) {
      if (budget !== undefined && "usd" in budget)
        throw new HoneError("RUN_JUDGE_COST_UNKNOWN", { judge });
      return;
    }
    const { calls, inputTokens, outputTokens } = this.#spent;
    this.#spent = {
      calls,
      inputTokens: inputTokens + usage.inputTokens,
      outputTokens: outputTokens + usage.outputTokens,
    };
  }

  /** A call has ended. */
  end(): void {
    this.#running--;
  }

  #isSpent(budget: JudgeBudget): boolean {
    const { calls } = this.#spent;
    if ("calls" in budget) return calls >= budget.calls;
    const cost = this.costUsd ?? 0;
    const ended = calls - this.#running;
    const underWay = ended === 0 ? 0 : (cost / ended) * this.#running;
    return cost + underWay >= budget.usd;
  }
}
