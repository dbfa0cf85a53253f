/**
 * Watches what a call returns without changing it: a value, a promise, an async iterable, or a promise of one.
 *
 * The consumer gets the same chunks in the same order; the agent is asked for a chunk only when the consumer asks for it.
 * Errors pass unchanged, and the consumer's `throw` and `return` reach the agent.
 */

/** What is called while a result is consumed. */
export interface ResultObserver {
  /** Runs a part of the agent's code in the context of its trace. */
  inside<T>(run: () => T): T;
  /** The agent yielded a chunk. */
  chunk(chunk: unknown): void;
  /** The result is complete; `value` is the value, what the promise resolved to, or what the stream returned. */
  done(value: unknown): void;
  failed(error: unknown): void;
  /** The consumer stopped before the end of the stream. */
  stopped(): void;
}

/** Returns the result itself, or something that behaves like it and calls the observer. */
export function observeResult<T>(result: T, observer: ResultObserver): T {
  if (result instanceof Promise) {
    const seen = result.then(
      (value: unknown) => observeResult(value, observer),
      (error: unknown) => {
        observer.failed(error);
        throw error;
      },
    );
    return seen as T;
  }
  if (isObject(result) && typeof result[Symbol.asyncIterator] === "function") {
    return observeStream(result, observer);
  }
  if (isObject(result) && typeof result["then"] === "function") {
    return observeThenable(result, observer);
  }
  observer.done(result);
  return result;
}

type Methods = Readonly<Record<PropertyKey, unknown>>;
type Method = (...given: unknown[]) => unknown;

const isObject = <T>(value: T): value is T & Methods & object =>
  (typeof value === "object" && value !== null) || typeof value === "function";

/**
 * A proxy of the object with other methods in place of some of its own.
 *
 * @param methodOf  gives the method for a key, or undefined to keep the object's own, which runs on the object itself: it may need
 *   private fields
 */
export function withMethods<T extends object>(
  target: T,
  methodOf: (key: PropertyKey, own: Method, proxy: T) => Method | undefined,
): T {
  const cache = new Map<PropertyKey, { readonly own: unknown; readonly method: Method }>();
  const proxy: T = new Proxy(target, {
    get(_, key) {
      const own: unknown = Reflect.get(target, key, target);
      if (typeof own !== "function" || key === "constructor" || isFixed(target, key)) return own;
      const known = cache.get(key);
      if (known?.own === own) return known.method;
      const given = methodOf(key, own as Method, proxy);
      const method = given ?? onTarget(target, own as Method, () => proxy);
      cache.set(key, { own, method });
      return method;
    },
    set: (_, key, value) => Reflect.set(target, key, value, target),
  });
  return proxy;
}

/** True for a property that can never change: JavaScript lets a proxy show no other value for it. */
function isFixed(target: object, key: PropertyKey): boolean {
  const property = Reflect.getOwnPropertyDescriptor(target, key);
  return property?.configurable === false && property.writable === false;
}

/** The object's own method; where that returns its object for chaining, the proxy is returned. */
function onTarget(target: object, own: Method, proxy: () => object): Method {
  const method = function (this: unknown, ...given: unknown[]): unknown {
    const result = Reflect.apply(own, this === proxy() ? target : this, given);
    return result === target ? proxy() : result;
  };
  // As a proxy of the function it keeps the function's own properties.
  return new Proxy(own, {
    apply: (_, self, given: unknown[]) => Reflect.apply(method, self, given),
  });
}

function observeThenable<T extends object>(target: T, observer: ResultObserver): T {
  return withMethods(target, (key, own) => {
    if (key !== "then") return undefined;
    return (done, failed) =>
      Reflect.apply(own, target, [
        (value: unknown) => {
          const seen = observeResult(value, observer);
          return typeof done === "function" ? (done as Method)(seen) : seen;
        },
        (error: unknown) => {
          observer.failed(error);
          if (typeof failed === "function") return (failed as Method)(error);
          throw error;
        },
      ]);
  });
}

function observeStream<T extends object>(target: T, observer: ResultObserver): T {
  let isTaken = false;
  const stepOf = stepsOf(target, observer);
  return withMethods(target, (key, own, proxy) => {
    if (key !== Symbol.asyncIterator) return stepOf(key, own);
    return () => {
      const iterator = observer.inside(() => Reflect.apply(own, target, []) as object);
      if (iterator === target) return proxy;
      // A second iteration runs unwatched: a stream is recorded once.
      if (isTaken || !isObject(iterator)) return iterator;
      isTaken = true;
      return withMethods(iterator, stepsOf(iterator, observer));
    };
  });
}

/** Watched versions of the methods of an iterator that take a step. */
function stepsOf(target: object, observer: ResultObserver) {
  return (key: PropertyKey, own: Method): Method | undefined => {
    const ends = key === "return" || key === Symbol.asyncDispose;
    if (key !== "next" && key !== "throw" && !ends) return undefined;
    return (...given) => {
      const taken = (step: unknown): unknown => {
        const { done, value } = (step ?? {}) as { done?: boolean; value?: unknown };
        if (ends) observer.stopped();
        else if (done === true) observer.done(value);
        else observer.chunk(value);
        return step;
      };
      const failed = (error: unknown): never => {
        observer.failed(error);
        throw error;
      };
      let step: unknown;
      try {
        step = observer.inside(() => Reflect.apply(own, target, given));
      } catch (error) {
        return failed(error);
      }
      return Promise.resolve(step).then(taken, failed);
    };
  };
}
