/**
 * Skips the JSON of running objects that LangChain would make for hone alone: making it runs code of the app (`lc_secrets`,
 * `lc_attributes`, …) that does not run without hone.
 */
import { wrapMethod } from "../wrap-method.ts";

export class Serialization {
  /** True where the next `toJSON` is called for hone alone. */
  #isForHone = false;

  /** LangChain is about to make the arguments of a call whose only handler is hone's. */
  skipNext(): void {
    this.#isForHone = true;
    // LangChain makes them in the same tick, or not at all.
    queueMicrotask(() => (this.#isForHone = false));
  }

  /**
   * Watches `toJSON` of LangChain's Serializable.
   *
   * @returns a function that ends it
   */
  watch(prototype: object): () => void {
    const wasForHone = (): boolean => {
      const isForHone = this.#isForHone;
      this.#isForHone = false;
      return isForHone;
    };
    return wrapMethod(prototype, "toJSON", (original) => {
      return function toJSON(this: unknown, ...given): unknown {
        const isForHone = wasForHone();
        // A class with a `toJSON` of its own calls this one and builds on its result.
        const isOwn = (this as { toJSON?: unknown }).toJSON === toJSON;
        return isForHone && isOwn ? nameOnly(this as object) : original.apply(this, given);
      };
    });
  }
}

/** LangChain's form of an object that cannot be serialised: its class name. */
const nameOnly = (object: object): unknown => ({
  lc: 1,
  type: "not_implemented",
  id: [object.constructor.name],
});
