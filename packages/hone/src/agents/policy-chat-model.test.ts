import { describe, expect, it } from "vitest";
import type { Message } from "../core/message.ts";
import type { TokenIds } from "../core/rollout.ts";
import type { Renderer } from "../ports/renderer.ts";
import type { SampledSequence, SamplingClient, SamplingParams } from "../ports/sampling-client.ts";
import { policyChatModels } from "./policy-chat-model.ts";

/** One token a character; a turn is its role's first letter, its text and "|"; the assistant's header is "a". */
const codes = (text: string): number[] => Array.from(text, (c) => c.charCodeAt(0));
const text = (tokens: TokenIds): string => String.fromCharCode(...tokens);
const turnText = ({ role, content }: Message): string => `${role[0]}${content}|`;
const renderer: Renderer = {
  stopTokens: codes("|"),
  prompt: async (messages) => codes(`${messages.map(turnText).join("")}a`),
  extend: async (previous, added) => [...previous, ...codes(`${added.map(turnText).join("")}a`)],
  conversation: async () => ({ tokens: [], mask: [] }),
  // Trims, so that rendering the reply again would give other tokens than were sampled.
  parse: async (tokens) => ({ role: "assistant", content: text(tokens).replace("|", "").trim() }),
  encode: async (value) => codes(value),
  decode: async (tokens) => text(tokens),
};

interface Call {
  readonly prompt: string;
  readonly params: SamplingParams;
}

function policySaying(replies: readonly string[]): SamplingClient & { calls: Call[] } {
  const calls: Call[] = [];
  return {
    calls,
    weightsVersion: "w1",
    async sample(prompt, _n, params, signal): Promise<SampledSequence[]> {
      calls.push({ prompt: text(prompt), params });
      const tokens = codes(replies[calls.length - 1] ?? "?|").slice(0, params.maxTokens);
      const logProbs = tokens.map((_, i) => -i);
      const stopReason = signal?.aborted
        ? "cancelled"
        : text(tokens).endsWith("|")
          ? "stop"
          : "length";
      return [
        {
          tokens,
          logProbs,
          samplingLogProbs: logProbs.map((x) => x / 2),
          stopReason,
          weightsVersion: "w1",
        },
      ];
    },
    async *stream() {},
    logProbs: async () => new Float32Array(),
    close: async () => {},
  };
}

const user = (content: string): Message => ({ role: "user", content });
const models = policyChatModels({ renderer, sampling: { maxTokens: 8, temperature: 0.7 } });

