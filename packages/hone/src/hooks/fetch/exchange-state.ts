/**
 * The states of one request to a model and its response.
 *
 *     sent ──▶ asking ──▶ over            the request's body is read; the response ends and is recorded
 *      │          ├─────▶ claimable ──▶ over    its end is known, and which SDK's call it belongs to is not
 *      │          └─────▶ refused ──▶ over      recorded as failed before the app read the body of the response
 *      └─▶ answered ──▶ as from asking    the response ended before the request's body could be read
 */
import type { JsonObject } from "../../core/json.ts";
import type { OpenSpan } from "../../ports/tracer.ts";
import type { ActiveTrace } from "../../recording/trace-context.ts";
import type { WireRequest } from "../../messages/wires/wire.ts";
import type { UnclaimedRequest } from "../model-calls.ts";
import type { TappedTrace } from "./tapped-traces.ts";
import { type End, minFailureStatus, type ResponseHead } from "./verdict.ts";

/** The body of a request that asks a model. */
export interface Asked {
  readonly text: string;
  readonly body: JsonObject;
  readonly request: WireRequest;
}

/** An SDK's hook records the call: its span is given the bodies. */
export interface SdkOwner {
  readonly kind: "sdk";
  readonly span: OpenSpan<"prompt">;
}

/** Calls of SDKs are open, and one of them may claim the request once its response has ended. */
export interface UnknownOwner {
  readonly kind: "unknown";
  readonly claim: UnclaimedRequest;
  /** The trace that ran around the request, if one did. */
  readonly around: ActiveTrace | undefined;
}

/** The request is to be recorded by itself. */
export interface NoOwner {
  readonly kind: "none";
  readonly around: ActiveTrace | undefined;
}

/** The request is recorded by itself, in a span of the trace around it or of a trace of requests. */
export interface OwnSpan {
  readonly kind: "own";
  readonly span: OpenSpan<"prompt">;
  /** Absent where a trace ran around the request. */
  readonly tapped: TappedTrace | undefined;
}

/** What came of the response so far; times are Unix milliseconds. */
export type Received =
  | { readonly kind: "nothing" }
  | { readonly kind: "head"; readonly head: ResponseHead }
  /** Its status says that the request failed, whatever its body holds; the timer waits for the app to read the body. */
  | {
      readonly kind: "refusal";
      readonly head: ResponseHead;
      readonly at: number;
      readonly timer: NodeJS.Timeout;
    }
  | {
      readonly kind: "body";
      readonly head: ResponseHead | undefined;
      readonly firstAt: number;
      readonly refusedAt: number | undefined;
    };

/** A response that ended. */
export interface Ended {
  readonly end: End;
  readonly endedAt: number;
  readonly received: Received;
}

/** Whose record a request belongs to, as far as that is known when it is sent. */
export type Owner = SdkOwner | UnknownOwner | NoOwner;

/** Whose record a request belongs to once its body was read: one that no SDK's call made has a span of its own. */
export type AskingOwner = SdkOwner | UnknownOwner | OwnSpan;

export interface Asking {
  readonly phase: "asking";
  readonly asked: Asked;
  readonly owner: AskingOwner;
  readonly received: Received;
}

export type ExchangeState =
  | { readonly phase: "sent"; readonly owner: Owner; readonly received: Received }
  | { readonly phase: "answered"; readonly owner: Owner; readonly ended: Ended }
  | Asking
  | { readonly phase: "claimable"; readonly claim: UnclaimedRequest }
  | {
      readonly phase: "refused";
      readonly span: OpenSpan<"prompt">;
      readonly asked: Asked;
      readonly received: Received;
    }
  | { readonly phase: "over" };

export const headOf = (received: Received): ResponseHead | undefined =>
  received.kind === "nothing" ? undefined : received.head;

/** The head of the response came: its status may say already that the request failed. */
export function withHead(
  head: ResponseHead,
  at: number,
  waitForReader: () => NodeJS.Timeout,
): Received {
  if (head.status < minFailureStatus) return { kind: "head", head };
  return { kind: "refusal", head, at, timer: waitForReader() };
}

/** A piece of the body came: the app reads it. */
export function withChunk(received: Received, clock: () => number): Received {
  if (received.kind === "body") return received;
  const refusedAt = received.kind === "refusal" ? received.at : undefined;
  stopWaiting(received);
  return { kind: "body", head: headOf(received), firstAt: clock(), refusedAt };
}

/** The response ended; a refused one ended with its head. */
export function withEnd(received: Received, end: End, at: number): Ended {
  stopWaiting(received);
  return { end, endedAt: refusedAt(received) ?? at, received };
}

function stopWaiting(received: Received): void {
  if (received.kind === "refusal") clearTimeout(received.timer);
}

function refusedAt(received: Received): number | undefined {
  if (received.kind === "refusal") return received.at;
  return received.kind === "body" ? received.refusedAt : undefined;
}
