/** What ends a search before its last step, and what it has used. */
import { HoneError } from "../../core/errors.ts";
import type { CriticReply } from "../../ports/critic.ts";
import type { PromptEnd, PromptSpending } from "../../ports/prompt-method.ts";
import type { PromptBudget } from "./search-options.ts";

/** Thrown inside a method to leave its step; `PromptSearch.during` turns it into the search's end. */
export class SearchEnd extends Error {
  readonly end: PromptEnd;

  constructor(end: PromptEnd) {
    super(`the search ends: ${end}`);
    this.end = end;
  }
}

/** Counts what a search uses. What it would use is asked for before it is used. */
export class SearchBudget {
  readonly #budget: PromptBudget;
  #rollouts = 0;
  #calls = 0;
  #tokens: number | undefined = 0;

  constructor(budget: PromptBudget) {
    this.#budget = budget;
  }

  get spent(): PromptSpending {
    return { rollouts: this.#rollouts, criticCalls: this.#calls, criticTokens: this.#tokens };
  }

  /** Rollouts that are left. */
  get rolloutsLeft(): number {
    return (this.#budget.rollouts ?? Infinity) - this.#rollouts;
  }

  /** @throws SearchEnd where fewer are left; nothing is counted then */
  takeRollouts(count: number): void {
    if (count > this.rolloutsLeft) throw new SearchEnd("budget");
    this.#rollouts += count;
  }

  /** Calls of the critic that are left; none once its tokens are used up. */
  get callsLeft(): number {
    const { criticCalls = Infinity, criticTokens = Infinity } = this.#budget;
    return (this.#tokens ?? 0) >= criticTokens ? 0 : criticCalls - this.#calls;
  }

  /** @throws SearchEnd where fewer are left; nothing is counted then */
  takeCalls(count: number): void {
    if (count > this.callsLeft) throw new SearchEnd("budget");
    this.#calls += count;
  }

  /** Counts the tokens of a reply. @throws CRITIC_USAGE_UNKNOWN where a budget needs them and the critic does not say */
  useTokens(critic: string, { tokens }: CriticReply): void {
    if (tokens === undefined && this.#budget.criticTokens !== undefined)
      throw new HoneError("CRITIC_USAGE_UNKNOWN", { critic });
    this.#tokens =
      tokens === undefined || this.#tokens === undefined ? undefined : this.#tokens + tokens;
  }
}
