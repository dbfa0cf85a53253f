/** `modelReward`: a reward model by its name, as the reward of a training, or as a part of one. */
import { lastValueDatum, lastValues } from "../../algorithms/blocks/last-values.ts";
import { asContext } from "../../core/conversation-turns.ts";
import { HoneError } from "../../core/errors.ts";
import { checkOptions } from "../../core/known-options.ts";
import { logistic } from "../../core/logistic.ts";
import type { ConversationSettings, Message } from "../../core/message.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { Reward, Turn } from "../../core/rollout.ts";
import type { EngineTrainingClient } from "../../engine/clients/training-client.ts";
import { type Engine, openEngine } from "../../engine/engine.ts";
import { runPending } from "../../core/run-pending.ts";
import type { Datum } from "../../ports/training-client.ts";
import { type RewardComponent, rewardComponent } from "../../rewards/reward-computer.ts";
import { adapterFiles, findModel, type FoundModel, wholeModel } from "./find-model.ts";
import { type ModelName, modelName } from "./policy.ts";

/** What a reward model reads of a rollout: its calls of the model. */
interface Answered {
  readonly turns: readonly Pick<Turn, "messages" | "reply" | "tools">[];
}

/** A reward model that scores answers. */
export interface ModelReward {
  /**
   * The reward of a rollout, for `train`: the score of the reply of its last call, after that call's messages. The score is the
   * component `reward_model` as well, and success is a score above 0.
   * @throws REWARD_NOT_APPLICABLE for a rollout that never called the model, ROW_TOO_LONG; as `open`
   */
  readonly reward: (rollout: Answered) => Promise<Reward>;
  /**
   * A component of a `RewardComputer`, in (0, 1): σ(score), the probability that the answer is preferred to one of score 0. It does
   * not apply to a rollout that never called the model.
   * @param name  Default "reward_model"
   */
  component(name?: string): RewardComponent<Answered>;
  /** The score of a conversation, at the end of its last message, which is the assistant's. Any number. @throws as `reward` */
  score(messages: readonly Message[], settings?: ConversationSettings): Promise<number>;
  /** Opens the model now. Default: with the first score. @throws MODEL_NOT_FOUND, MODEL_WITHOUT_VALUE_HEAD, TENSOR_SHAPE */
  open(): Promise<void>;
  /** Frees the model; the next score opens it again. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Options of `modelReward`. */
export interface ModelRewardOptions {
  /** Threads of matrix products. Default: all cores, at most 8. */
  readonly threads?: number;
}

/**
 * A reward model that `hone train reward-model` trained, as a reward. It is opened in this process, beside the trained model, and
 * reads conversations by its own chat template and tokenizer, so they need not be those of the policy.
 *
 * @param model  the folder of a run of `hone train reward-model`, a run's name, or its result
 * @throws OPTION_INVALID; when it is opened as `open`
 * @example
 * await using helpful = modelReward("runs/reward-model-7f3a");
 * await train({ …, reward: helpful.reward });
 * @example
 * const rewards = new RewardComputer({ components: [correct, helpful.component()], weights: { reward_model: 0.3 } });
 */
export function modelReward(model: ModelName, options: ModelRewardOptions = {}): ModelReward {
  const check = optionChecks("modelReward");
  checkOptions("modelReward", options, { threads: true });
  if (options.threads !== undefined) check.whole("threads", options.threads, { min: 1 });
  const name = modelName(model, check);
  let opening: Promise<OpenedReward> | undefined;
  const opened = (): Promise<OpenedReward> => {
    opening ??= openReward(name, options).catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
  const score: ModelReward["score"] = async (messages, settings) =>
    (await opened()).score(messages, settings);
  const scoreOf = async ({ turns }: Answered): Promise<number | undefined> => {
    const last = turns.at(-1);
    if (last === undefined) return undefined;
    const settings = last.tools === undefined ? {} : { tools: last.tools };
    return score([...last.messages, last.reply], settings);
  };
  const close = async (): Promise<void> => {
    const closing = opening;
    opening = undefined;
    await (await closing)?.engine.close();
  };
  return {
    async reward(rollout) {
      const total = await scoreOf(rollout);
      if (total === undefined)
        throw new HoneError("REWARD_NOT_APPLICABLE", { components: ["reward_model"] });
      return { total, components: { reward_model: total }, source: "judge" };
    },
    component: (of = "reward_model") =>
      rewardComponent<Answered>({
        name: of,
        compute: async (rollout) => {
          const r = await scoreOf(rollout);
          return r === undefined ? undefined : logistic(r);
        },
      }),
    score,
    open: async () => void (await opened()),
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface OpenedReward {
  readonly engine: Engine;
  readonly score: ModelReward["score"];
}

async function openReward(name: string, options: ModelRewardOptions): Promise<OpenedReward> {
  const found = await findModel(name, { valueHead: "needed" });
  const engine = await openEngine(
    adapterFiles(found) === undefined ? wholeModel(found) : found.folder,
    options,
  );
  try {
    const values = await valueClient(engine, found);
    return { engine, score: scorer(engine, values) };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/** A client that says values. On a whole model it is a fresh adapter, which changes nothing and needs no memory for gradients. */
function valueClient(engine: Engine, found: FoundModel): Promise<EngineTrainingClient> {
  const adapter = adapterFiles(found);
  return engine.createTrainingClient({
    head: "value",
    valueHead: found.valueHead!,
    ...(adapter === undefined ? { lora: { rank: 1 } } : { adapter }),
  });
}

/** Scores of conversations; those that are asked for while a pass runs are computed together in the next one. */
function scorer(
  { renderer, architecture }: Engine,
  values: EngineTrainingClient,
): ModelReward["score"] {
  const { contextLength } = architecture;
  const valueOf = runPending(
    async (data: readonly Datum[]) => (await lastValues(values, data)).values,
  );
  return async (messages, settings = {}) => {
    const context = asContext(messages.slice(0, -1));
    const last = messages.slice(-1);
    const rendered = await renderer.conversation([...context, ...last], {
      ...settings,
      allowsCutContext: true,
    });
    const datum = lastValueDatum(rendered);
    const { length } = datum.tokens;
    if (length === 0)
      throw new HoneError("REWARD_NOT_APPLICABLE", { components: ["reward_model"] });
    if (length > contextLength)
      throw new HoneError("ROW_TOO_LONG", { row: "of the reward model", length, contextLength });
    return valueOf(datum);
  };
}
