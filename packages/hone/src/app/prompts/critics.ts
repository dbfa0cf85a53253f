/** Critics: the policy itself, a model by its name, or a chat model of the user's own; each asked once for each question. */
import { policyChatModels } from "../../agents/policy-chat-model.ts";
import { namedChatModel } from "../../agents/named-chat-model.ts";
import { HoneError, isError } from "../../core/errors.ts";
import type { Engine } from "../../engine/engine.ts";
import type { ChatModel } from "../../ports/chat-model.ts";
import type { Critic } from "../../ports/critic.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import { paidKey, type PaidWork } from "./paid-work.ts";

/** How critics answer. */
export interface CriticSampling {
  /** Tokens of a reply at most. */
  readonly maxTokens: number;
  /** Temperature; the higher, the more different the proposals. */
  readonly temperature: number;
}

/** The policy criticises its own prompts. Its replies are bound to the form that they are asked for in. */
export function policyCritic(
  {
    engine,
    policy,
    name,
  }: { readonly engine: Engine; readonly policy: SamplingClient; readonly name: string },
  sampling: CriticSampling,
): Critic {
  const { renderer, architecture } = engine;
  const { contextLength } = architecture;
  const models = policyChatModels({ renderer, sampling, contextLength });
  return {
    name,
    bindsReplies: true,
    async ask({ messages, seed, responseFormat, signal }) {
      const model = models({ policy, seed, ...(signal && { signal }) });
      const { content } = await model
        .chat(messages, responseFormat && { responseFormat })
        .catch((cause: unknown) => {
          throw isError(cause, "PROMPT_TOO_LONG") ? tooLong(name, cause) : cause;
        });
      const tokens = model.turns.map((turn) => turn.promptTokens.length + turn.tokens.length);
      return { text: content, tokens: tokens.reduce((a, b) => a + b, 0) };
    },
  };
}

const tooLong = (critic: string, cause: HoneError<"PROMPT_TOO_LONG">): HoneError => {
  const { promptTokens: tokens, contextLength } = cause.facts;
  return new HoneError("CRITIC_QUESTION_TOO_LONG", { critic, tokens, contextLength }, { cause });
};

/**
 * A model by its name. Nothing is requested yet.
 * @throws as `namedChatModel`
 */
export async function namedCritic(name: string, sampling: CriticSampling): Promise<Critic> {
  await namedChatModel(name);
  return {
    name,
    async ask({ messages, seed, signal }) {
      let tokens: number | undefined = 0;
      // One for each question, so that it is known which question used which tokens.
      const model = await namedChatModel(name, {
        onUsage: (usage) => {
          const used = usage && usage.inputTokens + usage.outputTokens;
          tokens = tokens === undefined || used === undefined ? undefined : tokens + used;
        },
      });
      const { content } = await model.chat(messages, {
        ...sampling,
        seed,
        ...(signal && { signal }),
      });
      return { text: content, tokens };
    },
  };
}

/** A chat model of the user's own, which does not say how many tokens it uses. */
export const chatCritic = (model: ChatModel, sampling: CriticSampling): Critic => ({
  name: "the given chat model",
  async ask({ messages, seed, signal }) {
    const { content } = await model.chat(messages, {
      ...sampling,
      seed,
      ...(signal && { signal }),
    });
    return { text: content, tokens: undefined };
  },
});

/** The critic, each of whose replies is kept as soon as it is there. */
export function paidCritic(critic: Critic, paid: PaidWork): Critic {
  return {
    ...critic,
    async ask(request) {
      const { messages, seed, responseFormat } = request;
      const key = paidKey("reply", critic.name, messages, seed, responseFormat ?? null);
      const kept = paid.reply(key);
      if (kept !== undefined) return { text: kept.text, tokens: kept.tokens };
      const reply = await critic.ask(request);
      paid.addReply(key, reply);
      return reply;
    },
  };
}
