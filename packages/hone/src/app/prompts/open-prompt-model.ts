/** The model that does the tasks of a search for prompts: one on this machine, or one by its name at a provider. */
import { policyChatModels } from "../../agents/policy-chat-model.ts";
import { namedChatModel } from "../../agents/named-chat-model.ts";
import { namedPolicyModels, namedWeights } from "../../agents/named-policy.ts";
import type { ChatModel } from "../../ports/chat-model.ts";
import type { Critic } from "../../ports/critic.ts";
import type { SamplingParams } from "../../ports/sampling-client.ts";
import type { FoundModel } from "../models/find-model.ts";
import { openFound } from "../models/open-found.ts";
import { chatCritic, type CriticSampling, namedCritic, policyCritic } from "./critics.ts";
import type { OpenedPromptModel } from "./run-prompts.ts";

/** How a model is opened for a search. */
export interface PromptModelOptions {
  /** How the tasks' replies are sampled. */
  readonly sampling: Omit<SamplingParams, "seed" | "stopTokens" | "format" | "tellsKept">;
  /** A model by its name or a chat model; undefined: what does the tasks. */
  readonly critic: string | ChatModel | undefined;
  readonly criticSampling: CriticSampling;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A model on this machine. @throws as `openFound` and `namedChatModel` */
export async function openLocalModel(
  found: FoundModel,
  options: PromptModelOptions,
): Promise<OpenedPromptModel> {
  const { sampling, threads, signal, criticSampling } = options;
  const given = await givenCritic(options);
  const { engine, policy } = await openFound(found, {
    ...(threads !== undefined && { threads }),
    ...(signal && { signal }),
  });
  const { architecture, parameterCount, renderer } = engine;
  const { contextLength, family } = architecture;
  const name = `the model ${found.name}`;
  return {
    chatModel: policyChatModels({ renderer, sampling, contextLength }),
    ...{ policy, renderer },
    summary: `${found.name}: ${family}, ${parameterCount} parameters, ${engine.threads} threads`,
    critic: given ?? policyCritic({ engine, policy, name }, criticSampling),
    close: () => engine.close(),
  };
}

/** A model that is asked by its name, or a chat model of the user's own. @throws as `namedChatModel` */
export async function openNamedModel(
  model: string | ChatModel,
  options: PromptModelOptions,
): Promise<OpenedPromptModel> {
  const { sampling, criticSampling } = options;
  const { maxTokens, temperature = 1 } = sampling;
  const isNamed = typeof model === "string";
  const name = isNamed ? model : "the given chat model";
  const chat = isNamed ? await namedChatModel(model) : model;
  const own = isNamed
    ? await namedCritic(model, criticSampling)
    : chatCritic(model, criticSampling);
  return {
    chatModel: namedPolicyModels(chat, { name, maxTokens, temperature }),
    policy: namedWeights(name),
    summary: `tasks are done by ${name}`,
    critic: (await givenCritic(options)) ?? own,
    close: async () => undefined,
  };
}

async function givenCritic({
  critic,
  criticSampling,
}: PromptModelOptions): Promise<Critic | undefined> {
  if (critic === undefined) return undefined;
  if (typeof critic === "string") return namedCritic(critic, criticSampling);
  return chatCritic(critic, criticSampling);
}
