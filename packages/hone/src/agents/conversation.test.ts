import { describe, expect, it } from "vitest";
import type { TokenIds } from "../core/rollout.ts";
import type { Renderer } from "../ports/renderer.ts";
import type { SampledChunk, SamplingClient, SamplingParams } from "../ports/sampling-client.ts";
import { letterRenderer } from "../testing/letter-renderer.ts";
import { Conversation } from "./conversation.ts";

interface Asked {
  readonly prompt: TokenIds;
  readonly params: SamplingParams;
}

/** Says the given chunks, one list per turn, and keeps what it was asked. */
function scripted(...turns: readonly (readonly SampledChunk[])[]): {
  readonly policy: SamplingClient;
  readonly asked: Asked[];
} {
  const asked: Asked[] = [];
  const policy: SamplingClient = {
    weightsVersion: "scripted",
    sample: () => Promise.reject(new Error("not used")),
    logProbs: () => Promise.reject(new Error("not used")),
    close: () => Promise.resolve(),
    async *stream(prompt, params, signal) {
      asked.push({ prompt, params });
      for (const next of turns[asked.length - 1] ?? []) {
        if (signal?.aborted === true) return yield chunk([], "cancelled");
        yield next;
      }
    },
  };
  return { policy, asked };
}

const chunk = (tokens: number[], stopReason?: SampledChunk["stopReason"]): SampledChunk => ({
  tokens,
  logProbs: tokens.map(() => 0),
  samplingLogProbs: tokens.map(() => 0),
  ...(stopReason === undefined ? {} : { stopReason }),
});

const renderer = letterRenderer("abc"); // a = 5, b = 6, c = 7; 0 ends a turn, 2 opens a user's, 3 the assistant's

describe("a conversation", () => {
  it("hands on text as it comes, and goes on from the very tokens that were sampled", async () => {
    const { policy, asked } = scripted(
      [chunk([5]), chunk([6, 0], "stop")],
      [chunk([7, 0], "stop")],
    );
    const conversation = new Conversation({ policy, renderer, contextLength: 100 });
    const pieces: string[] = [];
    const reply = await conversation.say("c", (piece) => pieces.push(piece));
    expect(pieces).toEqual(["a", "b"]);
    expect(reply).toMatchObject({ text: "ab", tokens: 3, stopReason: "stop" });
    await conversation.say("a", () => undefined);
    expect(asked.map(({ prompt }) => prompt)).toEqual([
      [2, 7, 0, 3],
      [2, 7, 0, 3, 5, 6, 0, 2, 5, 0, 3],
    ]);
    expect(asked[0]!.params.seed).not.toBe(asked[1]!.params.seed);
  });

  it("begins again after a reset, with the system message", async () => {
    const { policy, asked } = scripted([chunk([5, 0], "stop")], [chunk([5, 0], "stop")]);
    const conversation = new Conversation(
      { policy, renderer, contextLength: 100 },
      { system: "b" },
    );
    await conversation.say("c", () => undefined);
    conversation.reset();
    await conversation.say("c", () => undefined);
    expect(asked[1]!.prompt).toEqual(asked[0]!.prompt);
    expect(asked[0]!.prompt).toEqual([1, 6, 0, 2, 7, 0, 3]);
  });

  it("keeps what was said until a reply was stopped", async () => {
    const { policy, asked } = scripted([chunk([5]), chunk([6])], [chunk([0], "stop")]);
    const conversation = new Conversation({ policy, renderer, contextLength: 100 });
    const stop = new AbortController();
    const reply = await conversation.say("c", () => stop.abort(), stop.signal);
    expect(reply).toMatchObject({ text: "a", stopReason: "cancelled" });
    await conversation.say("b", () => undefined);
    expect(asked[1]!.prompt).toEqual([2, 7, 0, 3, 5, 0, 2, 6, 0, 3]);
  });

  it("asks for no more tokens than the context holds, and refuses a prompt that fills it", async () => {
    const { policy, asked } = scripted([chunk([5, 0], "stop")]);
    const conversation = new Conversation(
      { policy, renderer, contextLength: 6 },
      { maxTokens: 50 },
    );
    await expect(conversation.say("abc", () => undefined)).rejects.toMatchObject({
      code: "PROMPT_TOO_LONG",
    });
    await conversation.say("a", () => undefined);
    expect(asked[0]!.params.maxTokens).toBe(2);
  });

  it("waits with half a character until its other half is there", async () => {
    const bytes: Renderer = {
      ...renderer,
      stopTokens: [256],
      decode: async (tokens) => Buffer.from(tokens.map(Number)).toString("utf8"),
    };
    const [first, second] = [...Buffer.from("é")];
    const { policy } = scripted([chunk([97, first!]), chunk([second!]), chunk([256], "stop")]);
    const pieces: string[] = [];
    await new Conversation({ policy, renderer: bytes, contextLength: 100 }).say("a", (piece) =>
      pieces.push(piece),
    );
    expect(pieces).toEqual(["a", "é"]);
  });
});
