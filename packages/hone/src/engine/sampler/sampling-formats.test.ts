import { Validator } from "@cfworker/json-schema";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { JsonObject } from "../../core/json.ts";
import type { SampledChunk, SamplingParams } from "../../ports/sampling-client.ts";
import { openTokenizer } from "../../text/tokenizer.ts";
import { type FormatState, Formats } from "../grammar/formats.ts";
import { createRunGate } from "../runtime/run-gate.ts";
import { SessionPool } from "../runtime/session-pool.ts";
import { loadBaseModel } from "../weights/base-model.ts";
import { Sampler } from "./sampler.ts";

const models = join(import.meta.dirname, "../../../../../test/golden/models");
const colour = { type: "string", enum: ["red", "green", "blue"] };
const schema = {
  type: "object",
  properties: {
    colour,
    count: { type: "integer", minimum: 0, maximum: 999 },
    tags: { type: "array", items: colour, maxItems: 2 },
  },
  required: ["colour", "count"],
};
const json = { type: "json", schema } as const;

describe.each(["qwen2", "gemma3"])("replies of a %s model bound to a format", async (family) => {
  const folder = join(models, family);
  const sessions = new SessionPool(1, createRunGate());
  afterAll(() => sessions.close());
  const [base, tokenizer] = await Promise.all([loadBaseModel(folder), openTokenizer(folder)]);
  const { architecture } = base;
  const tokens = Array.from({ length: architecture.vocabularySize }, (_, id) =>
    tokenizer.has(id) ? tokenizer.bytesOf(id) : undefined,
  );
  const formats = new Formats(() => tokens);
  const decodeText = (ids: readonly number[]): string => tokenizer.decode(ids);
  const sampler = new Sampler({ ...base, sessions, decodeText, formats });
  const stop = tokenizer.endOfText[0]!;
  const prompt = tokenizer.encode("a b");
  const params: SamplingParams = { maxTokens: 90, stopTokens: [stop], format: json, seed: 3 };
  const textOf = (ids: readonly number[]): string =>
    tokenizer.decode(ids.filter((id) => id !== stop));
  const isValid = (text: string, value: JsonObject = schema): boolean =>
    new Validator(value, "2020-12", false).validate(JSON.parse(text)).valid;

  it("are JSON of the schema at any temperature, also beside free ones, which they change nothing of", async () => {
    const free = { maxTokens: 12, seed: 5 };
    const [alone] = await sampler.request(prompt, 1, free);
    const [beside, ...all] = await Promise.all([
      sampler.request(prompt, 1, free),
      sampler.request(prompt, 3, params),
      sampler.request(prompt, 2, { ...params, temperature: 1.7, topK: 9 }),
      sampler.request(prompt, 1, { ...params, temperature: 0 }),
      sampler.request(prompt, 2, { ...params, topP: 0.6, minP: 0.01 }),
    ]);
    expect(beside![0]).toEqual(alone);
    const whole = all.flat().filter(({ stopReason }) => stopReason === "stop");
    expect(whole.length).toBeGreaterThan(4);
    for (const { tokens: ids } of whole) expect(isValid(textOf(ids)), textOf(ids)).toBe(true);
    expect(new Set(whole.map(({ tokens: ids }) => textOf(ids))).size).toBeGreaterThan(2);
  });

  it("record the log-probs of what the format left, and those of the policy as it is", async () => {
    const [reply] = await sampler.request(prompt, 1, params);
    const ids = reply!.tokens;
    const scored = await sampler.logProbs([...prompt, ...ids]);
    reply!.logProbs.forEach((logProb, t) =>
      expect(Math.abs(logProb - scored[prompt.length + t]!)).toBeLessThan(1e-4),
    );
    // log Z of the allowed tokens, from the policy's own log-probs of each of them.
    let state: FormatState | undefined = formats.start(json);
    for (const t of [0, 1, 2]) {
      const before = [...prompt, ...ids.slice(0, t)];
      const allowed = [...state!.allowed.keys()].filter((id) => state!.allowed[id] === 1);
      let mass = 0;
      for (const id of allowed) mass += Math.exp((await sampler.logProbs([...before, id])).at(-1)!);
      const expected = reply!.logProbs[t]! - Math.log(mass);
      expect(Math.abs(reply!.samplingLogProbs[t]! - expected)).toBeLessThan(1e-4);
      state = state!.after(ids[t]!);
    }
  });

  it("end with their last token where no stop token is given, and are cut by the limit, which is said", async () => {
    const { stopTokens: _, ...open } = params;
    const [whole] = await sampler.request(prompt, 1, {
      ...open,
      format: { type: "json", schema: colour },
    });
    expect(whole!.stopReason).toBe("stop");
    expect(isValid(textOf(whole!.tokens), colour)).toBe(true);
    const [cut] = await sampler.request(prompt, 1, { ...params, maxTokens: 3 });
    expect(cut).toMatchObject({ stopReason: "length" });
    expect(cut!.tokens).toHaveLength(3);
  });

  it("come the same in pieces, and stop at texts and when they are aborted", async () => {
    const [whole] = await sampler.request(prompt, 1, params);
    const chunks: SampledChunk[] = [];
    await sampler.request(prompt, 1, params, { onChunk: (chunk) => chunks.push(chunk) });
    expect(chunks.flatMap((chunk) => chunk.tokens)).toEqual(whole!.tokens);
    const [stopped] = await sampler.request(prompt, 1, { ...params, stopStrings: ["count"] });
    expect(textOf(stopped!.tokens)).toMatch(/count\W*$/);
    const stops = new AbortController();
    const [aborted] = await sampler.request(prompt, 1, params, {
      signal: stops.signal,
      onChunk: () => stops.abort(),
    });
    expect(aborted!.stopReason).toBe("cancelled");
    expect(whole!.tokens.slice(0, aborted!.tokens.length)).toEqual(aborted!.tokens);
  });

  it("are refused where the schema cannot be followed, or the model has no token for it", async () => {
    const ask = (given: JsonObject | boolean) =>
      sampler.request(prompt, 1, { ...params, format: { type: "json", schema: given } });
    await expect(ask(false)).rejects.toThrow(/FORMAT_ALLOWS_NOTHING/);
    await expect(ask({ not: {} })).rejects.toThrow(/FORMAT_SCHEMA_UNSUPPORTED.*not at #/);
    await expect(ask({ type: "strin" })).rejects.toThrow(/FORMAT_SCHEMA_INVALID.*#\/type/);
    const bare = new Sampler({ ...base, sessions, decodeText });
    await expect(bare.request(prompt, 1, params)).rejects.toThrow(/OPTION_INVALID.*format/);
    const few = new Formats(() =>
      tokens.map((bytes) => (bytes?.includes(0x64) ? undefined : bytes)),
    );
    const poor = new Sampler({ ...base, sessions, decodeText, formats: few });
    const only = { format: { type: "json", schema: { const: "red" } } } as const;
    await expect(poor.request(prompt, 1, { ...params, ...only })).rejects.toThrow(
      /FORMAT_NO_TOKEN.*re/,
    );
  });
});
