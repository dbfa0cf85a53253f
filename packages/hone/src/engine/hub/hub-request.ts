/**
 * Requests to the hub: which host is sent the token, time limits, retries, and the error for each refusal.
 *
 * Redirects are followed by hand: large files live on other hosts, and the token goes to the hub's own origin only.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { HoneError, isHoneError, messageOf } from "../../core/errors.ts";

/** What every request of one download shares. */
export interface HubConnection {
  readonly endpoint: string;
  readonly token?: string;
  /** The id of the model, which errors name. */
  readonly model: string;
  readonly revision: string;
  readonly signal?: AbortSignal;
  /** Time limit without a byte received, in ms; then the request counts as failed. */
  readonly stallMs: number;
  /** Waits before the second, third … try, in ms. */
  readonly retryDelaysMs: readonly number[];
}

export interface HubRequest {
  readonly url: string;
  readonly method?: "GET" | "HEAD";
  readonly headers?: Readonly<Record<string, string>>;
  /** Return the reply of a redirect to another origin instead of following it. */
  readonly stayOnHub?: boolean;
}

/** A failure that may be temporary: the network, an overloaded server. After the last try it becomes HUB_UNREACHABLE. */
export class PassingFailure extends Error {}

/**
 * Runs `attempt` until it succeeds, fails for good, or has failed too often in a row without getting further.
 *
 * @param progress  a number that grows with the work done; when it has grown, failures are counted from 0 again
 * @throws HUB_UNREACHABLE after the last try, CANCELLED when the signal aborts, and what `attempt` throws with a code
 */
export async function withRetries<T>(
  connection: HubConnection,
  url: string,
  attempt: () => Promise<T>,
  progress: () => number = () => 0,
): Promise<T> {
  let reached = progress();
  for (let failures = 0; ;) {
    throwIfCancelled(connection);
    try {
      return await attempt();
    } catch (error) {
      throwIfCancelled(connection);
      if (!isPassing(error)) throw error;
      failures = progress() > reached ? 1 : failures + 1;
      reached = Math.max(reached, progress());
      const delay = connection.retryDelaysMs[failures - 1];
      if (delay === undefined) {
        throw new HoneError("HUB_UNREACHABLE", { url, problem: reasonOf(error) }, { cause: error });
      }
      await sleep(delay, undefined, connection.signal ? { signal: connection.signal } : {}).catch(
        () => undefined,
      );
    }
  }
}

/**
 * Sends one request and lets `consume` read the reply; `heard` must be called for every piece that arrives.
 *
 * @throws HUB_NOT_FOUND (404), HUB_ACCESS_DENIED (401, 403), HUB_BAD_REPLY (other refusals)
 */
export async function send<T>(
  connection: HubConnection,
  request: HubRequest,
  consume: (reply: Response, heard: () => void) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const silence = () =>
    stop.abort(new PassingFailure(`nothing arrived for ${connection.stallMs} ms`));
  let timer = setTimeout(silence, connection.stallMs);
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(silence, connection.stallMs);
  };
  const signal = connection.signal
    ? AbortSignal.any([stop.signal, connection.signal])
    : stop.signal;
  try {
    const reply = await follow(connection, request, signal);
    heard();
    return await consume(reply, heard);
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
}

async function follow(
  connection: HubConnection,
  request: HubRequest,
  signal: AbortSignal,
): Promise<Response> {
  const hub = new URL(connection.endpoint).origin;
  let url = new URL(request.url);
  for (let hops = 0; hops < 10; hops++) {
    const authorization: Record<string, string> =
      connection.token !== undefined && url.origin === hub
        ? { authorization: `Bearer ${connection.token}` }
        : {};
    const reply = await fetch(url, {
      method: request.method ?? "GET",
      // Compressed replies would hide the real size, and ranges count uncompressed bytes.
      headers: {
        ...request.headers,
        ...authorization,
        "accept-encoding": "identity",
        "user-agent": "hone-rl",
      },
      redirect: "manual",
      signal,
    });
    const location = reply.headers.get("location");
    if (reply.status < 300 || reply.status >= 400 || location === null) {
      checkStatus(connection, reply, url, url.origin === hub);
      return reply;
    }
    const next = new URL(location, url);
    if (request.stayOnHub && next.origin !== hub) return reply;
    await reply.body?.cancel();
    url = next;
  }
  throw new HoneError("HUB_BAD_REPLY", { url: request.url, problem: "it redirects in a circle" });
}

function checkStatus(connection: HubConnection, reply: Response, url: URL, onHub: boolean): void {
  const { status } = reply;
  // 416: the requested range does not exist; the download handles that.
  if (reply.ok || status === 416) return;
  // A storage host refuses an address whose signature has expired; the hub gives a new one.
  const passing = status === 408 || status === 429 || status >= 500 || (!onHub && status === 403);
  if (passing) throw new PassingFailure(`HTTP ${status}`);
  const { model, revision, endpoint } = connection;
  if (status === 401 || status === 403) {
    const reason = refusalOf(reply.headers.get("x-error-code"), status);
    const token = connection.token !== undefined;
    throw new HoneError("HUB_ACCESS_DENIED", { model, endpoint, status, reason, token });
  }
  if (status === 404) throw new HoneError("HUB_NOT_FOUND", { model, revision, endpoint });
  throw new HoneError("HUB_BAD_REPLY", { url: withoutQuery(url), problem: `HTTP ${status}` });
}

function refusalOf(code: string | null, status: number): string {
  if (code === "GatedRepo") return "it is gated, and its terms have not been accepted";
  if (code === "RepoNotFound" || status === 401) return "it does not exist, or it is private";
  return "this account may not read it";
}

/** Signed addresses carry secrets in their query. */
function withoutQuery(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

/** Undici reports a broken connection as a TypeError with a cause; a TypeError without one is our own bug. */
function isPassing(error: unknown): boolean {
  if (isHoneError(error)) return false;
  return (
    error instanceof PassingFailure || (error instanceof TypeError && error.cause !== undefined)
  );
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause === undefined) return messageOf(error);
  const code = (cause as NodeJS.ErrnoException).code;
  return messageOf(cause) || String(code ?? messageOf(error));
}

function throwIfCancelled({ signal, model }: HubConnection): void {
  if (signal?.aborted) {
    throw new HoneError(
      "CANCELLED",
      { what: `The download of "${model}"` },
      { cause: signal.reason },
    );
  }
}
