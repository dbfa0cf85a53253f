import { chatModelMember } from "./team/chat-model-member.ts";
import { runTeam } from "./team/team.ts";
import { keptIds } from "../core/kept-tokens.ts";
import { TabularPolicy } from "../testing/tabular-policy.ts";
import { TabularSamplingClient } from "../testing/tabular-sampling-client.ts";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { Message } from "../core/message.ts";
import type { TokenIds } from "../core/rollout.ts";
import type { ChatOptions, ChatPart } from "../ports/chat-model.ts";
import type { ParseOptions, Renderer } from "../ports/renderer.ts";
import type {
  SampledChunk,
  SampledSequence,
  SamplingClient,
  SamplingParams,
} from "../ports/sampling-client.ts";
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
  callOpening: async (choice) =>
    typeof choice === "string"
      ? choice === "required"
        ? codes("C:")
        : []
      : codes(`C:${choice.name}:`),
  answerOpening: async (prompt) => (text(prompt).includes("?") ? codes("/") : []),
  encode: async (value) => codes(value),
  decode: async (tokens) => text(tokens),
};

interface Call {
  readonly prompt: string;
  readonly params: SamplingParams;
  /** Set when a stream ended: whether its signal had aborted. */
  hasEnded?: boolean | undefined;
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
    async *stream(prompt, params, signal): AsyncGenerator<SampledChunk, void> {
      const [whole] = await this.sample(prompt, 1, params, signal);
      const { tokens, logProbs, samplingLogProbs, stopReason } = whole!;
      try {
        for (let at = 0; at < tokens.length; at += 2) {
          const piece = (list: readonly number[]) => list.slice(at, at + 2);
          const lists = {
            tokens: piece(tokens),
            logProbs: piece(logProbs),
            samplingLogProbs: piece(samplingLogProbs),
          };
          yield at + 2 < tokens.length ? lists : { ...lists, stopReason };
        }
      } finally {
        calls.at(-1)!.hasEnded = signal?.aborted;
      }
    },
    logProbs: async () => new Float32Array(),
    close: async () => {},
  };
}

