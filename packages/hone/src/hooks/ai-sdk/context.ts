/**
 * Sets in which model call and which tool the running code is, where the SDK reports an event and makes the call itself, so
 * that the call cannot be wrapped: `enterWith` sets it for the code that follows the event.
 *
 * The SDK reports these events from its own async functions, after their first `await`. The app's code, which awaits their
 * promise, never sees what is set here.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { type ActiveTrace, sharedState } from "../../recording/trace-context.ts";
import type { ModelCalls, SdkModelCall } from "../model-calls.ts";

export class CallsInContext {
  readonly #calls = new AsyncLocalStorage<SdkModelCall>();
  readonly #removeLookup: () => void;

  constructor(calls: ModelCalls) {
    this.#removeLookup = calls.addLookup(() => this.#calls.getStore());
  }

  /** From here on, requests of the running code belong to the call, until the call ends. */
  enter(call: SdkModelCall): void {
    this.#calls.enterWith(call);
  }

  /** From here on, spans of the running code belong to this trace and span. */
  enterTrace(active: ActiveTrace | undefined): void {
    sharedState().active.enterWith(active as ActiveTrace);
  }

  remove(): void {
    this.#removeLookup();
  }
}
