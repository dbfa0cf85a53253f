/** Requests to a server of policies: a trainer's, or `hone serve`. */
import { HoneError } from "../core/errors.ts";
import {
  type ListedPolicy,
  readListedPolicies,
  readServerMessage,
} from "../formats/policy-wire.ts";
import { answerText } from "./answer-lines.ts";
import { brokenOff, ServerAway } from "./server-away.ts";
import { sendInTime } from "./timed-request.ts";

/** A server of policies. */
export interface PolicyServer {
  /** Its address, such as `http://127.0.0.1:8001`. */
  readonly url: string;
  /** What it asks clients for. Default: nothing. */
  readonly key?: string | undefined;
  /** Time without a byte of an answer after which it counts as away, in ms. Default: 30,000, and 300,000 where it computes. */
  readonly quietMs?: number | undefined;
}

/**
 * The address of a server of policies without `/v1`; undefined for a text that is no http(s) address, or that holds a user, a password
 * or a query, which messages would show.
 * @example policyServerUrl("http://gpu:8001/v1"); // "http://gpu:8001"
 */
export function policyServerUrl(address: string): string | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return undefined;
  if (`${url.username}${url.password}${url.search}${url.hash}` !== "") return undefined;
  return `${url.origin}${url.pathname}`.replace(/\/+(?:v1\/?)?$/, "");
}

/** The models that a server has now. @throws as `askServer` */
export async function servedModels(
  server: PolicyServer,
  signal: AbortSignal,
): Promise<readonly ListedPolicy[]> {
  const models = readListedPolicies(await askServer(server, "/v1/models", { signal }));
  if (models === undefined) throw refusal(server, "it lists no models as `npx hone serve` does");
  return models;
}

/** Time without a byte of an answer after which a server counts as away, in ms: a completion comes whole, when its last token is there. */
const quietTimes = { list: 30_000, work: 300_000 };

/** Bytes of an answer at most: the kept tokens of a long reply from a large vocabulary are less. */
const maxBytes = 2 ** 28;

/** Statuses of a server that is stopping or too busy, and of a proxy in front of one that is away. */
const awayStatuses: readonly number[] = [408, 429, 502, 503, 504];

/**
 * Asks a server once, and returns the JSON of its answer.
 * @param request.body  sent with POST; without it the request is a GET
 * @throws ServerAway where it may be asked again; WORKER_SERVER_REFUSED; WORKER_SERVER_FAILED for an error of the server itself; the
 *         signal's reason
 */
export async function askServer(
  server: PolicyServer,
  path: string,
  { body, signal }: { readonly body?: object; readonly signal?: AbortSignal | undefined },
): Promise<unknown> {
  const { url, key } = server;
  const quietMs = server.quietMs ?? (body === undefined ? quietTimes.list : quietTimes.work);
  const request = {
    ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
    headers: {
      "content-type": "application/json",
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
    },
    ...(signal && { signal }),
  };
  const answer = await sendInTime(`${url}${path}`, request, quietMs);
  const text = await answerText(answer, { quietMs, maxBytes }).catch((error: unknown) => {
    signal?.throwIfAborted();
    return brokenOff(error);
  });
  if (text === undefined) throw refusal(server, `its answer has more than ${maxBytes} bytes`);
  if (answer.ok) return jsonOf(text);
  const reason = `status ${answer.status}, ${messageIn(text)}`;
  if (awayStatuses.includes(answer.status)) throw new ServerAway(reason);
  if (answer.status >= 500) throw new HoneError("WORKER_SERVER_FAILED", { server: url, reason });
  throw refusal(server, reason);
}

/** The error of a server that answers, but not as it should. */
export const refusal = ({ url: server }: PolicyServer, reason: string): HoneError =>
  new HoneError("WORKER_SERVER_REFUSED", { server, reason });

/** The error of a server that stayed away. */
export const awayError = ({ url: server }: PolicyServer, cause: ServerAway): HoneError =>
  new HoneError("WORKER_SERVER_AWAY", { server, reason: cause.message }, { cause });

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a server says of an error, without the lines that say what to do. */
const messageIn = (text: string): string =>
  readServerMessage(jsonOf(text))?.split("\n")[0] ?? "without a reason";
