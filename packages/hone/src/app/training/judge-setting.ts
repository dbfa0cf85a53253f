/** The judge that `--judge` names: a model by its name that scores the rollouts of a task against each other, on a budget. */
import { namedChatModel } from "../../agents/named-chat-model.ts";
import { HoneError } from "../../core/errors.ts";
import { dollars, type ModelPrices } from "../../core/model-prices.ts";
import type { Task } from "../../core/rollout.ts";
import type { GroupReward, RewardFunction } from "../../ports/reward.ts";
import { judgedTurns, turnCriteria } from "../../rewards/judged-turns.ts";
import { groupReward, judgedGroup } from "../../rewards/group-reward.ts";
import { absoluteJudge } from "../../rewards/judges/absolute-judge.ts";
import { type JudgeBudget, JudgeMeter } from "../../rewards/judges/judge-meter.ts";
import { relativeJudge } from "../../rewards/judges/relative-judge.ts";
import { readPrices, readText } from "../price-file.ts";
import { withOwnSuccesses } from "./own-success.ts";

/** The settings of a judge. */
export interface JudgeSettings {
  readonly judge?: string | undefined;
  readonly rubric?: string | undefined;
  readonly judgeBudget?: string | undefined;
  readonly judgePrices?: string | undefined;
  /** With "turn-rewards" the judge scores each turn, and the task's own reward stays the rollout's. */
  readonly credit?: string | undefined;
}

/** An open judge of a run. */
export interface OpenedJudge {
  readonly name: string;
  readonly meter: JudgeMeter;
  /** Aborts with the error when the budget is spent. */
  readonly spent: AbortController;
  /** What the run records: the words of the rubric, also where they are from a file. */
  readonly settled: Readonly<Record<string, unknown>>;
  /** Whether its scores are learned in the place of the task's own reward; false where it scores turns beside that reward. */
  readonly replacesReward: boolean;
  /** The judge as the reward that is learned from, or beside it; held-out tasks are measured by their own. */
  reward<Answer>(
    own: RewardFunction<Task, Answer>,
  ): GroupReward<Task, Answer> | RewardFunction<Task, Answer>;
}

/** List prices of providers in 2025, in dollars per million tokens. A user's file wins. */
const listPrices: ModelPrices = {
  "openai/gpt-4o-mini": { input: 0.15, output: 0.6 },
  "openai/gpt-4o": { input: 2.5, output: 10 },
  "openai/gpt-4.1-mini": { input: 0.4, output: 1.6 },
  "openai/gpt-4.1-nano": { input: 0.1, output: 0.4 },
};

/**
 * Opens the judge of the settings; no request is made yet.
 * @returns undefined where the settings name none
 * @throws as `namedChatModel`; JUDGE_PRICE_UNKNOWN for a budget in money without a price; CONFIG_INVALID for a budget of
 *         nothing, or a rubric or prices that cannot be read
 */
export async function openJudge(settings: JudgeSettings): Promise<OpenedJudge | undefined> {
  const { judge: name, rubric, judgeBudget, judgePrices } = settings;
  if (name === undefined) return undefined;
  const budget = judgeBudget === undefined ? undefined : budgetOf(judgeBudget);
  const spent = new AbortController();
  // Before the prices: it refuses an address that holds a password, before any message names it.
  const model = await namedChatModel(name, {
    onRequest: () => {
      try {
        meter.begin();
      } catch (error) {
        spent.abort(error);
        throw error;
      }
    },
    onUsage: (usage) => meter.used(usage),
    onEnd: () => meter.end(),
  });
  const prices = {
    ...listPrices,
    ...(judgePrices && readPrices("--judge-prices", judgePrices)),
  };
  const known = Object.hasOwn(prices, name) ? prices[name] : undefined;
  if (budget !== undefined && "usd" in budget && known === undefined) {
    throw new HoneError("JUDGE_PRICE_UNKNOWN", { judge: name, known: Object.keys(prices) });
  }
  const meter = new JudgeMeter({
    judge: name,
    ...(budget && { budget }),
    ...(known && { price: known }),
  });
  const words = rubric === undefined ? undefined : rubricText(rubric);
  const turnJudge = absoluteJudge({
    ...{ model, name },
    criteria: words === undefined ? turnCriteria : { step: words },
  });
  const judge = relativeJudge({ model, name, ...(words && { rubric: words }) });
  const replacesReward = settings.credit !== "turn-rewards";
  return {
    name,
    meter,
    spent,
    settled: words === undefined ? {} : { rubric: words },
    replacesReward,
    reward: (own) =>
      replacesReward
        ? groupReward(withOwnSuccesses(judgedGroup({ judge }), own), { heldOut: own })
        : judgedTurns({ judge: turnJudge, reward: own }),
  };
}

/** What a judge has used, in words: "the judge … : 320 calls, 412000 tokens in, 23000 out, $0.08". */
export function spendingText({ name, meter }: Pick<OpenedJudge, "name" | "meter">): string {
  const { calls, inputTokens, outputTokens } = meter.spent;
  const cost = meter.costUsd;
  const paid = cost === undefined ? "" : `, ${dollars(cost)}`;
  return `judge ${name}: ${calls} calls, ${inputTokens} tokens in, ${outputTokens} out${paid}`;
}

function budgetOf(text: string): JudgeBudget {
  const amount = Number(text.replace(/^\$|usd$/g, ""));
  if (amount > 0) return /^\d+$/.test(text) ? { calls: amount } : { usd: amount };
  throw new HoneError("CONFIG_INVALID", {
    where: "--judge-budget",
    problem: `expected more than 0, got ${text}.`,
  });
}

/** The words of a rubric, which is given itself or by a file that ends with .md or .txt. */
function rubricText(rubric: string): string {
  return /^\S+\.(?:md|txt)$/.test(rubric) ? readText("--rubric", rubric).trim() : rubric;
}