describe("a policy's chat model", () => {
  it("keeps of every call exactly what was read and sampled", async () => {
    const policy = policySaying([" go |"]);
    const model = models({ policy, seed: 1 });
    expect(await model.chat([user("hi")])).toEqual({ role: "assistant", content: "go" });
    expect(model.turns).toEqual([
      {
        messages: [user("hi")],
        reply: { role: "assistant", content: "go" },
        promptTokens: codes("uhi|a"),
        tokens: codes(" go |"),
        logProbs: [-0, -1, -2, -3, -4],
        samplingLogProbs: [-0, -0.5, -1, -1.5, -2],
        temperature: 0.7,
        isTruncated: false,
        stopReason: "stop",
        weightsVersion: "w1",
      },
    ]);
    expect(policy.calls[0]!.params).toMatchObject({ maxTokens: 8, stopTokens: codes("|") });
  });

  it("extends the tokens of the call before when the conversation goes on, and does not render the reply again", async () => {
    const policy = policySaying([" go |", "on|", "new|"]);
    const model = models({ policy, seed: 1 });
    const messages = [user("hi")];
    messages.push(await model.chat(messages), user("and"));
    await model.chat(messages);
    expect(policy.calls[1]!.prompt).toBe("uhi|a go |uand|a");
    const [first, second] = model.turns;
    const read = [...first!.promptTokens, ...first!.tokens];
    expect(second!.promptTokens.slice(0, read.length)).toEqual(read);
  });

  it("renders afresh when the history is another one", async () => {
    const policy = policySaying([" go |", "on|", "x|"]);
    const model = models({ policy, seed: 1 });
    await model.chat([user("hi")]);
    await model.chat([user("hi"), { role: "assistant", content: "stop" }, user("and")]);
    expect(policy.calls[1]!.prompt).toBe("uhi|astop|uand|a");
    await model.chat([user("other")]);
    expect(policy.calls[2]!.prompt).toBe("uother|a");
  });

  it("extends the longest of several conversations that the messages continue", async () => {
    const policy = policySaying(["b|", "c |", "d|"]);
    const model = models({ policy, seed: 1 });
    const messages = [user("1")];
    messages.push(await model.chat(messages), user("2"));
    messages.push(await model.chat(messages), user("3"));
    await model.chat(messages);
    expect(policy.calls[2]!.prompt).toBe("u1|ab|u2|ac |u3|a");
  });

  it("draws every call from its own seed, a function of the rollout's seed and the call's number", async () => {
    const seeds = async (seed: number): Promise<(number | undefined)[]> => {
      const policy = policySaying([]);
      const model = models({ policy, seed });
      for (let i = 0; i < 3; i++) await model.chat([user("hi")]);
      return policy.calls.map(({ params }) => params.seed);
    };
    expect(new Set(await seeds(1)).size).toBe(3);
    expect(await seeds(1)).toEqual(await seeds(1));
    expect(await seeds(1)).not.toEqual(await seeds(2));
  });

  it("leaves no more room for the reply than the context has, and refuses a prompt that fills it", async () => {
    const short = policyChatModels({ renderer, sampling: { maxTokens: 8 }, contextLength: 10 });
    const policy = policySaying(["123456789"]);
    const model = short({ policy, seed: 1 });
    await model.chat([user("hello")]);
    expect(policy.calls[0]!.params.maxTokens).toBe(2);
    expect(model.turns[0]!.stopReason).toBe("length");
    const error: unknown = await model.chat([user("hello you")]).catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(/PROMPT_TOO_LONG.*12 tokens.*holds 10/);
    expect(model.isPolicyError(error)).toBe(true);
    expect(model.turns).toHaveLength(1);
  });

  it("is greedy when the request says temperature 0, whatever was configured or asked", async () => {
    const policy = policySaying([]);
    await models({ policy, seed: 1, temperature: 0 }).chat([user("hi")], { temperature: 2 });
    expect(policy.calls[0]!.params.temperature).toBe(0);
    await models({ policy, seed: 1 }).chat([user("hi")], { temperature: 2, maxTokens: 3 });
    expect(policy.calls[1]!.params).toMatchObject({ temperature: 2, maxTokens: 3 });
  });

  it("says when top-k, top-p or min-p cut the distribution", async () => {
    for (const cut of [{ topK: 4 }, { topP: 0.9 }, { minP: 0.1 }]) {
      const factory = policyChatModels({ renderer, sampling: { maxTokens: 4, ...cut } });
      const model = factory({ policy: policySaying([]), seed: 1 });
      await model.chat([user("hi")]);
      expect(model.turns[0]!.isTruncated).toBe(true);
    }
  });

  it("throws CANCELLED before and during a call, and keeps no turn of it", async () => {
    const before = models({ policy: policySaying([]), seed: 1, signal: AbortSignal.abort() });
    await expect(before.chat([user("hi")])).rejects.toThrow(/CANCELLED/);
    const stop = new AbortController();
    const policy = policySaying([]);
    const sample = policy.sample.bind(policy);
    policy.sample = (...given) => {
      stop.abort();
      return sample(...given);
    };
    const during = models({ policy, seed: 1 });
    await expect(during.chat([user("hi")], { signal: stop.signal })).rejects.toThrow(/CANCELLED/);
    expect(during.turns).toEqual([]);
  });

  it("refuses a token limit below 1", () => {
    expect(() => policyChatModels({ renderer, sampling: { maxTokens: 0 } })).toThrow(
      /OPTION_INVALID/,
    );
  });
});