/** All pieces of a stream. */
async function piecesOf(parts: AsyncIterable<ChatPart>): Promise<ChatPart[]> {
  const list: ChatPart[] = [];
  for await (const part of parts) list.push(part);
  return list;
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
        startedAt: expect.any(Number),
        endedAt: expect.any(Number),
      },
    ]);
    expect(model.turns[0]!.endedAt).toBeGreaterThanOrEqual(model.turns[0]!.startedAt!);
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

  it("binds the reply to a form, behind a thought that the prompt opened", async () => {
    const policy = policySaying(["{}|", "{}|"]);
    const model = models({ policy, seed: 1 });
    const responseFormat = { type: "json", schema: { type: "object" } } as const;
    const reply = await model.chat([user("hi?")], { responseFormat });
    expect(reply.content).toBe("/{}");
    expect(policy.calls[0]).toMatchObject({
      prompt: "uhi?|a/",
      params: { format: responseFormat },
    });
    expect(model.turns[0]).toMatchObject({
      tokens: codes("{}|"),
      isTruncated: false,
      bound: { format: responseFormat, stopTokens: codes("|") },
    });
    await model.chat([user("hi")]);
    expect(policy.calls[1]!.params).not.toHaveProperty("format");
    expect(model.turns[1]).not.toHaveProperty("bound");
  });

  it("refuses a form that there is not, or that stands beside tools", async () => {
    const ask = async (options: object) =>
      models({ policy: policySaying([]), seed: 1 }).chat([user("hi")], options as ChatOptions);
    const tools = [{ name: "look", parameters: { type: "object" } }];
    const json = { type: "json" };
    for (const [options, named] of [
      [{ responseFormat: { type: "xml" } }, /responseFormat\.type = "xml"/],
      [{ responseFormat: { type: "json", shema: {} } }, /shema.*schema/s],
      [{ responseFormat: { type: "json", schema: "string" } }, /responseFormat\.schema/],
      [{ responseFormat: json, tools }, /responseFormat.*absent beside tools/s],
      [{ responseFormat: "json" }, /responseFormat/],
    ] as const) {
      await expect(ask(options)).rejects.toThrow(named);
    }
    await expect(ask({ responseFormat: json, tools, toolChoice: "none" })).resolves.toBeDefined();
  });

  it("says when top-k, top-p or min-p cut the distribution", async () => {
    for (const cut of [{ topK: 4 }, { topP: 0.9 }, { minP: 0.1 }]) {
      const factory = policyChatModels({ renderer, sampling: { maxTokens: 4, ...cut } });
      const model = factory({ policy: policySaying([]), seed: 1 });
      await model.chat([user("hi")]);
      expect(model.turns[0]!.isTruncated).toBe(true);
    }
  });

  it("records which tokens a cut left, of a reply that is streamed too", async () => {
    const factory = policyChatModels({ renderer, sampling: { maxTokens: 4, topK: 4 } });
    const table = new TabularPolicy({ vocabulary: 128, spread: 1 });
    const model = factory({ policy: new TabularSamplingClient(table, "t"), seed: 1 });
    await model.chat([user("hi")], { seed: 5 });
    for await (const _ of model.stream([user("hi")], { seed: 5 }));
    const [whole, streamed] = model.turns;
    expect(whole!.tokens).toHaveLength(4);
    expect(whole!.kept!.map((set) => keptIds(set)!.length)).toEqual([4, 4, 4, 4]);
    whole!.tokens.forEach((token, t) => expect(keptIds(whole!.kept![t]!)).toContain(token));
    expect([streamed!.tokens, streamed!.kept]).toEqual([whole!.tokens, whole!.kept]);
    await model.chat([user("ho")], { topK: 0 });
    expect(model.turns[2]).not.toHaveProperty("kept");
    // Nothing is drawn at temperature 0, so no filter cuts anything.
    await model.chat([user("ho")], { temperature: 0 });
    expect(model.turns[3]).not.toHaveProperty("kept");
    expect(model.turns.map(({ isTruncated }) => isTruncated)).toEqual([true, true, false, false]);
  });

  it("records which agent of a team asked", async () => {
    const model = models({ policy: policySaying([]), seed: 1 });
    await model.chat([user("hi")], { agent: "ada" });
    const member = chatModelMember(model, { agent: "ben", maxCalls: 1 });
    await runTeam({ task: "x", members: { ben: member }, maxAnswers: 1 });
    await model.chat([user("hi")]);
    const agents = model.turns.map(({ agent }) => agent);
    expect(agents[0]).toBe("ada");
    expect(agents.slice(1, -1).every((agent) => agent === "ben")).toBe(true);
    expect(agents.length).toBeGreaterThan(2);
    expect(model.turns.at(-1)).not.toHaveProperty("agent");
    await expect(model.chat([user("hi")], { agent: "" })).rejects.toThrow(/agent/);
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

describe("a policy's chat model that streams", () => {
  it("gives the reply piece by piece and then the turn that chat would record", async () => {
    vi.setSystemTime(1_700_000_000_000);
    onTestFinished(() => void vi.useRealTimers());
    const model = models({ policy: policySaying(["hello|"]), seed: 1 });
    const parts = await piecesOf(model.stream([user("hi")]));
    const chatted = models({ policy: policySaying(["hello|"]), seed: 1 });
    await chatted.chat([user("hi")]);
    expect(parts).toEqual([
      { type: "text", text: "he" },
      { type: "text", text: "ll" },
      { type: "text", text: "o" },
      { type: "turn", turn: chatted.turns[0] },
    ]);
    expect(model.turns).toEqual(chatted.turns);
  });

  it("ends the sampling and keeps no turn when the iteration stops", async () => {
    const policy = policySaying(["hello|"]);
    const model = models({ policy, seed: 1 });
    for await (const part of model.stream([user("hi")])) {
      expect(part).toEqual({ type: "text", text: "he" });
      break;
    }
    expect(policy.calls[0]).toHaveProperty("hasEnded");
    expect(model.turns).toEqual([]);
  });

  it("throws CANCELLED when its signal aborts, as an error of the policy", async () => {
    const stop = new AbortController();
    const policy = policySaying(["hello|"]);
    const sample = policy.sample.bind(policy);
    policy.sample = (...given) => {
      stop.abort();
      return sample(...given);
    };
    const model = models({ policy, seed: 1 });
    const error: unknown = await piecesOf(
      model.stream([user("hi")], { signal: stop.signal }),
    ).catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(/CANCELLED/);
    expect(model.isPolicyError(error)).toBe(true);
    expect(model.turns).toEqual([]);
  });
});

describe("the options of a call", () => {
  const tools = [
    { name: "add", description: "Adds.", parameters: { type: "object" } },
    { name: "sub", parameters: { type: "object" } },
  ];

  it("reach the sampler, in place of those that were configured", async () => {
    const policy = policySaying([]);
    const options = { topP: 0.5, topK: 3, minP: 0.1, stopStrings: ["x"], seed: 7 };
    await models({ policy, seed: 1 }).chat([user("hi")], options);
    expect(policy.calls[0]!.params).toMatchObject({ ...options, temperature: 0.7 });
  });

  it("show tools to the template and say how the reply is read", async () => {
    const settings: unknown[] = [];
    const parsed: ParseOptions[] = [];
    const watched: Renderer = {
      ...renderer,
      prompt: (messages, given) => (settings.push(given), renderer.prompt(messages, given)),
      parse: (tokens, given) => (parsed.push(given ?? {}), renderer.parse(tokens)),
    };
    const factory = policyChatModels({ renderer: watched, sampling: { maxTokens: 8 } });
    await factory({ policy: policySaying([]), seed: 1 }).chat([user("hi")], {
      tools,
      toolChoice: "none",
      stopStrings: ["x"],
    });
    expect(settings).toEqual([
      {
        tools: JSON.stringify([
          { type: "function", function: tools[0] },
          { type: "function", function: tools[1] },
        ]),
      },
    ]);
    const prompt = codes("uhi|a");
    const [shown] = settings;
    expect(parsed).toEqual([{ prompt, settings: shown, readsCalls: false, stopStrings: ["x"] }]);
  });

  it.each<[ChatOptions, RegExp]>([
    [{ toolchoice: "auto" } as ChatOptions, /toolChoice/],
    [{ tools, settings: { tools: "[]" } }, /settings\.tools.*absent beside tools/],
    [{ tools: [tools[0]!, tools[0]!] }, /tools\[1\]\.name.*"add"/],
    [{ tools: [{ name: "add" }] as never }, /tools\[0\]\.parameters.*JSON Schema/],
    [{ toolChoice: "required" }, /toolChoice/],
    [{ tools, toolChoice: { name: "mul" } }, /toolChoice\.name.*"mul".*"add"/],
    [{ maxTokens: 0 }, /maxTokens/],
  ])("are refused where they cannot be: %j", async (options, message) => {
    const call = models({ policy: policySaying([]), seed: 1 }).chat([user("hi")], options);
    await expect(call).rejects.toThrow(message);
  });

  it("of another conversation are rendered anew: other tools are another prompt", async () => {
    const policy = policySaying([" a|", "b|", "c|"]);
    const model = models({ policy, seed: 1 });
    const messages = [user("hi")];
    messages.push(await model.chat(messages, { tools }), user("and"));
    await model.chat(messages, { tools });
    expect(policy.calls[1]!.prompt).toBe("uhi|a a|uand|a");
    await model.chat(messages, { tools: [tools[0]!] });
    expect(policy.calls[2]!.prompt).toBe("uhi|aa|uand|a");
  });
});

describe("a reply that a program gives back", () => {
  const call = { id: "c1", name: "add", arguments: '{"b": 2, "a": [1.0]}' };
  const reply: Message = { role: "assistant", content: "", reasoning: "why", toolCalls: [call] };
  const calling: Renderer = { ...renderer, parse: async () => reply };
  const result: Message = { role: "tool", content: "3", toolCallId: "c1" };
  const promptAfter = async (given: Message): Promise<string> => {
    const policy = policySaying(["X|", "Y|"]);
    const factory = policyChatModels({ renderer: calling, sampling: { maxTokens: 8 } });
    const model = factory({ policy, seed: 1 });
    await model.chat([user("hi")]);
    await model.chat([user("hi"), given, result]);
    return policy.calls[1]!.prompt;
  };

  it.each<[string, Partial<Message>]>([
    ["as it was", {}],
    ["without its reasoning", { reasoning: undefined as never }],
    ["with arguments written anew", { toolCalls: [{ ...call, arguments: '{"a":[1.0],"b":2}' }] }],
  ])("goes on from its tokens %s", async (_, change) => {
    expect(await promptAfter({ ...reply, ...change })).toBe("uhi|aX|t3|a");
  });

  it.each<[string, Partial<Message>]>([
    ["other words", { content: "so" }],
    ["other reasoning", { reasoning: "because" }],
    ["another number", { toolCalls: [{ ...call, arguments: '{"a":[1.5],"b":2}' }] }],
    ["no calls", { toolCalls: [] }],
  ])("is another one with %s", async (_, change) => {
    expect(await promptAfter({ ...reply, ...change })).not.toContain("X");
  });
});
