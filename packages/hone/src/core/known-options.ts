/**
 * Which options an object of options may have. A name that is not among them is refused: misspelt, it would change
 * nothing, in silence. `option-checks.ts` checks their values.
 */
import { editDistance } from "./edit-distance.ts";
import { HoneError, isError } from "./errors.ts";
import { isObject } from "./json.ts";
import { shownValue } from "./shown-value.ts";

/**
 * Every option of a type, so that a new one does not compile before it is named here: `{ store: true, … }`. Where the
 * value is itself an object of options, their names in place of `true`: `{ kl: { coefficient: true, estimator: true } }`.
 */
export type OptionNames<Options extends object> = {
  readonly [Name in keyof Required<Options>]:
    | true
    | OptionNames<Extract<NonNullable<Options[Name]>, object>>;
};

/** The same, whatever type it was made for. */
type AnyOptionNames = { readonly [name: string]: true | AnyOptionNames };

/**
 * Refuses what is no object of options, and an option that is not among the names.
 *
 * @param where  the function that was called
 * @param names  all options there are
 * @throws OPTION_INVALID naming the options there are, and the one that was probably meant
 * @example checkOptions("openTracing", options, { store: true, tags: true });
 */
export function checkOptions<Options extends object>(
  where: string,
  given: Options,
  names: OptionNames<Options>,
): void {
  checkNames({ where, path: "" }, given, names as AnyOptionNames);
}

/** Where an object of options was given: to which function, and under which name ("" for the outermost). */
interface OptionsPlace {
  readonly where: string;
  readonly path: string;
}

function checkNames(place: OptionsPlace, given: unknown, names: AnyOptionNames): void {
  const known = Object.keys(names).toSorted();
  const option = place.path === "" ? "options" : place.path;
  const expected = `an object with no other keys than ${known.join(", ")}`;
  const { where } = place;
  if (!isObject(given)) {
    throw new HoneError("OPTION_INVALID", { where, option, got: shownValue(given), expected });
  }
  for (const [name, value] of Object.entries(given)) {
    const inner = Object.hasOwn(names, name) ? names[name] : undefined;
    if (inner === undefined) {
      const facts = { where, option, got: `{ ${name}: … }`, expected };
      throw new HoneError("OPTION_INVALID", { ...facts, ...nearestFact(name, known) });
    }
    if (inner === true || value === undefined) continue;
    checkNames({ where, path: place.path === "" ? name : `${place.path}.${name}` }, value, inner);
  }
}

/** The name that was probably meant: the same but for its case, or at most two letters away. */
function nearestName(given: string, names: readonly string[]): string | undefined {
  const rated = names
    .map((name) => ({ name, distance: editDistance(given.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= 2 && distance <= name.length / 2);
  return rated.toSorted((a, b) => a.distance - b.distance)[0]?.name;
}

/** The name that was probably meant as a fact of an error; none where no name is near. */
export function nearestFact(
  given: string,
  names: readonly string[],
): { readonly nearest?: string } {
  const nearest = nearestName(given, names);
  return nearest === undefined ? {} : { nearest };
}

/** Runs `run`; an OPTION_INVALID that it throws names `where`, the function that the user called. */
export function optionsOf<T>(where: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!isError(error, "OPTION_INVALID")) throw error;
    throw new HoneError("OPTION_INVALID", { ...error.facts, where }, { cause: error });
  }
}
