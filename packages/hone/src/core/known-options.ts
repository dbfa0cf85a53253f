/** Options of a function that takes an object of them: what it does not know is refused, and errors name who was called. */
import { HoneError, isError } from "./errors.ts";

/** The options that there are, complete by its type: `{ store: true, … }`. */
export type OptionNames<Options extends object> = {
  readonly [Name in keyof Required<Options>]: true;
};

/**
 * Refuses an option that there is none of: misspelt, it would be passed over in silence.
 *
 * @param where  the function that was called
 * @throws OPTION_INVALID naming the options there are
 * @example checkOptions("openTracing", options, { store: true, tags: true });
 */
export function checkOptions<Options extends object>(
  where: string,
  given: Options,
  names: OptionNames<Options>,
): void {
  const [unknown] = Object.keys(given).filter((name) => !Object.hasOwn(names, name));
  if (unknown === undefined) return;
  throw new HoneError("OPTION_INVALID", {
    where,
    option: "options",
    got: `{ ${unknown}: … }`,
    expected: `an object of ${Object.keys(names).toSorted().join(", ")}`,
  });
}

/** Runs what reads options: the error for one that cannot be names the function that was called. */
export function optionsOf<T>(where: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!isError(error, "OPTION_INVALID")) throw error;
    throw new HoneError("OPTION_INVALID", { ...error.facts, where }, { cause: error });
  }
}
