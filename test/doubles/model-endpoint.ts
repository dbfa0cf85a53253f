/**
 * A model provider on 127.0.0.1 with scripted answers: Chat Completions, Responses and Anthropic Messages, plain and as
 * server-sent events, with faults on demand.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { anthropicMessages, chatCompletions, responses, type Wire } from "./model-wires.ts";

/** What the model says to one request. */
export type ModelAnswer =
  | {
      readonly text?: string;
      readonly reasoning?: string;
      readonly calls?: readonly ScriptedCall[];
      /** A stream is cut off after so many of its events, without an end; a plain answer in the middle. */
      readonly breaksAfter?: number;
      /** A stream sends nothing any more after so many of its events, and stays open. */
      readonly hangsAfter?: number;
    }
  | { readonly status: number; readonly message?: string };

export interface ScriptedCall {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Default: "call_1", "call_2", … in the order given out. */
  readonly id?: string;
}

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
  /** The body read as JSON; an empty object when it is none. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** Answers in order, the last one for ever; or a function of the request. */
export type ModelScript =
  | readonly ModelAnswer[]
  | ((request: ReceivedRequest, index: number) => ModelAnswer);

export interface ModelEndpoint {
  /** Such as "http://127.0.0.1:4711/v1". */
  readonly url: string;
  /** All requests in order, also those to other paths. */
  readonly requests: readonly ReceivedRequest[];
  /** Times at which a client closed a stream before its end. */
  readonly closed: { count: number };
  close(): Promise<void>;
}

/** Calls the tools first, and answers with the text once a tool's result is among what it is given. */
export const toolThenText =
  (call: ScriptedCall | readonly ScriptedCall[], text: string): ModelScript =>
  (request) => {
    const hasResult = /"role":"tool"|"function_call_output"|"tool_result"/.test(
      JSON.stringify(request.body),
    );
    return hasResult ? { text } : { calls: [call].flat() };
  };

const wires: readonly (readonly [string, Wire])[] = [
  ["/chat/completions", chatCompletions],
  ["/responses", responses],
  ["/messages", anthropicMessages],
];

/**
 * Starts one on a free port.
 *
 * `GET` or `POST` to any other path answers `{"path": …}`.
 * @example const endpoint = await startModelEndpoint([{ text: "Hello." }]);
 */
export async function startModelEndpoint(
  script: ModelScript,
  options: { readonly chunkDelayMs?: number } = {},
): Promise<ModelEndpoint> {
  const requests: ReceivedRequest[] = [];
  const closed = { count: 0 };
  let calls = 0;
  let answers = 0;
  const serve = async (request: IncomingMessage, reply: ServerResponse): Promise<void> => {
    const received = await receive(request);
    requests.push(received);
    const wire = wires.find(([path]) => received.path.endsWith(path))?.[1];
    if (wire === undefined) return sendJson(reply, 200, { path: received.path });
    const index = answers++;
    const answer =
      typeof script === "function"
        ? script(received, index)
        : script[Math.min(index, script.length - 1)]!;
    if ("status" in answer) {
      const { status, message = `scripted ${status}` } = answer;
      return sendJson(reply, status, wire.error(message));
    }
    const named = (answer.calls ?? []).map((one) => ({ ...one, id: one.id ?? `call_${++calls}` }));
    const { model: asked } = received.body;
    const model = typeof asked === "string" ? asked : "fake-model";
    const said = { ...answer, calls: named, number: index + 1, model, request: received.body };
    if (received.body["stream"] !== true) {
      if (answer.breaksAfter === undefined) return sendJson(reply, 200, wire.plain(said));
      return breakPlain(reply, JSON.stringify(wire.plain(said)));
    }
    reply.on("close", () => {
      if (!reply.writableFinished) closed.count++;
    });
    await sendEvents(reply, wire.events(said), answer, options.chunkDelayMs ?? 0);
  };
  const server = createServer((request, reply) => {
    serve(request, reply).catch((error: unknown) => reply.destroy(error as Error));
  });
  // However long a program on a busy machine takes for its next request, its connection is not closed under it.
  server.keepAliveTimeout = 0;
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    closed,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

async function receive(request: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  let body: Record<string, unknown> = {};
  try {
    body = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // A request without a JSON body.
  }
  const { method = "", url = "", headers } = request;
  return { method, path: url.split("?")[0]!, headers, text, body };
}

function sendJson(reply: ServerResponse, status: number, body: unknown): void {
  // SDKs that try again wait as long as they are told, else for seconds.
  const wait = status >= 400 ? { "retry-after-ms": "10" } : {};
  const headers = { "content-type": "application/json", "x-request-id": "req_1", ...wait };
  reply.writeHead(status, headers);
  reply.end(JSON.stringify(body));
}

function breakPlain(reply: ServerResponse, text: string): void {
  reply.writeHead(200, { "content-type": "application/json", "content-length": text.length });
  reply.write(text.slice(0, text.length / 2), () => reply.destroy());
}

async function sendEvents(
  reply: ServerResponse,
  events: readonly string[],
  { breaksAfter, hangsAfter }: { breaksAfter?: number; hangsAfter?: number },
  delayMs: number,
): Promise<void> {
  reply.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
  for (const [i, event] of events.entries()) {
    // Each event is a chunk of its own on the wire.
    await sleep(delayMs);
    if (i === breaksAfter) return void reply.destroy();
    if (i === hangsAfter || reply.destroyed) return;
    reply.write(event);
  }
  reply.end();
}
