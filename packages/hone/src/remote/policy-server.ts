/** Requests to a server of policies: a trainer's, or `hone serve`. */
import { HoneError } from "../core/errors.ts";
import {
  type ListedPolicy,
  readListedPolicies,
  readServerMessage,
} from "../formats/policy-wire.ts";
import { brokenOff, ServerAway } from "./server-away.ts";

/** A server of policies. */
export interface PolicyServer {
  /** Its address, such as `http://127.0.0.1:8001`. */
  readonly url: string;
  /** What it asks clients for. Default: nothing. */
  readonly key?: string | undefined;
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

/**
 * Asks a server once, and returns the JSON of its answer.
 * @param request.body  sent with POST; without it the request is a GET
 * @throws ServerAway where it may be asked again; WORKER_SERVER_REFUSED; the signal's reason
 */
export async function askServer(
  server: PolicyServer,
  path: string,
  { body, signal }: { readonly body?: object; readonly signal?: AbortSignal | undefined },
): Promise<unknown> {
  const { url, key } = server;
  const answer = await fetch(`${url}${path}`, {
    ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
    headers: {
      "content-type": "application/json",
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
    },
    ...(signal && { signal }),
  }).catch((error: unknown) => away(error, signal));
  const text = await answer.text().catch((error: unknown) => away(error, signal));
  if (answer.ok) return jsonOf(text);
  if (answer.status >= 500 || answer.status === 429 || answer.status === 408)
    throw new ServerAway(`it answers with status ${answer.status}`);
  throw refusal(server, `status ${answer.status}, ${messageIn(text)}`);
}

/** The error of a server that answers, but not as it should. */
export const refusal = ({ url: server }: PolicyServer, reason: string): HoneError =>
  new HoneError("WORKER_SERVER_REFUSED", { server, reason });

/** The error of a server that stayed away. */
export const awayError = ({ url: server }: PolicyServer, cause: ServerAway): HoneError =>
  new HoneError("WORKER_SERVER_AWAY", { server, reason: cause.message }, { cause });

/** @throws the signal's reason, or the network's error as that of a server that is away */
function away(error: unknown, signal: AbortSignal | undefined): never {
  signal?.throwIfAborted();
  return brokenOff(error);
}

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
