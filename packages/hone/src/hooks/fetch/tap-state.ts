/** What all exchanges of a tap on `fetch` share. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Clock } from "../../core/clock.ts";
import type { TextBudget } from "../../messages/text-budget.ts";
import type { OpenSpan } from "../../ports/tracer.ts";
import { activeTrace } from "../../recording/trace-context.ts";
import type { HookTools } from "../hook-tools.ts";
import type { Owner } from "./exchange-state.ts";
import type { Hop } from "./hop.ts";
import type { Redirects } from "./redirects.ts";
import type { TappedTraces } from "./tapped-traces.ts";
import type { UnreadBodies } from "./unread-bodies.ts";

/** An exchange that is under way, as the end of the process finds it. */
export interface OpenExchange {
  /** Writes what is known so far; the process may go on. */
  checkpoint(): void;
  /** Ends the exchange with what is known. */
  processExited(): void;
}

export interface TapState {
  readonly tools: HookTools;
  readonly clock: Clock;
  readonly traces: TappedTraces;
  /** Exchanges that are not recorded yet. */
  readonly open: Set<OpenExchange>;
  /** Requests that were answered by a redirect which may still be followed. */
  readonly redirects: Redirects<Hop>;
  /** Bodies of responses that the app has and may never read. */
  readonly unread: UnreadBodies;
  /** How often an SDK's call was sent, where more than once. */
  readonly sent: WeakMap<OpenSpan, number>;
  /** Counts the bytes that are kept of all response bodies together, up to a limit. */
  readonly kept: TextBudget;
}

/** True in code that runs in a call of the tapped `fetch`. */
const inFetch = new AsyncLocalStorage<true>();

/** Runs a call of `fetch`, so that what it is built on is not recorded a second time. */
export const withinFetch = <T>(send: () => T): T => inFetch.run(true, send);

/** Whether the running code is a part of a call of the tapped `fetch`. */
export const isInFetch = (): boolean => inFetch.getStore() === true;

/** Whose request the running code makes. */
export function ownerOf({ tools }: TapState): Owner {
  const span = tools.calls.current();
  if (span !== undefined) return { kind: "sdk", span };
  const around = activeTrace();
  const claim = tools.calls.unclaimed();
  return claim === undefined ? { kind: "none", around } : { kind: "unknown", claim, around };
}
