/** Methods of classes that are not ours, watched: callers see the same method with the same results. */

export type Method = (this: unknown, ...given: unknown[]) => unknown;

/**
 * Puts another function in a method's place.
 * @returns what puts the original back, unless somebody else replaced it meanwhile
 * @throws Error when there is no such method, which says that the class is not the one known
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

/** Hears how an async generator is read. */
export interface StepListener {
  /** A value on its way to the reader. */
  readonly value?: (value: unknown) => void;
  /**
   * The reader stopped before the end, and the generator's own end was run; or nobody can read it any more. Holds nothing of
   * the generator, must not throw, and may be called again.
   */
  readonly left?: () => void;
}

/** Generators that were dropped without a word: their readers are gone. */
const dropped = new FinalizationRegistry<() => void>((left) => left());

/**
 * The generator with each of its steps run by `within`, so that code in it finds the scope of `within` in
 * AsyncLocalStorage. What is no generator comes back as it is.
 */
export function generatorWithin<T>(
  steps: T,
  within: <R>(run: () => R) => R,
  { value, left }: StepListener = {},
): T {
  if (!isGenerator(steps)) return steps;
  const next = (...given: readonly unknown[]): Promise<IteratorResult<unknown>> => {
    const step = within(() => steps.next(...(given as [])));
    if (value === undefined) return step;
    return step.then((result) => {
      if (result.done !== true) value(result.value);
      return result;
    });
  };
  const leaving = (step: Promise<IteratorResult<unknown>>): Promise<IteratorResult<unknown>> => {
    if (left !== undefined) step.then(left, left);
    return step;
  };
  const own = {
    next,
    return: (given: unknown) => leaving(within(() => steps.return(given))),
    throw: (error: unknown) => leaving(within(() => steps.throw(error))),
  };
  // What is not overridden, such as Symbol.asyncIterator, is inherited and returns the new object.
  const watched = Object.assign(Object.create(steps) as object, own);
  if (left !== undefined) dropped.register(watched, left);
  return watched as T;
}

const isGenerator = (value: unknown): value is AsyncGenerator =>
  typeof value === "object" &&
  value !== null &&
  Symbol.asyncIterator in value &&
  ["next", "return", "throw"].every(
    (name) => typeof (value as Record<string, unknown>)[name] === "function",
  );
