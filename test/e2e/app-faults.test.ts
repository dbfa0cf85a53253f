/**
 * What the app's own code breaks while it is recorded reaches the app as it would without hone, or is told: by a warning with a
 * code, counted, or by a mark in the span. Nothing is dropped in silence. This file stands outside of hone's code, as an app does.
 */
import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { request as undiciRequest } from "undici";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { installAiSdk } from "../../packages/hone/src/hooks/ai-sdk/ai-sdk.ts";
import { installFetchTap } from "../../packages/hone/src/hooks/fetch/fetch-tap.ts";
import { ModelCalls } from "../../packages/hone/src/hooks/model-calls.ts";
import { createTracer } from "../../packages/hone/src/recording/create-tracer.ts";
import { partsNotRecorded } from "../../packages/hone/src/recording/warn-once.ts";
import { withTraces } from "../../packages/hone/src/recording/with-traces.ts";
import { type KeepingSink, keepingSink } from "../../packages/hone/src/testing/keeping-sink.ts";

const server = createServer((incoming, response) => {
  const choices = [{ index: 0, message: { role: "assistant", content: "yes" } }];
  incoming.resume().on("end", () => response.end(JSON.stringify({ choices })));
});
let url: string;
beforeAll(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/chat/completions`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

let sink: KeepingSink;
let tracer: ReturnType<typeof createTracer>;
let undo: (() => void)[];
beforeEach(() => {
  vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
  sink = keepingSink();
  tracer = createTracer({ sink });
  const tools = { tracer, calls: new ModelCalls(), agent: "app" };
  undo = [installFetchTap(tools), installAiSdk(tools)];
});
afterEach(() => {
  for (const one of undo) one();
  vi.restoreAllMocks();
});

let broken: Error;
beforeEach(() => {
  // `fetch` gives an error that passes through it another stack.
  broken = new Error("the app's own");
});
const fails = (): never => {
  throw broken;
};
/** An object with a field that cannot be read. */
const unreadable = (name: string, more: object = {}): object =>
  Object.defineProperty({ ...more }, name, { get: fails, enumerable: true });

const json = { "content-type": "application/json" };
const long = JSON.stringify({ model: "m", messages: [], user: "u".repeat(8_400_000) });

/** Calls of the last `start` of AI SDK 7. */
const startSdk = (event: object): unknown => {
  const place = globalThis as {
    AI_SDK_TELEMETRY_INTEGRATIONS?: { onStart(given: object): unknown }[];
  };
  return place.AI_SDK_TELEMETRY_INTEGRATIONS!.at(-1)!.onStart(event);
};

type Told =
  /** The app gets the error, as without hone. */
  | { readonly throws: "its own" | typeof TypeError }
  /** A warning of this code is counted, and the app's call has this outcome. */
  | { readonly code: string; readonly gives: unknown }
  /** What is recorded says it. */
  | { readonly mark: string };

const places: Readonly<Record<string, readonly [run: () => unknown, told: Told]>> = {
  "an option of fetch": [
    () => fetch(url, unreadable("body", { method: "POST" })),
    { throws: "its own" },
  ],
  "a body of fetch that was used up": [
    async () => {
      const request = new Request(url, { method: "POST", body: "{}", headers: json });
      await request.text();
      return fetch(request);
    },
    { throws: TypeError },
  ],
  "a stream as a body of fetch": [
    async () => {
      const body = ReadableStream.from([Buffer.from("{}")]);
      const init = { method: "POST", body, headers: json, duplex: "half" };
      return (await fetch(url, init as RequestInit)).status;
    },
    { code: "REQUEST_NOT_RECORDED", gives: 200 },
  ],
  "a long file as a body of fetch": [
    async () => (await fetch(url, { method: "POST", body: new Blob([long]) })).status,
    { code: "REQUEST_NOT_RECORDED", gives: 200 },
  ],
  "a long body of a Request": [
    async () => {
      const sent = new Request(url, { method: "POST", body: long, headers: json });
      return (await fetch(sent)).status;
    },
    { code: "REQUEST_NOT_RECORDED", gives: 200 },
  ],
  "a long body of node:http": [
    async () => {
      const request = httpRequest(url, { method: "POST", headers: json }).end(long);
      const [response] = (await once(request, "response")) as [IncomingMessage];
      await text(response);
      return response.statusCode;
    },
    { code: "REQUEST_NOT_RECORDED", gives: 200 },
  ],
  "a long body of undici": [
    async () => {
      const answer = await undiciRequest(url, { method: "POST", body: long, headers: json });
      await answer.body.text();
      return answer.statusCode;
    },
    { code: "REQUEST_NOT_RECORDED", gives: 200 },
  ],
  "a callback for the session": [
    () => withTraces(async () => "yes", { tracer, session: fails, user: "ada" })(),
    { code: "APP_CODE_THREW", gives: "yes" },
  ],
  "a callback for the user": [
    () => withTraces(async () => "yes", { tracer, user: fails })(),
    { code: "APP_CODE_THREW", gives: "yes" },
  ],
  "a callback for the task": [
    () => withTraces(async () => "yes", { tracer, task: fails })(),
    { code: "APP_CODE_THREW", gives: "yes" },
  ],
  "a value that the AI SDK hands on": [
    () => startSdk(unreadable("messages", { callId: "c", operationId: "ai.generateText" })),
    { code: "APP_CODE_THREW", gives: undefined },
  ],
  "the arguments of a tool": [
    () => {
      const span = tracer.trace({ agent: "a", task: "t" });
      span.span({ kind: "tool", toolName: "x", arguments: unreadable("a") as never }).end();
      span.end();
    },
    { mark: "[unreadable: the app's own]" },
  ],
  "an error that was thrown": [
    () => withTraces(async () => Promise.reject(unreadable("message") as Error), { tracer })(),
    { mark: "[an error that cannot be read]" },
  ],
  "the metadata of a trace": [
    () =>
      tracer.trace({ agent: "a", task: "t", metadata: { a: { toJSON: fails } as never } }).end(),
    { mark: "[unreadable: the app's own]" },
  ],
};

describe.each(Object.entries(places))("%s", (_, [run, told]) => {
  it("that breaks is no silent loss", async () => {
    const counted = (): Record<string, number> => Object.fromEntries(partsNotRecorded());
    const before = counted();
    const outcome = await Promise.resolve()
      .then(run)
      .then(
        (gives) => ({ gives }),
        (error: unknown) => ({ error }),
      );
    const isNew = Object.entries(counted()).filter(([code, count]) => count !== before[code]);
    if ("throws" in told) {
      const { error } = outcome as { error: unknown };
      if (told.throws === "its own") expect(error).toBe(broken);
      else expect(error).toBeInstanceOf(told.throws);
      expect(isNew).toEqual([]);
    } else if ("code" in told) {
      expect(outcome).toEqual({ gives: told.gives });
      expect(isNew).toEqual([[told.code, (before[told.code] ?? 0) + 1]]);
    } else {
      expect(JSON.stringify([sink.spans, sink.heads])).toContain(told.mark);
      expect(isNew).toEqual([]);
    }
  });
});

it("a callback that breaks costs its label only", async () => {
  await withTraces(async (_: string) => "yes", { tracer, session: fails, user: "ada" })("the task");
  expect(sink.heads.at(-1)).toMatchObject({ status: "completed", user: "ada", task: "the task" });
  expect(sink.heads.at(-1)).not.toHaveProperty("session");
});
