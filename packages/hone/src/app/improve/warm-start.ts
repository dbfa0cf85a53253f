/**
 * Supervised learning on what was recorded, before learning by rewards. A model from nothing needs it: it calls no tool and answers
 * nothing that a reward could tell apart.
 */
import { sft } from "../../algorithms/supervised/sft.ts";
import { conversationSettings } from "../../core/message.ts";
import { readConversations } from "../../data/conversations.ts";
import type { AlgorithmSource } from "../../ports/algorithm.ts";
import type { NewModelOptions } from "../../engine/model-files/new-model.ts";
import { tokenizerTextOf } from "../../text/tiny-tokenizer.ts";
import { checkRows } from "../training/sources/check-rows.ts";
import type { OpenedSource } from "../training/sources/opened-source.ts";
import type { ImproveSettings } from "./improve-settings.ts";

type WarmStartSettings = Pick<ImproveSettings, "model" | "warmStart">;

/** The name of the phase. */
const PHASE = "warm-start";

/** Steps where none are given and the model is made from nothing: to copy an argument into a call is what it learns last. */
const STEPS_FROM_NOTHING = 900;

/** How all weights of a new model learn, and an adapter. A constant rate of 0.002 left a new model, on two seeds of three, without the copying (docs/log.md). */
const optimizers = {
  fromNothing: { learningRate: 1e-3, schedule: "linear", warmUpSteps: 30 },
  adapter: { learningRate: 5e-4 },
} as const;

/** A short memory of squared gradients, which suits some hundred steps. */
const adam = { beta2: 0.95, maxGradientNorm: 1 };

/**
 * Sizes of a new model that calls tools. Three layers with as many key and value heads as query heads learn to copy within fewer
 * steps than the four layers of other new models. Descriptions of tools take up a small vocabulary, and a name that is one token
 * is copied sooner than one of several. The errors of tools that a beginner calls wrongly are long; where recorded conversations
 * are longer than this context, they decide it.
 */
const newAgentModel = {
  vocabularySize: 1024,
  layers: 3,
  keyValueHeads: 4,
  contextLength: 1024,
} as const satisfies Partial<NewModelOptions>;

/** Sizes of a new model for an agent. @param opened  the source, which says what the model's context must hold */
export const newModelOf = ({
  newModel,
}: Pick<OpenedSource, "newModel">): Partial<NewModelOptions> => ({
  ...newModel,
  ...newAgentModel,
});

const isFromNothing = ({ model }: WarmStartSettings): boolean => model === "tiny";

const warmStartSteps = (settings: WarmStartSettings): number =>
  settings.warmStart ?? (isFromNothing(settings) ? STEPS_FROM_NOTHING : 0);

/** Whether conversations are read beside what rewards teach: to learn them first, or to make the words of a new model. */
export const readsConversations = (settings: WarmStartSettings): boolean =>
  isFromNothing(settings) || warmStartSteps(settings) > 0;

/**
 * The source with the recorded conversations in front.
 * @param file  the conversations
 * @throws as `readConversations` and `checkRows`
 */
export async function withWarmStart<Source extends AlgorithmSource>(
  opened: OpenedSource<Source>,
  file: string,
  settings: WarmStartSettings,
): Promise<OpenedSource<Source>> {
  const { conversations } = await readConversations(file);
  const check = (folder: string) => checkRows(folder, conversations, file, "conversation");
  if (opened.found !== undefined) await check(opened.found.folder);
  const steps = warmStartSteps(settings);
  const algorithm = sft({
    conversations: conversations.map(({ messages }) => messages),
    settings: conversations.map(conversationSettings),
    steps: Math.max(1, steps),
    batchSize: Math.min(16, conversations.length),
    ...(isFromNothing(settings) ? optimizers.fromNothing : optimizers.adapter),
    adam,
  });
  const texts = conversations.map((one) => tokenizerTextOf(one.messages, one));
  return {
    ...opened,
    texts: async () => texts,
    newModel: { ...opened.newModel, holds: texts },
    checkModel: async (folder) => void (await check(folder)),
    before: steps === 0 ? [] : [{ name: PHASE, algorithm, source: { kind: "dataset" } }],
  };
}
