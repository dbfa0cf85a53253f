/**
 * Records requests to models that an app makes with the package `undici` itself (`request`, `stream`, a dispatcher, its
 * `fetch`), by undici's diagnostics channels. Node's own `fetch` is built on undici, too, and tells of its requests there:
 * those belong to the tap on `fetch`.
 *
 * Versions before 7 do not tell of the pieces of bodies: of their requests only those with a text as body are seen, without the
 * answer.
 */
import { fieldsOf } from "../../core/json.ts";
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
  readonly address: string;
  /** As undici tells them: a list of names and values, or a text. */
  readonly headers: unknown;
  /** Whether a redirect to this address waits to be followed. */
  readonly mayFollow: boolean;
  readonly body: WrittenBody;
  decoder: BodyDecoder;
  isAsked: boolean;
  hasBody: boolean;
}

/** Watches requests of the package undici. Returns a function that ends it. */
export function watchUndici(state: TapState): () => void {
  const open = new WeakMap<object, Sent>();
  const on =
    (handle: (sent: Sent, message: Message) => void) =>
    (message: Message): void => {
      const sent = open.get(message.request);
      if (sent !== undefined) handle(sent, message);
    };
  return watchChannels<Message>({
    "undici:request:create": ({ request }) => {
      const sent = begun(state, request);
      if (sent !== undefined) open.set(request, sent);
    },
    "undici:request:bodyChunkSent": on(({ body }, { chunk }) => body.add(chunk)),
    "undici:request:bodySent": on((sent) => ask(state, sent)),
    "undici:request:headers": on((sent, { response }) => {
      ask(state, sent);
      const { statusCode, statusText, headers } = fieldsOf(response);
      const named = headersOf(headers);
      sent.decoder = new BodyDecoder(named.get("content-encoding") ?? null);
      sent.hop?.response({
        status: Number(statusCode),
        statusText: typeof statusText === "string" ? statusText : "",
        headers: { get: (name) => named.get(name) ?? null },
      });
    }),
    "undici:request:bodyChunkReceived": on((sent, { chunk }) => {
      sent.hasBody = true;
      if (chunk instanceof Uint8Array) sent.hop?.chunk(sent.decoder.chunk(chunk));
    }),
    "undici:request:trailers": on((sent, { request }) => {
      open.delete(request);
      const rest = sent.hasBody ? sent.decoder.end() : undefined;
      if (rest === undefined) return sent.hop?.unseen();
      if (rest.byteLength > 0) sent.hop?.chunk(rest);
      sent.hop?.done();
    }),
    "undici:request:error": on((sent, { request, error }) => {
      open.delete(request);
      ask(state, sent);
      sent.hop?.failed(error);
    }),
  });
}

/** What undici tells on its channels; each has some of the fields. */
interface Message {
  readonly request: object;
  readonly response?: unknown;
  readonly chunk?: unknown;
  readonly error?: unknown;
}

function begun(state: TapState, request: object): Sent | undefined {
  if (isInFetch()) return undefined;
  const { method, origin, path, body: given, headers } = fieldsOf(request);
  const address = `${String(origin)}${String(path)}`;
  const mayFollow = state.redirects.mayFollow(address);
  const wire = method === "POST" ? wireOf(address) : undefined;
  if (wire === undefined && !mayFollow) return undefined;
  const sent: Sent = {
    hop: wire && firstHop(state, { wire, address, via: "undici" }),
    address,
    headers,
    mayFollow,
    body: new WrittenBody(),
    decoder: new BodyDecoder(null),
    isAsked: false,
    hasBody: false,
  };
  if (method !== "POST") {
    sent.isAsked = true;
    sent.hop = followingHop(state, { address, text: undefined });
    return sent.hop && sent;
  }
  // A body that is whole already; others are told of as they are sent.
  if (typeof given === "string" || given instanceof Uint8Array) {
    sent.body.add(given);
    ask(state, sent);
  }
  return sent;
}

/** The body of the request is whole. */
function ask(state: TapState, sent: Sent): void {
  if (sent.isAsked) return;
  sent.isAsked = true;
  const text = sent.body.text();
  if (text === undefined && saysJson(sent.headers)) warnOfSkipped(sent.address, tooLong);
  const { address, mayFollow } = sent;
  sent.hop = askedHop(state, sent.hop, { address, text, mayFollow });
}

/** undici gives headers as a list of names and values, each in bytes. */
function headersOf(headers: unknown): Map<string, string> {
  const list = Array.isArray(headers) ? (headers as unknown[]).map(String) : [];
  return new Map(
    list.flatMap((name, i) => (i % 2 === 0 ? [[name.toLowerCase(), list[i + 1] ?? ""]] : [])),
  );
}
