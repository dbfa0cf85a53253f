/**
 * A store over HTTP, as its server and its client write it. A request is a POST of a JSON object to the method's path; the answer is
 * JSON Lines: items of a list, problems met on the way, and at the end the result or an error.
 *
 * Methods and fields are added without a new version in the path: a server of an earlier release refuses them, so
 * servers are updated before their clients.
 *
 * Every method may be sent again: writes change nothing the second time, and a lease that is asked for again by its token is the same.
 */
import { z } from "zod";
import { HoneError } from "../core/errors.ts";
import { feedbackSchema } from "./feedback-format.ts";
import { jsonObject, jsonValue } from "./json-value.ts";
import { rewardRowSchema } from "./reward-format.ts";
import { traceError } from "./span-format.ts";
import { traceGroupings } from "../core/trace-grouping.ts";

/** Below the server's address; the version is that of the requests and answers. */
export const storePath = "/store/v1/";

// The store itself checks conditions, orders and limits, and names what is wrong with them.
const filter = jsonObject;
const list = z.strictObject({ filter });
const nothing = z.strictObject({});
const id = z.string();
const lease = z.strictObject({ id, token: z.string(), worker: z.string() });

/**
 * Refuses a key that the header of a request cannot carry. Without this check the text of the network's own error would show it.
 * @throws STORE_KEY_INVALID
 */
export function demandStoreKey(key: string): void {
  if (!/^[!-~]([ -~]*[!-~])?$/.test(key)) throw new HoneError("STORE_KEY_INVALID", {});
}

/** What the request of each method of a store holds. Traces, heads and spans are of their own formats, which have versions. */
export const storeRequests = {
  info: nothing,
  append: z.strictObject({
    heads: z.array(jsonObject),
    spans: z.array(z.strictObject({ traceId: id, span: jsonObject })),
    rewards: z.array(rewardRowSchema),
    feedback: z.array(feedbackSchema),
  }),
  put: z.strictObject({ traces: z.array(jsonObject) }),
  get: z.strictObject({ id }),
  ids: z.strictObject({ beginning: z.string(), limit: z.int().min(0) }),
  query: z.strictObject({ query: jsonObject }),
  aggregate: z.strictObject({ filter, by: z.enum(traceGroupings).optional() }),
  overview: z.strictObject({
    filter,
    by: z.enum(traceGroupings).optional(),
    every: z.number().positive().optional(),
  }),
  traces: list,
  summaries: list,
  failures: list,
  delete: z.strictObject({ ids: z.array(id) }),
  prune: z.strictObject({ before: z.number() }),
  settle: nothing,
  check: nothing,
} as const;

/** What the request of each method of a queue of rollouts holds. */
export const queueRequests = {
  enqueue: z.strictObject({
    rollouts: z.array(
      z.strictObject({ id, payload: jsonValue, maxAttempts: z.number().optional() }),
    ),
  }),
  lease: z.strictObject({
    worker: z.string(),
    leaseMs: z.number(),
    limit: z.int().min(1),
    token: z.string(),
    except: z.array(id).max(1000).optional(),
  }),
  heartbeat: z.strictObject({ lease, leaseMs: z.number() }),
  complete: z.strictObject({ lease, result: jsonValue }),
  fail: z.strictObject({
    lease,
    error: traceError,
    retryAfterMs: z.number().min(0),
    isFinal: z.boolean(),
    isAttempt: z.boolean().optional(),
  }),
  cancel: z.strictObject({ id }),
  get: z.strictObject({ id }),
  ended: z.strictObject({ ids: z.array(id) }),
  held: nothing,
  remove: z.strictObject({ ids: z.array(id) }),
  counts: nothing,
} as const;

/** The methods of a store over HTTP; those of its queue have `queue/` before them. */
export type WireMethod = keyof typeof storeRequests | `queue/${keyof typeof queueRequests}`;

const error = z.strictObject({ code: z.string(), facts: z.unknown() });

/** A line of an answer. The last one is `end` or `error`; an answer without it was cut off. */
const answerLine = z.union([
  z.strictObject({ item: z.unknown() }),
  z.strictObject({ problem: error }),
  z.strictObject({ end: z.unknown() }),
  z.strictObject({ error }),
]);

/** See `readAnswerLine`. */
export type AnswerLine = z.infer<typeof answerLine>;

/** A line of an answer; undefined for what is none, such as the page of another server. */
export function readAnswerLine(text: string): AnswerLine | undefined {
  try {
    return answerLine.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** What a server of a store says of itself. */
export const storeInfo = z.object({
  /** Bytes of a request at most. */
  requestBytes: z.int(),
  hasQueue: z.boolean(),
});
