/** Words into values and flags, by commander; its complaints become errors with a code. */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { HoneError } from "../core/errors.ts";
import type { CommandDefinition } from "./command.ts";
import { commandHelp } from "./help.ts";
import type { Terminal } from "./terminal/terminal.ts";

export interface Parsed {
  readonly values: readonly string[];
  readonly flags: Record<string, unknown>;
}

/**
 * @returns "help" when help was asked for and has been printed
 * @throws  USAGE_INVALID for unknown options, missing arguments and values out of range
 */
export function parseCommand(
  name: string,
  definition: CommandDefinition,
  words: readonly string[],
  terminal: Terminal,
): Parsed | "help" {
  const command = new Command(name);
  definition.define(command);
  // The output of a program that is started is its own.
  const facts = definition.startsProgram === true ? "stderr" : "stdout";
  command
    .option("--json", `lines of JSON on ${facts}, the result last`)
    .helpOption("-h, --help", "this text")
    .exitOverride()
    .configureHelp({
      formatHelp: (_, helper) => commandHelp(command, helper, definition, terminal),
    })
    .configureOutput({
      writeOut: (text) => void terminal.streams.stdout.write(text),
      writeErr: () => undefined,
    });
  try {
    command.parse(words, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return "help";
    const problem = error.message.replace(/^error: /, "").replace(/\.?$/, "");
    throw new HoneError("USAGE_INVALID", { command: name, problem }, { cause: error });
  }
  if (definition.startsProgram === true && !words.includes("--")) {
    const problem = `put -- in front of the program: ${name} [options] -- ${command.args.join(" ")}`;
    throw new HoneError("USAGE_INVALID", { command: name, problem });
  }
  return { values: command.args, flags: command.opts() };
}

/** `--threads`, with one wording everywhere. */
export const threadsOption = (): Option =>
  new Option("--threads <n>", "threads of matrix products")
    .argParser(wholeNumber(1))
    .default(undefined, "all cores, at most 8");

export const seedOption = (what = "decides every draw"): Option =>
  new Option("--seed <n>", what).argParser(wholeNumber(0)).default(0);

export const runsOption = (): Option =>
  new Option("--runs <folder>", "where run folders lie").default("runs");

/** A parser of whole numbers. */
export function wholeNumber(
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): (text: string) => number {
  return (text) => {
    const value = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
    throw new InvalidArgumentError(`It must be a whole number ${range}`);
  };
}

/** A parser of numbers in [least, most]. */
export function numberBetween(least: number, most = Infinity): (text: string) => number {
  return (text) => {
    const value = text.trim() === "" ? NaN : Number(text);
    if (value >= least && value <= most) return value;
    const range = most === Infinity ? `from ${least}` : `from ${least} to ${most}`;
    throw new InvalidArgumentError(`It must be a number ${range}`);
  };
}

/** For options that may be given several times. */
export const repeated = (
  value: string,
  before: readonly string[] | undefined,
): readonly string[] => [...(before ?? []), value];
