/** Requests of `node:http` and of the package undici are recorded as those of `fetch` are, and the app gets the same. */
import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { setTimeout as sleep } from "node:timers/promises";
import OpenAI from "openai";
import { fetch as undiciFetch, request as undiciRequest } from "undici";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SpanOf } from "../../core/span.ts";
import { createTracer } from "../../recording/create-tracer.ts";
import { type KeepingSink, keepingSink } from "../../testing/keeping-sink.ts";
import { installFetchTap } from "../fetch/fetch-tap.ts";
import { ModelCalls } from "../model-calls.ts";

const asked = {
  model: "m",
  messages: [{ role: "user", content: "umbrella in Oslo?" }],
  user: "ada",
  metadata: { session_id: "s1" },
};
const answer = {
  id: "chatcmpl-1",
  model: "m-1",
  choices: [
    { index: 0, message: { role: "assistant", content: "Take one." }, finish_reason: "stop" },
  ],
  usage: { prompt_tokens: 21, completion_tokens: 7 },
};
const pieces = ["Take ", "one."].map(
  (content) =>
    `data: ${JSON.stringify({ id: "chatcmpl-1", choices: [{ index: 0, delta: { content } }] })}\n\n`,
);
const last = `data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] })}\n\ndata: [DONE]\n\n`;

let sink: KeepingSink;
let remove: () => void;
let server: Server;
let url: string;

