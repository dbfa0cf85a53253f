/** The server of a store as an app: `storeMethods` below `storePath`, each a POST that is answered with JSON Lines. */
import { HoneError, isHoneError } from "../core/errors.ts";
import { type AnswerLine, storePath, type WireMethod } from "../formats/store-wire.ts";
import { admit } from "./guard.ts";
import { jsonBody } from "./request-json.ts";
import type { FetchApp } from "./serving-listener.ts";
import { type ServedStore, storeMethods } from "./store-methods.ts";

/** The parts of a store's server. */
export interface StoreServerParts extends ServedStore {
  /** The key that clients must show. Undefined: none is asked for. */
  readonly key: string | undefined;
  /** Called with errors that are the server's own fault. */
  readonly onError: (error: unknown) => void;
  /** Time without a line after which an empty one is sent, in ms, so that clients and proxies see that the work goes on. Default 10,000. */
  readonly quietMs?: number;
}

/** The app of a store's server. */
export const storeApp = (parts: StoreServerParts): FetchApp => ({
  fetch: async (request) => {
    const { pathname } = new URL(request.url);
    // What watches over the server has no key.
    if (pathname === "/health") return Response.json({ status: "ok" });
    try {
      admit(request, parts.key);
      const method = methodOf(request.method, pathname);
      const body = await jsonBody(request, parts.requestBytes);
      return answer(told(storeMethods[method](parts, body), parts), parts);
    } catch (error) {
      return refusal(error, parts);
    }
  },
});

const isMethod = (name: string): name is WireMethod => Object.hasOwn(storeMethods, name);

/** A proxy may put the server below a path of its own. */
function methodOf(verb: string, pathname: string): WireMethod {
  const name = pathname.slice(pathname.indexOf(storePath) + storePath.length);
  if (verb === "POST" && pathname.includes(storePath) && isMethod(name)) return name;
  throw new HoneError("SERVE_PATH_UNKNOWN", { method: verb, path: pathname.slice(0, 200) });
}

/** The lines, with an error as the last of them. */
async function* told(
  lines: AsyncIterable<AnswerLine>,
  parts: StoreServerParts,
): AsyncGenerator<AnswerLine, void> {
  try {
    yield* lines;
  } catch (error) {
    yield { error: shown(error, parts).toJSON() };
  }
}

/** An error with a code is for the client; any other is for the operator. */
function shown(error: unknown, { onError, store }: StoreServerParts): HoneError {
  if (isHoneError(error)) return error;
  onError(error);
  const reason = "the server failed to answer; what it printed says why";
  return new HoneError("STORE_REFUSED", { store: store.url, reason });
}

const statuses: Readonly<Record<string, number>> = {
  SERVE_DENIED: 401,
  SERVE_HOST_REFUSED: 403,
  SERVE_PATH_UNKNOWN: 404,
  SERVE_BODY_TOO_LARGE: 413,
};

/** The answer to a request that no method was asked by. */
function refusal(error: unknown, parts: StoreServerParts): Response {
  const refused = shown(error, parts);
  const status = statuses[refused.code] ?? 400;
  return new Response(lineText({ error: refused.toJSON() }), { status, headers });
}

const headers = {
  "content-type": "application/jsonl; charset=utf-8",
  "cache-control": "no-store",
  // Proxies such as nginx otherwise hold lines back.
  "x-accel-buffering": "no",
};

const answer = (lines: AsyncIterable<AnswerLine>, { quietMs = 10_000 }: StoreServerParts) =>
  new Response(ReadableStream.from(encoded(lines, quietMs)), { headers });

const lineText = (line: AnswerLine): string => `${JSON.stringify(line)}\n`;

/** The lines as bytes, with an empty line wherever none came for `quietMs`. Ends the work when the client has gone. */
async function* encoded(
  lines: AsyncIterable<AnswerLine>,
  quietMs: number,
): AsyncGenerator<Uint8Array, void> {
  const iterator = lines[Symbol.asyncIterator]();
  try {
    for (let next = iterator.next(); ;) {
      const line = await orQuiet(next, quietMs);
      if (line?.done === true) return;
      yield Buffer.from(line === undefined ? "\n" : lineText(line.value));
      if (line !== undefined) next = iterator.next();
    }
  } finally {
    await iterator.return?.();
  }
}

/** What the work gives; undefined when it takes longer. */
async function orQuiet<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const quiet = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([work, quiet]);
  } finally {
    clearTimeout(timer);
  }
}
