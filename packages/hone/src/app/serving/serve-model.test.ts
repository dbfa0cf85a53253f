/** A real model behind a server: what is said to be sampled is what the engine would say of it; adapters come and go. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";
import { afterAll, describe, expect, it } from "vitest";
import { openEngine } from "../../engine/engine.ts";
import { adaptersNamed, serve } from "./serve-model.ts";

const model = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");
const folder = await mkdtemp(join(tmpdir(), "hone-serve-"));
const adapter = join(folder, "adapter");
const engine = await openEngine(model, { threads: 1 });
const training = await engine.createTrainingClient({ lora: { rank: 2 } });
await training.saveAdapter(adapter);
const policy = await engine.createSamplingClient();
const serving = await serve({ model, name: "qwen2", port: 0, apiKey: "secret", threads: 1 });
const client = new OpenAI({ baseURL: `${serving.url}/v1`, apiKey: "secret", maxRetries: 0 });
afterAll(async () => {
  await serving.close();
  await engine.close();
  await rm(folder, { recursive: true });
});

const say = { model: "qwen2", messages: [{ role: "user" as const, content: "one two" }] };

/** What vLLM's `return_token_ids` adds to an answer. */
interface WithTokens {
  readonly prompt_token_ids: readonly number[];
  readonly choices: readonly { readonly token_ids: readonly number[] }[];
}

