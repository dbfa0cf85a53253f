/** A listening HTTP server for an app of Hono, with limits of time for what a client sends and reads. */
import type { Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import { HoneError, messageOf } from "../core/errors.ts";
import type { Listening, ListenOptions } from "./listen.ts";
import { WorkTurns } from "./work-turns.ts";

/** Times after which a client is given up, in ms. */
export interface ListenerLimits {
  /** Until the whole request has come. */
  readonly requestMs: number;
  /** Without a byte of an answer being read, while there are bytes to read. */
  readonly readMs: number;
}

/** An app of Hono, as far as a server needs it. */
export interface FetchApp {
  /** @param env  Node's request and response */
  fetch(request: Request, env: HttpBindings): Response | Promise<Response>;
}

/**
 * Starts a server for an app. Each POST is begun in a turn of the event loop of its own; other requests do not wait behind them.
 * @throws LISTEN_FAILED where the address or the port cannot be used
 */
export async function listenFor(
  app: FetchApp,
  { host, port, limits }: ListenOptions & { readonly limits: ListenerLimits },
): Promise<Listening & { unref(): void }> {
  const turns = new WorkTurns(1);
  const server = createAdaptorServer({
    fetch: async (request, env) => {
      if (request.method === "POST") await turns.next();
      return app.fetch(request, env as HttpBindings);
    },
    // Hono would otherwise put its own Request and Response in the place of the program's.
    overrideGlobalObjects: false,
  }) as Server;
  server.requestTimeout = limits.requestMs;
  server.headersTimeout = limits.requestMs;
  // Longer than clients keep a connection, so that they do not send on one that is just being closed.
  server.keepAliveTimeout = 75_000;
  giveUpSlowReaders(server, limits.readMs);
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
    unref: () => void server.unref(),
    close: async ({ timeoutMs }) => {
      const timer = setTimeout(() => server.closeAllConnections(), timeoutMs);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await closed;
      clearTimeout(timer);
    },
  };
}

/** Closes connections whose client does not read what waits for it. One that waits for an answer is left alone. */
function giveUpSlowReaders(server: Server, readMs: number): void {
  const answering = new Map<Socket, ServerResponse>();
  server.timeout = readMs;
  server.on("request", ({ socket }, response) => {
    answering.set(socket, response);
    response.once("close", () => answering.delete(socket));
  });
  server.on("timeout", (socket: Socket) => {
    if (answering.has(socket) && socket.writableLength === 0) socket.setTimeout(readMs);
    else socket.destroy();
  });
}
