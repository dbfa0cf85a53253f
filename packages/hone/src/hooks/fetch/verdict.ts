/** What a request to a model came to: over or not, an error or none, and what becomes of its trace. */
import { messageOf } from "../../core/errors.ts";
import { isObject } from "../../core/json.ts";
import type { TraceError } from "../../core/span.ts";
import { isAbort } from "../aborts.ts";
import type { WireAnswer } from "../../messages/wires/wire.ts";

/**
 * How it ended: the response was read, the app wants no more, the process ends, nobody sees the body, the provider refused
 * and nobody reads what it says; or an error.
 */
export type End =
  | { readonly how: "done" | "stopped" | "left" | "unseen" | "refused" }
  | { readonly how: "failed"; readonly error: unknown };

/** What is kept of a response: the platform watches whether anybody still holds it itself. */
export interface ResponseHead {
  readonly status: number;
  readonly statusText: string;
  readonly isStream: boolean;
}

export interface Verdict {
  /** Nothing more can change it: a status says that it failed, or of a stream its last event came, whatever was read after it. */
  readonly isOver: boolean;
  /** What becomes of the trace; undefined: that is for the end of the process to say. */
  readonly status: "completed" | "failed" | "cancelled" | undefined;
  readonly error?: TraceError;
  /** Clients usually ask again. */
  readonly mayRetry: boolean;
}

/** What is known at the end. */
export interface Outcome {
  readonly end: End;
  readonly answer: WireAnswer | undefined;
  readonly response: ResponseHead | undefined;
  /** Of the request. */
  readonly signal: AbortSignal | undefined;
  /** Only the beginning of the body was kept. */
  readonly isCut: boolean;
}

/** The first status that says that a request failed. */
export const leastFailure = 400;

/** Answers after which clients usually ask again, besides those from 500 on. */
const retried = new Set([408, 409, 429]);

export function verdictOf(outcome: Outcome): Verdict {
  const { end, answer, response } = outcome;
  const status = response?.status;
  const isRefused = status !== undefined && status >= leastFailure;
  const isOver =
    end.how === "done" || end.how === "unseen" || isRefused || answer?.isWhole === true;
  const error = errorOf(outcome, isOver);
  return {
    isOver,
    status: statusOf(outcome, isOver, error),
    ...(error === undefined ? {} : { error }),
    // A request that was answered and broke off is not made again by itself.
    mayRetry: status === undefined || status >= 500 || retried.has(status),
  };
}

function statusOf(
  { end, signal }: Outcome,
  isOver: boolean,
  error: TraceError | undefined,
): Verdict["status"] {
  if (end.how === "left" && !isOver) return undefined;
  if (end.how === "failed" && !isOver && isAbort(end.error, signal)) return "cancelled";
  if (error !== undefined) return "failed";
  return isOver ? "completed" : "cancelled";
}

function errorOf(
  { end, answer, response, isCut }: Outcome,
  isOver: boolean,
): TraceError | undefined {
  const { status = 200, statusText = "" } = response ?? {};
  if (status >= leastFailure) {
    const message = answer?.error?.message ?? `HTTP ${status} ${statusText}`.trim();
    return { ...answer?.error, message, code: String(status) };
  }
  if (end.how === "failed" && !isOver) return thrownError(end.error);
  if (answer?.error !== undefined) return answer.error;
  if (end.how !== "done" || isCut || answer?.isWhole === true) return undefined;
  return answer === undefined
    ? { message: "The response is no JSON.", type: "ResponseUnreadable" }
    : { message: "The stream ended before its last event.", type: "StreamBroken" };
}

/** `fetch` says "fetch failed", and the reason in its cause. */
function thrownError(error: unknown): TraceError {
  const { name, code, cause } = (typeof error === "object" && error !== null ? error : {}) as {
    name?: unknown;
    code?: unknown;
    cause?: unknown;
  };
  const inner = isObject(cause) || cause instanceof Error ? (cause as { code?: unknown }) : {};
  const why = cause instanceof Error ? `: ${messageOf(cause)}` : "";
  const known = typeof code === "string" ? code : inner.code;
  return {
    message: messageOf(error) + why,
    ...(typeof name === "string" ? { type: name } : {}),
    ...(typeof known === "string" ? { code: known } : {}),
  };
}
