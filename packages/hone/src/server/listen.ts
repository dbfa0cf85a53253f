/** An HTTP server of Node's own for a handler that takes web `Request`s and gives web `Response`s. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { HoneError, messageOf } from "../core/errors.ts";
import type { FetchHandler } from "./otlp-handler.ts";

export interface ListenOptions {
  /** The address to listen on, such as "127.0.0.1". */
  readonly host: string;
  /** The port to listen on; 0 takes a free one. */
  readonly port: number;
}

/** A server that listens. */
export interface Listening {
  /** Its address, for example "http://127.0.0.1:4318". */
  readonly url: string;
  /** Takes no new requests and answers those under way; after `timeoutMs` (in ms) their connections are closed. */
  close(options: { readonly timeoutMs: number }): Promise<void>;
}

/** Starts a server. @throws LISTEN_FAILED where the address or the port cannot be used */
export async function listen(
  handler: FetchHandler,
  { host, port }: ListenOptions,
): Promise<Listening> {
  const server = createServer((request, response) => void respond(handler, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => {
      const facts = { host, port, reason: messageOf(error) };
      reject(new HoneError("LISTEN_FAILED", facts, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${taken}`,
    close: async ({ timeoutMs }) => {
      const timer = setTimeout(() => server.closeAllConnections(), timeoutMs);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await closed;
      clearTimeout(timer);
    },
  };
}

async function respond(
  handler: FetchHandler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  try {
    const answer = await handler(toRequest(incoming));
    // The rest of a body that was refused is not read, so the connection cannot be used again.
    if (!incoming.complete) outgoing.setHeader("connection", "close");
    outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
    outgoing.end(Buffer.from(await answer.arrayBuffer()), () => {
      if (!incoming.complete) incoming.destroy();
    });
  } catch {
    if (!outgoing.headersSent) outgoing.writeHead(400);
    outgoing.end();
  }
}

function toRequest(incoming: IncomingMessage): Request {
  const headers = new Headers();
  for (let i = 0; i + 1 < incoming.rawHeaders.length; i += 2) {
    headers.append(incoming.rawHeaders[i]!, incoming.rawHeaders[i + 1]!);
  }
  const { method = "GET", url = "/" } = incoming;
  const hasBody = method !== "GET" && method !== "HEAD";
  return new Request(
    new URL(url.replace(/^\/+/, "/"), `http://${incoming.headers.host ?? "localhost"}`),
    {
      method,
      headers,
      ...(hasBody ? { body: bodyOf(incoming), duplex: "half" } : {}),
    } as RequestInit,
  );
}

/**
 * The request's body as a web stream. Node's own adapter throws an uncaught error when a sender hangs up after the reader has
 * given its body up.
 */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  const pieces = incoming[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { done, value } = await pieces.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
    },
    { highWaterMark: 0 },
  );
}