describe("a served model", () => {
  it("gives the ids and the log-probs that the engine gives to the same tokens", async () => {
    const asked = { ...say, max_tokens: 6, n: 2, seed: 4, logprobs: true, return_token_ids: true };
    const answer = await client.chat.completions.create(asked);
    const { prompt_token_ids: prompt, choices } = answer as object as WithTokens;
    for (const [i, { token_ids: tokens }] of choices.entries()) {
      const expected = (await policy.logProbs([...prompt, ...tokens])).slice(prompt.length);
      const said = answer.choices[i]!.logprobs!.content!.map(({ logprob }) => logprob);
      expect(said).toHaveLength(tokens.length);
      said.forEach((logProb, t) => expect(Math.abs(logProb - expected[t]!)).toBeLessThan(1e-4));
    }
    expect(choices[0]!.token_ids).not.toEqual(choices[1]!.token_ids);
    const again = await client.chat.completions.create(asked);
    expect(again.choices).toEqual(answer.choices);
  });

  it("has the system message that it is served with, in the place of that of a conversation", async () => {
    const prompted = await serve({
      ...{ model, name: "qwen2", port: 0, apiKey: "secret", threads: 1 },
      system: "two one",
    });
    const asked = { ...say, max_tokens: 1, seed: 4, return_token_ids: true };
    const promptOf = async (url: string, system: string): Promise<readonly number[]> => {
      const at = new OpenAI({ baseURL: `${url}/v1`, apiKey: "secret", maxRetries: 0 });
      const messages = [{ role: "system" as const, content: system }, ...say.messages];
      const answer = await at.chat.completions.create({ ...asked, messages });
      return (answer as object as WithTokens).prompt_token_ids;
    };
    try {
      expect(await promptOf(prompted.url, "one")).toEqual(await promptOf(serving.url, "two one"));
    } finally {
      await prompted.close();
    }
  });

  it("gives every token's bytes, which make the reply, also where a token is a part of a character", async () => {
    const asked = { ...say, max_tokens: 40, seed: 1, temperature: 2, logprobs: true };
    const answer = await client.chat.completions.create({
      ...asked,
      return_token_ids: true,
    } as never);
    const [choice] = (answer as OpenAI.ChatCompletion).choices;
    const [{ token_ids: tokens }] = (answer as object as WithTokens).choices as [
      { token_ids: number[] },
    ];
    const said = choice!.logprobs!.content!;
    expect(said.some(({ token }) => token.includes("\uFFFD"))).toBe(true);
    const bytes = said.map(({ bytes: own }) => Buffer.from(own!));
    expect(Buffer.concat(bytes).toString()).toBe(await engine.renderer.decode(tokens));
  });

  it("calls no tool whose name a limit cut, in any provider's form", async () => {
    const parameters = { type: "object", properties: {} };
    const look = { name: "look", parameters };
    const answer = await client.chat.completions.create({
      ...say,
      max_tokens: 1,
      temperature: 0,
      tools: [{ type: "function", function: look }],
      tool_choice: "required",
    });
    const [{ message, finish_reason: reason }] = answer.choices as [OpenAI.ChatCompletion.Choice];
    expect([message.tool_calls, reason]).toEqual([undefined, "length"]);
    expect(message.content).not.toBe("");
    const reply = await fetch(`${serving.url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": "secret" },
      body: JSON.stringify({
        ...say,
        max_tokens: 1,
        tools: [{ name: "look", input_schema: parameters }],
        tool_choice: { type: "any" },
      }),
    });
    expect(await reply.json()).toMatchObject({
      stop_reason: "max_tokens",
      content: [{ type: "text" }],
    });
  });

  it("streams what it also answers whole", async () => {
    const asked = { ...say, max_tokens: 6, temperature: 0 };
    const whole = await client.chat.completions.create(asked);
    const stream = client.chat.completions.stream(asked);
    const streamed = await stream.finalChatCompletion();
    expect(streamed.choices[0]!.message.content).toBe(whole.choices[0]!.message.content);
  });

  it("continues plain text, whole and streamed, up to a stop text", async () => {
    const asked = { model: "qwen2", prompt: "one two", max_tokens: 8, temperature: 0 };
    const whole = await client.completions.create({ ...asked, logprobs: 0 });
    const { text, logprobs } = whole.choices[0]!;
    expect(logprobs!.token_logprobs).toHaveLength(whole.usage!.completion_tokens);
    let streamed = "";
    for await (const chunk of await client.completions.create({ ...asked, stream: true })) {
      streamed += chunk.choices[0]?.text ?? "";
    }
    expect(streamed).toBe(text);
    const stop = text.slice(2, 4);
    const stopped = await client.completions.create({ ...asked, stop });
    expect(stopped.choices[0]!.text).toBe(text.slice(0, text.indexOf(stop)));
  });

  it("says that a prompt does not fit into its context", async () => {
    const content = "one two three ".repeat(400);
    const long = client.chat.completions.create({
      model: "qwen2",
      messages: [{ role: "user", content }],
    });
    await expect(long).rejects.toMatchObject({ status: 400, code: "context_length_exceeded" });
  });

  it("gets adapters while it runs, and loses them", async () => {
    const change = (path: string, body: object) =>
      fetch(`${serving.url}/v1/${path}`, {
        method: "POST",
        headers: { authorization: "Bearer secret" },
        body: JSON.stringify(body),
      });
    const named = { lora_name: "mine" };
    const load = { ...named, lora_path: adapter };
    expect((await change("load_lora_adapter", load)).status).toBe(200);
    expect((await change("load_lora_adapter", load)).status).toBe(400);
    const typo = await change("load_lora_adapter", { lora_name: "b", lora_path: "packages/typo" });
    expect(typo.status).toBe(404);
    expect(await typo.json()).toMatchObject({
      error: { message: expect.stringContaining("packages/typo") as string, code: "not_found" },
    });
    const whole = await change("load_lora_adapter", { lora_name: "b", lora_path: model });
    expect(whole.status).toBe(400);
    const ids = async () => (await client.models.list()).data.map(({ id }) => id);
    expect(await ids()).toEqual(["qwen2", "mine"]);
    const asked = { ...say, max_tokens: 4, temperature: 0 };
    const [base, fresh] = await Promise.all([
      client.chat.completions.create(asked),
      client.chat.completions.create({ ...asked, model: "mine" }),
    ]);
    // A new adapter changes nothing yet.
    expect(fresh.choices[0]!.message.content).toBe(base.choices[0]!.message.content);
    expect((await change("unload_lora_adapter", named)).status).toBe(200);
    expect((await change("unload_lora_adapter", named)).status).toBe(400);
    expect((await change("unload_lora_adapter", { lora_name: "qwen2" })).status).toBe(400);
    expect(await ids()).toEqual(["qwen2"]);
    const gone = client.chat.completions.create({ ...asked, model: "mine" });
    await expect(gone).rejects.toMatchObject({ status: 404, code: "model_not_found" });
  });
});

describe("starting", () => {
  it("refuses an address that others reach without a key, before a model is opened", async () => {
    const start = serve({ model: "there is none", host: "0.0.0.0" });
    await expect(start).rejects.toMatchObject({ code: "SERVE_KEY_MISSING" });
  });

  it("reads adapters from name=path, each name once", () => {
    expect(adaptersNamed(["a=runs/x=y", "b=c"])).toEqual({ a: "runs/x=y", b: "c" });
    const invalid = expect.objectContaining({ code: "SERVE_ADAPTER_INVALID" });
    expect(() => adaptersNamed(["runs/x"])).toThrow(invalid);
    expect(() => adaptersNamed(["a=b", "a=c"])).toThrow(invalid);
  });
});
