/**
 * Records requests to models that go through `node:http` and `node:https`, as those of axios and got do.
 *
 * Node tells of each request and response on its diagnostics channels, whatever code made the request. The body of the request
 * is seen as the app writes it, that of the response as it arrives: nothing is read, delayed or kept from the app.
 */
import { errorMonitor } from "node:events";
import type { ClientRequest, IncomingMessage } from "node:http";
import { safely } from "../../recording/safely.ts";
import { wireOf } from "../fetch/endpoints.ts";
import { askedHop, firstHop, followingHop, type Hop } from "../fetch/hop.ts";
import { isInFetch, type TapState } from "../fetch/tap-state.ts";
import { saysJson, tooLong, warnOfSkipped } from "../fetch/skipped-request.ts";
import { BodyDecoder } from "./body-decoder.ts";
import { watchChannels } from "./watch-channels.ts";
import { WrittenBody } from "./written-body.ts";

/** What is kept of a request until its response has ended. */
interface Sent {
  /** Absent until the body of a request shows which redirect it follows. */
  hop: Hop | undefined;
  hasResponse: boolean;
  isOver: boolean;
}

/** Watches requests of `node:http`. Returns a function that ends it. */
export function watchHttp(state: TapState): () => void {
  const open = new WeakMap<ClientRequest, Sent>();
  return watchChannels<{ readonly request: ClientRequest; readonly response: IncomingMessage }>({
    "http.client.request.created": ({ request }) => {
      const sent = begun(state, request);
      if (sent !== undefined) open.set(request, sent);
    },
    "http.client.response.finish": ({ request, response }) => {
      const sent = open.get(request);
      if (sent !== undefined) answered(sent, response);
    },
  });
}

function begun(state: TapState, request: ClientRequest): Sent | undefined {
  // What `fetch` was replaced by may itself use `node:http`: the tap on `fetch` records such a request.
  if (isInFetch()) return undefined;
  const address = addressOf(request);
  const mayFollow = state.redirects.mayFollow(address);
  if (request.method !== "POST") {
    const hop = mayFollow ? followingHop(state, { address, text: undefined }) : undefined;
    return hop && watched(request, { hop, hasResponse: false, isOver: false });
  }
  const wire = wireOf(address);
  if (wire === undefined && !mayFollow) return undefined;
  const hop = wire && firstHop(state, { wire, address, via: "http" });
  const sent: Sent = { hop, hasResponse: false, isOver: false };
  watchWrites(request, new WrittenBody(), (text) => {
    if (text === undefined && saysJson(request.getHeader("content-type")))
      warnOfSkipped(address, tooLong);
    sent.hop = askedHop(state, sent.hop, { address, text, mayFollow });
    if (sent.hop === undefined) sent.isOver = true;
  });
  return watched(request, sent);
}

/** Sees how the request ends where no response comes. */
function watched(request: ClientRequest, sent: Sent): Sent {
  const isGivenUp = watchDestroy(request);
  request.once(errorMonitor, (error) =>
    end(sent, (hop) => (isGivenUp() ? hop.stopped() : hop.failed(error))),
  );
  request.once("close", () => {
    // Destroyed before any response came.
    if (!sent.hasResponse) end(sent, (hop) => hop.stopped());
  });
  return sent;
}

/** Returns whether the app gave the request up: Node reports that as a connection that broke. */
function watchDestroy(request: ClientRequest): () => boolean {
  const destroy = request.destroy.bind(request);
  let isGivenUp = false;
  Object.defineProperty(request, "destroy", {
    configurable: true,
    writable: true,
    value: (...given: readonly [error?: Error]): unknown => {
      if (given[0] === undefined || given[0] === null) isGivenUp = true;
      return Reflect.apply(destroy, request, given);
    },
  });
  return () => isGivenUp;
}

const addressOf = (request: ClientRequest): string =>
  `${request.protocol}//${String(request.getHeader("host") ?? request.host)}${request.path}`;

/** Sees what the app writes as the body of a request. @param onWhole  called once, with its text; undefined: it is too long */
function watchWrites(
  request: ClientRequest,
  body: WrittenBody,
  onWhole: (text: string | undefined) => void,
): void {
  const write = request.write.bind(request);
  const finish = request.end.bind(request);
  let isDone = false;
  // `end` writes its chunk by `write` in some versions of Node: a chunk is taken once, by the outermost call.
  let depth = 0;
  const taking = <T>(given: readonly unknown[], call: () => T): T => {
    if (depth === 0) safely(() => body.add(given[0], given[1]));
    depth++;
    try {
      return call();
    } finally {
      depth--;
    }
  };
  Object.defineProperties(request, {
    write: {
      configurable: true,
      writable: true,
      value: (...given: unknown[]): unknown =>
        taking(given, () => Reflect.apply(write, request, given) as unknown),
    },
    end: {
      configurable: true,
      writable: true,
      value: (...given: unknown[]): unknown => {
        const result = taking(given, () => Reflect.apply(finish, request, given) as unknown);
        if (!isDone) safely(() => onWhole(body.text()));
        isDone = true;
        return result;
      },
    },
  });
}

function answered(sent: Sent, response: IncomingMessage): void {
  const { hop } = sent;
  if (sent.isOver || hop === undefined) return;
  sent.hasResponse = true;
  const { statusCode: status = 0, statusMessage: statusText = "", headers } = response;
  hop.response({ status, statusText, headers: { get: (name) => textOf(headers[name]) } });
  const decoder = new BodyDecoder(textOf(headers["content-encoding"]));
  const push = response.push.bind(response);
  // What Node reads from the connection passes through `push`, whether or not the app reads it.
  Object.defineProperty(response, "push", {
    configurable: true,
    writable: true,
    value: (...given: readonly [chunk: unknown, encoding?: BufferEncoding]): boolean => {
      const [chunk] = given;
      if (chunk instanceof Uint8Array) safely(() => hop.chunk(decoder.chunk(chunk)));
      if (chunk === null) {
        end(sent, () => {
          const rest = decoder.end();
          if (rest === undefined) return hop.unseen();
          if (rest.byteLength > 0) hop.chunk(rest);
          hop.done();
        });
      }
      return Reflect.apply(push, response, given);
    },
  });
  response.once(errorMonitor, (error: unknown) => end(sent, () => hop.failed(error)));
  response.once("close", () => end(sent, () => hop.stopped()));
}

const textOf = (value: string | readonly string[] | undefined): string | null =>
  value === undefined ? null : String(value);

function end(sent: Sent, how: (hop: Hop) => void): void {
  const { hop } = sent;
  if (sent.isOver || hop === undefined) return;
  sent.isOver = true;
  safely(() => how(hop));
}
