/** Options that several commands have, each with one wording, and parsers of their values. */
import { type Argument, createArgument, InvalidArgumentError, Option } from "commander";

/** `<model>`: a folder, a run or an id, as `findModel` takes them. */
export const modelArgument = (): Argument =>
  createArgument(
    "<model>",
    "a folder, a run (last: the newest with a checkpoint), a .gguf file, or a Hugging Face id",
  );

/** `<run>` or `<runs...>`: a run, as `findRun` takes it. */
export const runsArgument = (
  flags: string,
  what = "a path, a name or its start, the id at its end, or last",
): Argument => createArgument(flags, what);

/** `--adapter <folder>` */
export const adapterOption = (): Option =>
  new Option("--adapter <folder>", "a PEFT adapter, or a run with one");

/** `--checkpoint <name>` */
export const checkpointOption = (): Option =>
  new Option("--checkpoint <name>", "of a run: best, latest or a name");

/** `--replace` */
export const replaceOption = (place = "a folder that holds files"): Option =>
  new Option("--replace", `put it in the place of ${place}`);

/** `--threads <n>` */
export const threadsOption = (): Option =>
  new Option("--threads <n>", "threads of matrix products")
    .argParser(wholeNumber(1))
    .default(undefined, "all cores, at most 8");

/** `--seed <n>`. @param what says what the seed decides */
export const seedOption = (what = "decides every draw"): Option =>
  new Option("--seed <n>", what).argParser(wholeNumber(0)).default(0);

/** `--runs <folder>` */
export const runsOption = (): Option =>
  new Option("--runs <folder>", "where run folders lie").default("runs");

/** A parser of whole numbers from `min` to `max`. */
export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    const range = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`;
    throw new InvalidArgumentError(`It must be a whole number ${range}`);
  };
}

/** A parser of numbers from `min` to `max`. */
export function numberBetween(min: number, max = Infinity): (text: string) => number {
  return (text) => {
    const value = text.trim() === "" ? NaN : Number(text);
    if (value >= min && value <= max) return value;
    const range = max === Infinity ? `from ${min}` : `from ${min} to ${max}`;
    throw new InvalidArgumentError(`It must be a number ${range}`);
  };
}

/** A parser of levels: "1,2" is the list of 1 and 2. */
export const levelList = (text: string): readonly number[] => text.split(",").map(wholeNumber(1));

/** A parser for options that may be given several times: all their values in order. */
export const repeated = (
  value: string,
  before: readonly string[] | undefined,
): readonly string[] => [...(before ?? []), value];
