/**
 * LangChain gives its handlers the running object as JSON. Where hone's is the only handler, it would make that JSON for nobody
 * else, and code of the app's (`lc_secrets`, `lc_attributes`, …) would run that does not run without hone: so it is not made.
 */
import { wrapMethod } from "../wrap-method.ts";

export class Serialization {
  /** The next object is asked for its JSON for hone alone. */
  #isForHone = false;

  /** LangChain is about to make the arguments of a call that only hone hears of. */
  skipNext(): void {
    this.#isForHone = true;
    // That happens at once or not at all.
    queueMicrotask(() => (this.#isForHone = false));
  }

  /** @param prototype  of LangChain's Serializable */
  watch(prototype: object): () => void {
    const wasForHone = (): boolean => {
      const isForHone = this.#isForHone;
      this.#isForHone = false;
      return isForHone;
    };
    return wrapMethod(prototype, "toJSON", (original) => {
      return function toJSON(this: unknown, ...given): unknown {
        const isForHone = wasForHone();
        // A class with a method of its own builds on what this one gives.
        const isOwn = (this as { toJSON?: unknown }).toJSON === toJSON;
        return isForHone && isOwn ? nameOnly(this as object) : original.apply(this, given);
      };
    });
  }
}

/** LangChain's form of an object that cannot be serialised. */
const nameOnly = (object: object): unknown => ({
  lc: 1,
  type: "not_implemented",
  id: [object.constructor.name],
});
