/** Wraps the models of one call of AI SDK 6: the SDK is given watched models, the app its own ones. */
import { isObject } from "../../core/json.ts";
import { withMethods } from "../../recording/observe-result.ts";
import { readThrough } from "./read-through.ts";

/** Runs a method of a model that the SDK called. */
type RunModel = (own: () => unknown, key: "doGenerate" | "doStream", given: unknown[]) => unknown;

type Method = (...given: unknown[]) => unknown;

export class WatchedModels {
  readonly #run: RunModel;
  readonly #watched = new WeakMap<object, object>();
  readonly #own = new WeakMap<object, object>();

  constructor(run: RunModel) {
    this.#run = run;
  }

  /** The model, watched; the name of a model, or any other value that is no model, stays as it is. */
  watched(model: unknown): unknown {
    if (!isObject(model) || this.#own.has(model)) return model;
    const known = this.#watched.get(model);
    if (known !== undefined) return known;
    const made = withMethods<object>(model, (key, own) => {
      if (key !== "doGenerate" && key !== "doStream") return undefined;
      return (...given) => this.#run(() => Reflect.apply(own, model, given), key, given);
    });
    this.#watched.set(model, made);
    this.#own.set(made, model);
    return made;
  }

  /** The app's `prepareStep`, wrapped: it is given the app's own model, and a model that it chooses is watched. */
  inSteps(prepare: unknown): unknown {
    if (typeof prepare !== "function") return prepare;
    const chosen = (step: unknown): unknown =>
      isObject(step)
        ? readThrough(step, (key, own) => (key === "model" ? this.watched(own) : own))
        : step;
    return new Proxy(prepare as Method, {
      apply: (own, self, [step, ...rest]: unknown[]) => {
        const result: unknown = Reflect.apply(own, self, [this.#given(step), ...rest]);
        return result instanceof Promise ? result.then(chosen) : chosen(result);
      },
    });
  }

  #given(step: unknown): unknown {
    if (!isObject(step) || !isObject(step["model"])) return step;
    return { ...step, model: this.#own.get(step["model"]) ?? step["model"] };
  }
}