beforeEach(async () => {
  sink = keepingSink();
  const tracer = createTracer({ sink });
  remove = installFetchTap({ tracer, calls: new ModelCalls(), agent: "app" });
  server = createServer((incoming, response) => {
    void once(incoming.resume(), "end").then(async () => {
      const { "x-answer": how } = incoming.headers;
      if (how === "broken") return response.socket?.destroy();
      if (how === "stream") {
        response.setHeader("content-type", "text/event-stream");
        for (const piece of pieces) {
          response.write(piece);
          await sleep(15);
        }
        return response.end(last);
      }
      response.setHeader("content-type", "application/json");
      if (how === "429") response.statusCode = 429;
      const text = JSON.stringify(
        how === "429" ? { error: { message: "slow down", type: "rate" } } : answer,
      );
      if (how !== "gzip") return response.end(text);
      response.setHeader("content-encoding", "gzip");
      return response.end(gzipSync(text));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/chat/completions`;
});
afterEach(() => {
  remove();
  server.closeAllConnections();
  server.close();
});

const prompts = () => sink.spans.filter((span): span is SpanOf<"prompt"> => span.kind === "prompt");

/** The text of the answer of a request of `node:http`, written in two pieces. */
async function post(how = "plain"): Promise<string> {
  const headers = { "content-type": "application/json", "x-answer": how };
  const request = httpRequest(url, { method: "POST", headers });
  const body = JSON.stringify(asked);
  request.write(body.slice(0, 10));
  request.end(Buffer.from(body.slice(10)));
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

describe("node:http", () => {
  it("a request and its answer are a call, with session and user", async () => {
    expect(JSON.parse(await post())).toEqual(answer);
    expect(prompts()).toMatchObject([
      {
        name: "chat m",
        input: asked.messages,
        output: [{ role: "assistant", content: "Take one." }],
        usage: { input: 21, output: 7 },
        attributes: { "gen_ai.response.id": "chatcmpl-1", "http.response.status_code": 200 },
      },
    ]);
    expect(sink.heads.at(-1)).toMatchObject({
      status: "completed",
      task: "umbrella in Oslo?",
      session: "s1",
      user: "ada",
      tags: ["http"],
    });
  });

  it("a stream is read to its end, with the time of its first piece", async () => {
    expect(await post("stream")).toBe(pieces.join("") + last);
    const [{ output, attributes, startedAt, endedAt }] = prompts() as [SpanOf<"prompt">];
    expect(output).toEqual([{ role: "assistant", content: "Take one." }]);
    const first = attributes["hone.first_chunk_ms"] as number;
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(endedAt! - startedAt - 10);
  });

  it("a compressed answer is read, and passes to the app as it came", async () => {
    await post("gzip");
    expect(prompts()[0]!.output).toEqual([{ role: "assistant", content: "Take one." }]);
  });

  it("failures are failures: a refusal, a broken connection, a request the app gave up", async () => {
    expect(await post("429")).toContain("slow down");
    await expect(post("broken")).rejects.toThrow("socket hang up");
    const request = httpRequest(url, { method: "POST" });
    request.on("error", () => undefined);
    request.end(JSON.stringify(asked));
    request.destroy();
    await new Promise((resolve) => request.on("close", resolve));
    const [refused, broken, stopped] = prompts();
    expect(refused!.error?.message).toContain("slow down");
    expect(broken!.error).toMatchObject({ code: "ECONNRESET" });
    expect(stopped!.error).toBeUndefined();
    const status = () => sink.heads.findLast(({ id }) => id === stopped!.traceId)!.status;
    await vi.waitFor(() => expect(status()).toBe("cancelled"));
  });

  it("other requests are none of its business", async () => {
    const request = httpRequest(url.replace("chat/completions", "files"), { method: "POST" });
    request.end("{}");
    const [response] = (await once(request, "response")) as [IncomingMessage];
    response.resume();
    await once(response, "end");
    expect(sink.heads).toEqual([]);
  });

  it("an answer that nobody listens for is thrown away as before, and its connection closes", async () => {
    const request = httpRequest(url, { method: "POST" });
    request.end(JSON.stringify(asked));
    await once(request, "close");
    expect(prompts()).toHaveLength(1);
  });
});

describe("the package undici", () => {
  const init = (how = "plain") => ({
    method: "POST" as const,
    headers: { "content-type": "application/json", "x-answer": how },
    body: JSON.stringify(asked),
  });

  it.each(["plain", "stream", "gzip"])("its request is a call (%s)", async (how) => {
    const { body } = await undiciRequest(url, init(how));
    await body.arrayBuffer();
    expect(prompts()).toMatchObject([
      { input: asked.messages, output: [{ role: "assistant", content: "Take one." }] },
    ]);
    expect(sink.heads.at(-1)).toMatchObject({ session: "s1", tags: ["undici"] });
  });

  it("its fetch is a call, and its failure a failure", async () => {
    expect(await (await undiciFetch(url, init())).json()).toEqual(answer);
    await expect(undiciFetch(url, init("broken"))).rejects.toThrow("fetch failed");
    const [fine, broken] = prompts();
    expect(fine).toMatchObject({ output: [{ role: "assistant", content: "Take one." }] });
    expect(broken!.error).toBeDefined();
  });
});

describe("Node's own fetch", () => {
  it("is recorded once, also where it was replaced by one built on node:http", async () => {
    await (await fetch(url, { method: "POST", body: JSON.stringify(asked) })).json();
    expect(prompts()).toHaveLength(1);
    remove();
    const { fetch: before } = globalThis;
    globalThis.fetch = (async () => new Response(await post())) as typeof fetch;
    remove = installFetchTap({
      tracer: createTracer({ sink }),
      calls: new ModelCalls(),
      agent: "app",
    });
    await (await fetch(url, { method: "POST", body: JSON.stringify(asked) })).json();
    expect(prompts()).toHaveLength(2);
    remove();
    globalThis.fetch = before;
  });
});

describe("embeddings", () => {
  it("of the OpenAI SDK are calls, without their vectors", async () => {
    server.removeAllListeners("request");
    server.on("request", (incoming, response) => {
      incoming.resume().on("end", () => {
        response.setHeader("content-type", "application/json");
        response.end(
          JSON.stringify({
            object: "list",
            model: "e-1",
            data: [{ object: "embedding", index: 0, embedding: [0.125, -0.5, 0.25] }],
            usage: { prompt_tokens: 4, total_tokens: 4 },
          }),
        );
      });
    });
    const baseURL = url.replace("/chat/completions", "");
    const client = new OpenAI({ baseURL, apiKey: "none", maxRetries: 0 });
    const { data } = await client.embeddings.create({
      model: "e",
      input: "tidal energy",
      encoding_format: "float",
      user: "ada",
    });
    expect(data[0]!.embedding).toEqual([0.125, -0.5, 0.25]);
    expect(prompts()).toMatchObject([
      {
        name: "embeddings e",
        model: "e",
        input: "tidal energy",
        usage: { input: 4 },
        attributes: {
          "gen_ai.operation.name": "embeddings",
          "http.response.body": { data: [{ embedding: "[3 numbers]" }] },
        },
      },
    ]);
    expect(sink.heads.at(-1)).toMatchObject({ status: "completed", user: "ada" });
  });
});
