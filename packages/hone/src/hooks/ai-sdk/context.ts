/**
 * In which model call and which tool the running code is, for events after which the SDK goes on by itself: nothing of ours
 * stands around its call then, and `enterWith` lets the code that follows the event know.
 *
 * The SDK tells these events from inside of its own async functions, after their first `await`: the app's code, which waits
 * for their promise, never sees what is entered here.
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

  /** Requests of the code that follows belong to the call, until it ends. */
  enter(call: SdkModelCall): void {
    this.#calls.enterWith(call);
  }

  /** Spans of the code that follows belong here. */
  enterTrace(active: ActiveTrace | undefined): void {
    sharedState().active.enterWith(active as ActiveTrace);
  }

  remove(): void {
    this.#removeLookup();
  }
}
