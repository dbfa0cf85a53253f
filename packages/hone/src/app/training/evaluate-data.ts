/** `hone eval <model> --data`: how well a model knows the conversations of a file. */
import type { Message } from "../../core/message.ts";
import { progressMeter } from "../../core/progress.ts";
import type { Reward } from "../../core/rollout.ts";
import { readConversations } from "../../data/conversations.ts";
import type { Interval } from "../../evaluation/intervals.ts";
import {
  likelihoodRunner,
  replyAgent,
  replyReward,
  type ReplyTask,
  replyTasks,
} from "../../evaluation/reply-task.ts";
import { tokenAccuracyRunner } from "../../evaluation/token-accuracy.ts";
import type { UnscoredRollout } from "../../ports/reward.ts";
import { wordF1 } from "../../rewards/answer-quality.ts";
import { agentTasks } from "../../rollouts/agent-tasks.ts";
import { findModel } from "../models/find-model.ts";
import { openOptions } from "../models/open-found.ts";
import { evaluateFound } from "./evaluate-agent.ts";
import {
  type EvaluateModelOptions,
  limitsOf,
  longestReply,
  type ModelEvaluation,
  triedWith,
} from "./evaluate-model.ts";
import { checkRows } from "./sources/check-rows.ts";

/** What is measured of which file. */
export interface EvaluateDataOptions extends Omit<
  EvaluateModelOptions,
  "domain" | "isDomainGiven" | "levels" | "tasks" | "maxActions" | "prompt"
> {
  /** A file of conversations, as `hone train sft --data` reads it. */
  readonly data: string;
  /** The most conversations, from the start of the file. Default: all. */
  readonly tasks?: number | undefined;
}

/** What was measured. */
export interface DataEvaluation extends Omit<ModelEvaluation, "domain"> {
  /** The file. */
  readonly data: string;
  /** e to the mean loss, with the ends of its interval; absent where nothing was scored. */
  readonly perplexity?: Interval;
}

/**
 * Success is the last reply, word for word (exact match); its component "f1" the words that the reply shares with the conversation's. "loss"
 * is −log p of what the assistant says, in nats per token, the reward minus that, "token_accuracy" the share of those tokens that the
 * model finds the likeliest.
 * @throws as `findModel`, `readConversations`, `checkRows` and `evaluate`; ALL_ROLLOUTS_FAILED; CANCELLED after the signal
 */
export async function evaluateData(options: EvaluateDataOptions): Promise<DataEvaluation> {
  const { model, data, tasks: most = Infinity, onProgress, seed, mode, samplesPerTask } = options;
  const { conversations } = await readConversations(data);
  const found = await findModel(model, options);
  const read = conversations.slice(0, most);
  const warning = await checkRows(found.folder, read, data);
  const tasks = read.flatMap((one) => replyTasks(one));
  const count = tasks.length * samplesPerTask;
  const report = progressMeter("evaluating", onProgress, { amount: count, unit: "conversations" });
  let ended = 0;
  const { loss, rollouts, parameters, seconds, ...evaluation } = await evaluateFound(found, {
    tasks: agentTasks<ReplyTask, Message>({
      tasks,
      agent: async (task, context) => {
        try {
          return await replyAgent(task, context);
        } finally {
          report(Math.min(1, ++ended / count));
        }
      },
      reward: withF1,
      wrapRunner: (runner, renderer, onScored) =>
        tokenAccuracyRunner(likelihoodRunner(runner, renderer, onScored), renderer, onScored),
    }),
    sampling: { maxTokens: longestReply(found, options), temperature: options.temperature },
    ...{ mode, samplesPerTask, seed, ...limitsOf(options) },
    ...openOptions(options),
  });
  const notices = [...found.notices, ...(warning === undefined ? [] : [warning.text])];
  return {
    ...{ found, data, evaluation, parameters, seconds, notices, rollouts },
    config: { ...triedWith(options), data, maxTokens: longestReply(found, options) },
    ...(loss !== undefined && { perplexity: exponential(loss) }),
  };
}

function withF1(rollout: UnscoredRollout<ReplyTask, Message>): Reward {
  const { task, answer } = rollout;
  const reward = replyReward(rollout);
  const expected = task.messages.findLast(
    ({ role, weight }) => role === "assistant" && weight !== 0,
  );
  const f1 = wordF1(answer.content, expected?.content ?? "");
  return { ...reward, components: { ...reward.components, f1 } };
}

const exponential = ({ value, low, high }: Interval): Interval => ({
  value: Math.exp(value),
  low: Math.exp(low),
  high: Math.exp(high),
});
