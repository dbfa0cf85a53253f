/** What a server does about requests that are wrong, too large or too many, and about clients that go, read slowly or may not ask. */
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { afterAll, describe, expect, it, vi } from "vitest";
import { HoneError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import { ScriptedChatModel, scriptedModels, startScripted } from "./scripted-server-fixture.ts";

/** What the model does now; a test that needs something else sets it. */
let reply: Parameters<typeof scriptedModels>[0] = ({ messages }) => ({
  content: messages.at(-1)!.content,
});
const echo = reply;
const models = scriptedModels((call) => reply(call), 1000);
const open = await startScripted(models, { bodyBytes: 2 ** 21 });
const keyed = await startScripted(models, { key: "secret" });
afterAll(() => Promise.all([open[Symbol.asyncDispose](), keyed[Symbol.asyncDispose]()]));

const chat = "/v1/chat/completions";
const messages = [{ role: "user", content: "hello" }];

/** Posts a body, and gives the status and the error of the answer. */
async function post(path: string, body: object | string, headers = {}, base = open.url) {
  const answer = await fetch(base + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const { error } = (await answer.json()) as { error?: JsonObject };
  return { status: answer.status, ...error };
}

describe("a request that is wrong", () => {
  const ask = (fields: object) => post(chat, { model: "scripted", messages, ...fields });

  it.each([
    ["malformed JSON", '{"model": ', { status: 400, type: "invalid_request_error" }],
    ["a list as body", "[]", { status: 400, type: "invalid_request_error" }],
    ["no body", "", { status: 400, type: "invalid_request_error" }],
    ["no model", { messages }, { status: 400, param: "model", code: "missing_required_parameter" }],
    ["no messages", { model: "scripted" }, { status: 400, param: "messages" }],
    ["an unknown model", { model: "gpt", messages }, { status: 404, code: "model_not_found" }],
  ])("is answered as OpenAI does: %s", async (_, body, expected) => {
    expect(await post(chat, body)).toMatchObject(expected);
  });

  it.each([
    [{ temperature: -1 }, "temperature", "invalid_value"],
    [{ temperature: "warm" }, "temperature", "invalid_type"],
    [{ n: 1000 }, "n", "invalid_value"],
    [{ n: 0 }, "n", "invalid_value"],
    [{ max_tokens: 1.5 }, "max_tokens", "invalid_type"],
    [{ temprature: 1 }, "temprature", "unknown_parameter"],
    [{ frequency_penalty: 1 }, "frequency_penalty", "unsupported_parameter"],
    [{ logit_bias: { 1: 2 } }, "logit_bias", "unsupported_parameter"],
    [{ response_format: { type: "xml" } }, "response_format.type", "invalid_value"],
    [
      { response_format: { type: "json_schema", json_schema: { schema: "text" } } },
      "response_format.json_schema.schema",
      "invalid_type",
    ],
    [
      {
        response_format: { type: "json_object" },
        tools: [{ type: "function", function: { name: "look" } }],
      },
      "response_format",
      "unsupported_parameter",
    ],
    [{ top_logprobs: 3, logprobs: true }, "top_logprobs", "invalid_value"],
    [{ messages: [] }, "messages", "invalid_value"],
    [{ messages: [{ role: "users", content: "a" }] }, "messages[0].role", "invalid_value"],
    [
      { messages: [{ role: "tool", content: "a" }] },
      "messages[0].tool_call_id",
      "missing_required_parameter",
    ],
    [
      { tools: [{ type: "function", function: {} }] },
      "tools[0].function.name",
      "missing_required_parameter",
    ],
    [{ tool_choice: "required" }, "tool_choice", "invalid_value"],
    [{ tool_choice: "requird" }, "tool_choice", "invalid_value"],
  ])("names the field: %j", async (fields, param, code) => {
    expect(await ask(fields)).toMatchObject({ status: 400, param, code });
  });

  it.each([
    [
      { messages: [{ role: "usr", content: "a" }] },
      'messages[0].role is "usr", which is refused: expected one of "system", "developer", "user", "assistant", "tool"',
    ],
    [
      { response_format: { type: "json_shema" } },
      'response_format.type is "json_shema", which is refused: expected one of "text", "json_object", "json_schema"',
    ],
    [{ response_format: {} }, "response_format.type is missing"],
    [
      { tool_choice: "requird" },
      'tool_choice is "requird", which is refused: expected one of "auto", "none", "required"',
    ],
    [{ stop: 5 }, "stop is 5, which is refused: expected string or array"],
  ])("shows a wrong value and what is allowed: %j", async (fields, said) => {
    expect((await ask(fields)) as JsonObject).toMatchObject({
      message: expect.stringContaining(`The request's field ${said}.`) as string,
    });
  });

  it.each([
    ["a list", []],
    ["a schema of a text", { type: "string" }],
    ["properties that are no schemas", { type: "object", properties: { a: 3 } }],
    ["required that is no list", { type: "object", required: "a" }],
  ])("has an invalid schema of a tool: %s", async (_, parameters) => {
    const tool = { type: "function", function: { name: "a", parameters } };
    const answer = await ask({ tools: [tool] });
    expect(answer.status).toBe(400);
    expect(answer).toMatchObject({ param: expect.stringMatching(/^tools\[0\]\.function\.param/) });
  });

  it("ignores fields that change nothing, and null", async () => {
    const fields = { user: "ada", seed: null, logit_bias: {}, frequency_penalty: 0, store: true };
    expect(await ask(fields)).toMatchObject({ status: 200 });
  });

  it("has a schema of the reply that cannot be held to, in every provider's form", async () => {
    reply = () => {
      throw new HoneError("FORMAT_SCHEMA_UNSUPPORTED", { at: "#/a", keyword: "not", instead: "x" });
    };
    const schema = { type: "object", not: {} };
    const openai = { status: 400, type: "invalid_request_error", code: "invalid_json_schema" };
    expect(
      await ask({ response_format: { type: "json_schema", json_schema: { name: "a", schema } } }),
    ).toMatchObject(openai);
    const format = { type: "json_schema", name: "a", schema };
    expect(
      await post("/v1/responses", { model: "scripted", input: "hello", text: { format } }),
    ).toMatchObject(openai);
    const output_config = { format: { type: "json_schema", schema } };
    const body = { model: "scripted", messages, max_tokens: 9, output_config };
    expect(await post("/v1/messages", body)).toMatchObject({
      status: 400,
      type: "invalid_request_error",
      message: expect.stringContaining("has not at #/a") as string,
    });
    reply = echo;
  });

  it("takes a recursive schema", async () => {
    const node = { type: "object", properties: { child: { $ref: "#" } } };
    const tool = { type: "function", function: { name: "tree", parameters: node } };
    expect(await ask({ tools: [tool] })).toMatchObject({ status: 200 });
  });

  it.each(["/v1/messages", "/v1/responses", "/v1/completions"])(
    "is refused by %s in its own shape",
    async (path) => {
      const answer = await post(path, { model: "scripted", nonsense: 1, max_tokens: 3 });
      expect(answer).toMatchObject({ status: 400, type: "invalid_request_error" });
    },
  );

  it("says that a conversation does not fit: before it is tokenised, and where the model says so", async () => {
    const long = { model: "scripted", messages: [{ role: "user", content: "a".repeat(200_000) }] };
    const expected = { status: 400, code: "context_length_exceeded" };
    expect(await post(chat, long)).toMatchObject(expected);
    reply = () => {
      throw new HoneError("PROMPT_TOO_LONG", { promptTokens: 1200, contextLength: 1000 });
    };
    expect(await post(chat, { model: "scripted", messages })).toMatchObject(expected);
    expect(await post(chat, { model: "scripted", messages, stream: true })).toMatchObject(expected);
    reply = echo;
  });

  it("may be too large: 10 MB are refused, named or not", async () => {
    const body = JSON.stringify({
      model: "scripted",
      messages: [{ role: "user", content: "a".repeat(10_000_000) }],
    });
    expect(await post(chat, body)).toMatchObject({ status: 413, code: "request_too_large" });
    const chunked = await fetch(open.url + chat, {
      method: "POST",
      body: new Blob([body]).stream(),
      duplex: "half",
    });
    expect(chunked.status).toBe(413);
  });

  it("may go to a path that there is not", async () => {
    expect(await post("/v1/embeddings", {})).toMatchObject({ status: 404, code: "unknown_url" });
    expect((await fetch(open.url)).status).toBe(404);
  });
});

describe("who may ask", () => {
  it.each([
    ["no key", {}],
    ["another key", { authorization: "Bearer guess" }],
  ])("is refused with %s, by every path but /health", async (_, headers) => {
    const body = { model: "scripted", messages };
    const expected = { status: 401, code: "invalid_api_key" };
    expect(await post(chat, body, headers, keyed.url)).toMatchObject(expected);
    expect((await fetch(`${keyed.url}/metrics`, { headers })).status).toBe(401);
    expect((await fetch(`${keyed.url}/v1/models`, { headers })).status).toBe(401);
    expect((await fetch(`${keyed.url}/health`)).status).toBe(200);
  });

  it.each(["authorization", "x-api-key"])("shows the key as %s", async (name) => {
    const headers = { [name]: name === "authorization" ? "Bearer secret" : "secret" };
    const body = { model: "scripted", messages };
    expect(await post(chat, body, headers, keyed.url)).toMatchObject({ status: 200 });
  });

  it("is refused without a key under a stranger's Host, and with a stranger's Origin", async () => {
    const { port } = new URL(open.url);
    const status = await new Promise((resolve) => {
      const options = { port, path: "/v1/models", headers: { host: "evil.example" } };
      httpRequest(options, (answer) => resolve(answer.resume().statusCode)).end();
    });
    expect(status).toBe(403);
    const body = { model: "scripted", messages };
    const stranger = await post(chat, body, { origin: "https://evil.example" });
    expect(stranger).toMatchObject({ status: 403, code: "host_not_allowed" });
    expect(await post(chat, body, { origin: "http://localhost:3000" })).toMatchObject({
      status: 200,
    });
  });

  it("may change adapters with the key only", async () => {
    const body = { lora_name: "a", lora_path: "b" };
    expect(await post("/v1/load_lora_adapter", body)).toMatchObject({ status: 403 });
    expect(await post("/v1/load_lora_adapter", body, {}, keyed.url)).toMatchObject({ status: 401 });
  });
});

describe("a client", () => {
  /** Pieces without an end, and how many were taken. */
  function endless(signal?: AbortSignal, size = 10_000) {
    const taken = { count: 0, hasEnded: false };
    async function* pieces() {
      try {
        while (signal?.aborted !== true) {
          taken.count++;
          yield "x".repeat(size);
          await new Promise((resolve) => setImmediate(resolve));
        }
        throw new HoneError("CANCELLED", { what: "A call" });
      } finally {
        taken.hasEnded = true;
      }
    }
    return { taken, pieces: pieces() };
  }

  it("that goes in mid-stream ends the sampling at once", async () => {
    let made: ReturnType<typeof endless> | undefined;
    reply = ({ options }) => (made = endless(options.signal));
    const stop = new AbortController();
    const answer = await fetch(open.url + chat, {
      method: "POST",
      body: JSON.stringify({ model: "scripted", messages, stream: true }),
      signal: stop.signal,
    });
    await answer.body!.getReader().read();
    stop.abort();
    await vi.waitFor(() => expect(made!.taken.hasEnded).toBe(true), 20_000);
    await vi.waitFor(
      () => expect(open.metrics.text()).toContain("hone_requests_running 0"),
      20_000,
    );
    expect(open.metrics.text()).toContain("hone_clients_gone_total 1");
    reply = echo;
  });

  it("that reads nothing is given up, and the server holds little of what waits for it", async () => {
    let made: ReturnType<typeof endless> | undefined;
    reply = ({ options }) => (made = endless(options.signal));
    await using server = await startScripted(models, { readMs: 300 });
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1").pause();
    socket.on("error", () => undefined);
    const body = JSON.stringify({ model: "scripted", messages, stream: true });
    socket.write(
      `POST ${chat} HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await vi.waitFor(() => expect(made?.taken.hasEnded).toBe(true), 30_000);
    // Ten kB each: what the buffers of both sockets take, and not all that could be sampled.
    expect(made!.taken.count).toBeLessThan(2000);
    socket.destroy();
    reply = echo;
  });

  it("waits in vain for an answer that takes too long", async () => {
    reply = ({ options }) => endless(options.signal, 1);
    await using server = await startScripted(models, { answerMs: 100 });
    const answer = await post(chat, { model: "scripted", messages }, {}, server.url);
    expect(answer).toMatchObject({ status: 408, code: "request_timeout" });
    reply = echo;
  });

  it("of 500 at once is answered, and told to come again beyond the limit", async () => {
    const body = { model: "scripted", messages };
    const answers = await Promise.all(Array.from({ length: 500 }, () => post(chat, body)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(500);
    const gate = Promise.withResolvers<void>();
    reply = async () => {
      await gate.promise;
      return { content: "late" };
    };
    await using server = await startScripted(models, { requests: 2 });
    const held = [1, 2].map(() => post(chat, body, {}, server.url));
    await vi.waitFor(
      () => expect(server.metrics.text()).toContain("hone_requests_running 2"),
      20_000,
    );
    const third = await fetch(server.url + chat, { method: "POST", body: JSON.stringify(body) });
    expect(third.status).toBe(429);
    expect(third.headers.get("retry-after")).toBe("1");
    gate.resolve();
    expect(await Promise.all(held)).toMatchObject([{ status: 200 }, { status: 200 }]);
    reply = echo;
  });

  it("gets its answer to the end when the server stops; a new one is refused", async () => {
    const gate = Promise.withResolvers<void>();
    reply = async () => {
      await gate.promise;
      return { content: "late" };
    };
    const body = { model: "scripted", messages };
    await using server = await startScripted(models);
    const held = post(chat, body, {}, server.url);
    await vi.waitFor(
      () => expect(server.metrics.text()).toContain("hone_requests_running 1"),
      20_000,
    );
    const stopped = server.running.stop();
    expect(await post(chat, body, {}, server.url)).toMatchObject({ status: 503 });
    expect((await fetch(`${server.url}/health`)).status).toBe(503);
    gate.resolve();
    expect(await held).toMatchObject({ status: 200 });
    await stopped;
    reply = echo;
  });

  it("is cut off when the server stops and the answer takes longer than the limit", async () => {
    reply = ({ options }) => endless(options.signal, 1);
    await using server = await startScripted(models, { stopMs: 50 });
    const body = { model: "scripted", messages };
    const held = post(chat, body, {}, server.url);
    await vi.waitFor(
      () => expect(server.metrics.text()).toContain("hone_requests_running 1"),
      20_000,
    );
    await server.running.stop();
    expect(await held).toMatchObject({ status: 503, code: "server_stopping" });
    reply = echo;
  });

  it("is told of a failure behind the server without its words, which the operator gets", async () => {
    reply = () => {
      throw new Error("the secret path /home/ada");
    };
    const answer = await post(chat, { model: "scripted", messages });
    expect(answer).toMatchObject({ status: 500, type: "server_error" });
    expect(JSON.stringify(answer)).not.toContain("secret path");
    expect(open.errors.splice(0)).toMatchObject([{ message: "the secret path /home/ada" }]);
    reply = echo;
  });
});

describe("a rollout", () => {
  const path = (id: string) => `/r/${id}${chat}`;
  const ask = (id: string, sent: readonly object[] = messages) =>
    post(path(id), { model: "any name", messages: sent });

  it("records every call until it is over; one that never was is another error", async () => {
    const model = new ScriptedChatModel(echo);
    const close = open.rollouts.open("r1", model);
    expect(await ask("r1")).toMatchObject({ status: 200 });
    expect(model.turns.map((turn) => turn.reply.content)).toEqual(["hello"]);
    close();
    expect(await ask("r1")).toMatchObject({ status: 404, code: "rollout_over" });
    expect(await ask("r2")).toMatchObject({ status: 404, code: "rollout_not_found" });
    expect((await fetch(`${open.url}/r/r2/v1/models`)).status).toBe(404);
  });

  it("ends the calls under way when it is over", async () => {
    const model = new ScriptedChatModel(async ({ options }) => {
      await new Promise((resolve) => options.signal!.addEventListener("abort", resolve));
      return { content: "late" };
    });
    const close = open.rollouts.open("r3", model);
    const held = ask("r3");
    await vi.waitFor(() => expect(model.calls).toHaveLength(1), 20_000);
    close();
    expect(await held).toMatchObject({ status: 404, code: "rollout_over" });
  });

  it("gets a recorded reply where a client sends back what means the same", async () => {
    const call = { id: "c1", name: "add", arguments: '{"a": 1}' };
    const model = new ScriptedChatModel(() => ({ reasoning: "Hm.", toolCalls: [call] }));
    const close = open.rollouts.open("r4", model);
    await ask("r4");
    const { reply: first } = model.turns[0]!;
    const copy = { id: "c1", type: "function", function: { name: "add", arguments: '{"a":1}' } };
    await ask("r4", [
      ...messages,
      { role: "assistant", content: null, tool_calls: [copy] },
      { role: "tool", tool_call_id: "c1", content: "2" },
    ]);
    expect(model.calls[1]!.messages[1]).toBe(first);
    close();
  });
});

it("shows its metrics to Prometheus", async () => {
  const text = await (await fetch(`${open.url}/metrics`)).text();
  expect(text).toMatch(/^# TYPE hone_requests_total counter$/m);
  expect(text).toMatch(/^hone_requests_total\{path="\/v1\/chat\/completions",status="200"\} \d+$/m);
  expect(text).toMatch(/^hone_sampled_tokens_total\{model="scripted"\} \d+$/m);
  expect(text).toMatch(/^hone_request_seconds_bucket\{le="\+Inf"\} \d+$/m);
  expect(open.errors).toEqual([]);
});
