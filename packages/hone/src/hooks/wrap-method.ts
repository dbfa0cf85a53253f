/** Wraps methods and generators of other packages, so that their callers see the same results. */

export type Method = (this: unknown, ...given: unknown[]) => unknown;

/**
 * Replaces a method by a wrapper of it.
 *
 * @returns a function that puts the original back, unless the method was replaced once more meanwhile
 * @throws Error when there is no such method: the class is another one than hone knows
 */
export function wrapMethod(
  owner: object,
  name: string,
  wrap: (original: Method) => Method,
): () => void {
  const descriptor = Object.getOwnPropertyDescriptor(owner, name);
  if (typeof descriptor?.value !== "function") throw new Error(`it has no method ${name}`);
  const wrapped = wrap(descriptor.value as Method);
  Object.defineProperty(owner, name, { ...descriptor, value: wrapped });
  return () => {
    const now = Object.getOwnPropertyDescriptor(owner, name);
    if (now?.value === wrapped) Object.defineProperty(owner, name, descriptor);
  };
}

/** The prototype of a class whose variable was handed over. */
export function prototypeOf(found: unknown): object {
  if (typeof found === "function" && typeof found.prototype === "object") {
    return found.prototype as object;
  }
  throw new Error("it is no class");
}

/** Called as an async generator is read. */
export interface StepListener {
  /** A value is on its way to the reader. */
  readonly onValue?: (value: unknown) => void;
  /**
   * The reader stopped before the end and the generator has run its cleanup, or the generator was collected as garbage.
   * Must keep no reference to the generator and must not throw; may be called more than once.
   */
  readonly onLeft?: () => void;
}

/** Calls `onLeft` of generators that were collected as garbage before they were read to their end. */
const dropped = new FinalizationRegistry<() => void>((onLeft) => onLeft());

/**
 * The generator, each of whose steps is run by `within`, so that code in it finds the store that `within` sets in an
 * AsyncLocalStorage. A value that is no generator is returned as it is.
 */
export function generatorWithin<T>(
  steps: T,
  within: <R>(run: () => R) => R,
  { onValue, onLeft }: StepListener = {},
): T {
  if (!isGenerator(steps)) return steps;
  const next = (...given: readonly unknown[]): Promise<IteratorResult<unknown>> => {
    const step = within(() => steps.next(...(given as [])));
    if (onValue === undefined) return step;
    return step.then((result) => {
      if (result.done !== true) onValue(result.value);
      return result;
    });
  };
  const leaving = (step: Promise<IteratorResult<unknown>>): Promise<IteratorResult<unknown>> => {
    if (onLeft !== undefined) step.then(onLeft, onLeft);
    return step;
  };
  const own = {
    next,
    return: (given: unknown) => leaving(within(() => steps.return(given))),
    throw: (error: unknown) => leaving(within(() => steps.throw(error))),
  };
  // What is not overridden, such as Symbol.asyncIterator, is inherited and returns the new object.
  const watched = Object.assign(Object.create(steps) as object, own);
  if (onLeft !== undefined) dropped.register(watched, onLeft);
  return watched as T;
}

const isGenerator = (value: unknown): value is AsyncGenerator =>
  typeof value === "object" &&
  value !== null &&
  Symbol.asyncIterator in value &&
  ["next", "return", "throw"].every(
    (name) => typeof (value as Record<string, unknown>)[name] === "function",
  );
