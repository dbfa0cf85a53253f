/** Decides how a request to a model ended: whether it was over, whether it failed, and what becomes of its trace. */
import { messageOf } from "../../core/errors.ts";
import { isObject } from "../../core/json.ts";
import type { TraceError } from "../../core/span.ts";
import { isAbort } from "../aborts.ts";
import type { WireAnswer } from "../../messages/wires/wire.ts";

/** How an exchange ended. */
export type End =
  /** The app read the response to its end. */
  | { readonly how: "done" }
  /** The app reads no further. */
  | { readonly how: "stopped" }
  /** The process exited. */
  | { readonly how: "exited" }
  /** The response's body cannot be seen. */
  | { readonly how: "unseen" }
  /** The status says that the request failed, and the app has not read the body. */
  | { readonly how: "refused" }
  | { readonly how: "failed"; readonly error: unknown };

/** Facts of a response, kept in its place: the response itself must be free to be collected as garbage. */
export interface ResponseHead {
  readonly status: number;
  readonly statusText: string;
  readonly isStream: boolean;
}

/** How an exchange is recorded. */
export interface Verdict {
  /**
   * True when nothing that follows can change the outcome: the response was read, its status says that it failed, or the last
   * event of its stream came.
   */
  readonly isOver: boolean;
  /** How the trace ends; undefined when the process exited before: then the tracer ends it. */
  readonly status: "completed" | "failed" | "cancelled" | undefined;
  readonly error?: TraceError;
  /** True where clients usually make the request again. */
  readonly mayRetry: boolean;
}

/** What is known at the end of an exchange. */
export interface Outcome {
  readonly end: End;
  readonly answer: WireAnswer | undefined;
  readonly response: ResponseHead | undefined;
  /** The abort signal of the request. */
  readonly signal: AbortSignal | undefined;
  /** True where only the beginning of the body was kept. */
  readonly isCut: boolean;
}

/** The first status that says that a request failed. */
export const minFailureStatus = 400;

/** Statuses after which clients usually make the request again, besides those from 500 on. */
const retried = new Set([408, 409, 429]);

export function verdictOf(outcome: Outcome): Verdict {
  const { end, answer, response } = outcome;
  const status = response?.status;
  const isRefused = status !== undefined && status >= minFailureStatus;
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
  if (end.how === "exited" && !isOver) return undefined;
  if (end.how === "failed" && !isOver && isAbort(end.error, signal)) return "cancelled";
  if (error !== undefined) return "failed";
  return isOver ? "completed" : "cancelled";
}

function errorOf(
  { end, answer, response, isCut }: Outcome,
  isOver: boolean,
): TraceError | undefined {
  const { status = 200, statusText = "" } = response ?? {};
  if (status >= minFailureStatus) {
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

/** `fetch` throws "fetch failed" and gives the reason as its cause. */
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
