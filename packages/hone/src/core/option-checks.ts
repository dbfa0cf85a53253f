/**
 * Checks of single options, such as "a whole number of at least 1": one set for every room, so that the same mistake gets
 * the same words everywhere. `known-options.ts` checks which options there are.
 */
import { HoneError } from "./errors.ts";
import { shownValue } from "./shown-value.ts";

/** Which numbers are allowed. `min` and `max` belong to the range, `above` and `below` are outside of it. */
interface NumberRange {
  readonly min?: number;
  readonly above?: number;
  readonly max?: number;
  readonly below?: number;
}

/**
 * The checks of one function's options. Each takes an option's name and value, returns the value, and throws
 * OPTION_INVALID for one that cannot be, `undefined` and `NaN` included.
 */
export interface OptionChecks {
  /** A whole number in a range: a count, a seed, an index. */
  whole(option: string, value: unknown, range?: NumberRange): number;
  /** A finite number in a range: a rate, a coefficient, a time. */
  number(option: string, value: unknown, range?: NumberRange): number;
  /** A number from 0 to 1, both included. */
  share(option: string, value: unknown): number;
  /** A time limit in ms that a timer of Node can wait for: from 1 to 2,147,483,647. */
  milliseconds(option: string, value: unknown): number;
  /** One of a list of values. */
  oneOf<const Choice>(option: string, value: unknown, choices: readonly Choice[]): Choice;
  /** A text with something in it besides white space. */
  text(option: string, value: unknown): string;
  /** True or false. */
  flag(option: string, value: unknown): boolean;
  /** A function; what it takes and returns is not checked. */
  callable<T>(option: string, value: T): T;
  /** A list with at least one item. */
  list<Item>(option: string, value: readonly Item[]): readonly Item[];
  /** Makes the error for a rule that the checks above do not cover; the caller throws it. */
  invalid(option: string, got: unknown, expected: string): HoneError<"OPTION_INVALID">;
}

/** The longest time that a timer of Node can wait, in ms: 24.8 days. */
const maxTimerMs = 2 ** 31 - 1;

/**
 * Checks that name the function that was called.
 *
 * @param where  the name of the function or class, as its user writes it
 * @example
 * const check = optionChecks("grpo");
 * check.whole("groupSize", options.groupSize, { min: 2 });
 * // OPTION_INVALID: grpo got groupSize = "8"; it must be a whole number of at least 2.
 */
export function optionChecks(where: string): OptionChecks {
  const invalid: OptionChecks["invalid"] = (option, got, expected) =>
    new HoneError("OPTION_INVALID", { where, option, got: shownValue(got), expected });
  const whole: OptionChecks["whole"] = (option, value, range = {}) => {
    if (Number.isSafeInteger(value) && isInRange(value as number, range)) return value as number;
    throw invalid(option, value, `a whole number${rangeWords(range)}`);
  };
  const number: OptionChecks["number"] = (option, value, range = {}) => {
    if (Number.isFinite(value) && isInRange(value as number, range)) return value as number;
    throw invalid(option, value, `a number${rangeWords(range)}`);
  };
  return {
    whole,
    number,
    share: (option, value) => number(option, value, { min: 0, max: 1 }),
    milliseconds: (option, value) => {
      if (Number.isFinite(value) && isInRange(value as number, { min: 1, max: maxTimerMs }))
        return value as number;
      throw invalid(option, value, `a number of milliseconds from 1 to ${maxTimerMs}`);
    },
    oneOf: (option, value, choices) => {
      const found = choices.find((choice) => choice === value);
      if (found !== undefined) return found;
      throw invalid(option, value, listed(choices.map(shownValue), "or"));
    },
    text: (option, value) => {
      if (typeof value === "string" && value.trim() !== "") return value;
      throw invalid(option, value, "a text that is not empty");
    },
    flag: (option, value) => {
      if (typeof value === "boolean") return value;
      throw invalid(option, value, "true or false");
    },
    callable: (option, value) => {
      if (typeof value === "function") return value;
      throw invalid(option, value, "a function");
    },
    list: (option, value) => {
      if (Array.isArray(value) && value.length > 0) return value;
      throw invalid(option, value, "a list with at least one item");
    },
    invalid,
  };
}

function isInRange(value: number, { min, above, max, below }: NumberRange): boolean {
  return (
    (min === undefined || value >= min) &&
    (above === undefined || value > above) &&
    (max === undefined || value <= max) &&
    (below === undefined || value < below)
  );
}

/** " of at least 1", " from 0 to 1", " above 0", " of at least 0 and below 1"; empty without bounds. */
function rangeWords({ min, above, max, below }: NumberRange): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  const bounds = [
    ...(min === undefined ? [] : [`of at least ${min}`]),
    ...(above === undefined ? [] : [`above ${above}`]),
    ...(max === undefined ? [] : [`of at most ${max}`]),
    ...(below === undefined ? [] : [`below ${below}`]),
  ];
  return bounds.length === 0 ? "" : ` ${listed(bounds, "and")}`;
}

/** @example listed(["a", "b", "c"], "or"); // "a, b or c" */
function listed(words: readonly string[], last: "and" | "or"): string {
  const [end = "", ...before] = words.toReversed();
  return before.length === 0 ? end : `${before.toReversed().join(", ")} ${last} ${end}`;
}
