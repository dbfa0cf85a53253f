/** A model call that runs: its span, the attempts at it, and what was seen of its answer so far. */
import type { JsonValue } from "../../core/json.ts";
import type { OpenSpan, SpanEnd } from "../../ports/tracer.ts";
import { safely } from "../../recording/safely.ts";
import { errorOf } from "../../recording/cleaning/trace-error.ts";
import type { TraceScope } from "../../recording/trace-scope.ts";
import type { ModelCalls, SdkModelCall } from "../model-calls.ts";
import { withoutBodies } from "../without-bodies.ts";
import type { SeenAnswer } from "./seen-answer.ts";

export class OpenPrompt {
  readonly #span: OpenSpan<"prompt">;
  readonly #calls: ModelCalls;
  /** What requests of the call are known by. */
  readonly call: SdkModelCall;
  /** Messages of the errors that attempts ended with. */
  readonly #failures: string[] = [];
  #attempts = 0;
  #seen: SeenAnswer | undefined;

  /** @param keepsBodies  false: the raw bodies of the call's requests are left out of its span */
  constructor(span: OpenSpan<"prompt">, calls: ModelCalls, keepsBodies: boolean) {
    this.#span = span;
    this.#calls = calls;
    this.call = calls.begin(keepsBodies ? span : withoutBodies(span));
  }

  /** Attempts at the call so far, the running one included. */
  get attempts(): number {
    return this.#attempts;
  }

  /** Runs one attempt: requests made in it belong to the call, and spans started in it belong under the call's span. */
  async attempt<T>(scope: TraceScope, execute: () => PromiseLike<T>): Promise<T> {
    this.#attempts++;
    try {
      return await scope.within(this.#span, () => this.#calls.within(this.call, execute));
    } catch (error) {
      safely(() => this.#failures.push(errorOf(error).message));
      throw error;
    }
  }

  /** From now on the answer is seen as it comes, and kept in case that the call ends early. */
  watch(seen: SeenAnswer): void {
    this.#seen?.release();
    this.#seen = seen;
  }

  set(attributes: Readonly<Record<string, JsonValue>>): void {
    this.#span.set(attributes);
  }

  /** @param responseId  the provider's id of the response, where it is known */
  end(known: SpanEnd<"prompt">, responseId?: string): void {
    const attributes = { ...this.#attemptAttributes(), ...known.attributes };
    this.#span.end({ ...this.#seen?.known(), ...known, attributes });
    this.#seen?.release();
    this.call.end(responseId);
  }

  /** Ends the call before its answer was whole, with what was seen of it. */
  endEarly(known: SpanEnd<"prompt">): void {
    const partial = this.#seen?.known() ?? {};
    const id = partial.attributes?.["gen_ai.response.id"];
    const attributes = { ...partial.attributes, ...known.attributes };
    this.end({ ...partial, ...known, attributes }, typeof id === "string" ? id : undefined);
  }

  #attemptAttributes(): Readonly<Record<string, JsonValue>> {
    if (this.#attempts < 2) return {};
    return { "ai.attempts": this.#attempts, "ai.attempts.failed": this.#failures };
  }
}
