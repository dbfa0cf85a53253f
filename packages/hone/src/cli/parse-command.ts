/** The words of a command line as values and flags, by commander; its complaints become errors with a code. */
import { Command, CommanderError } from "commander";
import { HoneError } from "../core/errors.ts";
import type { NamedCommand, ParsedFlags } from "./command.ts";
import { commandHelp } from "./help.ts";
import { unknownOptionHint } from "./unknown-option.ts";
import type { Terminal } from "./terminal/terminal.ts";

/** What the words of a command line say. */
export interface ParsedWords {
  /** The arguments that are not options. */
  readonly values: readonly string[];
  readonly flags: ParsedFlags;
}

/**
 * Reads the words behind a command's name.
 *
 * @returns "help" when help was asked for and has been printed
 * @throws  USAGE_INVALID for unknown options, missing arguments and values out of range
 */
export function parseCommand(
  command: NamedCommand,
  words: readonly string[],
  terminal: Terminal,
): ParsedWords | "help" {
  const typed = `npx hone ${command.name}`;
  const bold = (text: string): string => terminal.style("bold", text);
  const parser: Command = commandParser(command)
    .exitOverride()
    .configureHelp({ formatHelp: () => commandHelp(command, parser, bold) })
    .configureOutput({
      writeOut: (text) => void terminal.streams.stdout.write(text),
      writeErr: () => undefined,
    });
  try {
    parser.parse(ourFlags(withDashes(words), command), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return "help";
    const problem = problemOf(error, parser);
    throw new HoneError("USAGE_INVALID", { command: typed, problem }, { cause: error });
  }
  if (command.startsProgram === true && !words.includes("--")) {
    const problem = `put -- in front of the program: ${typed} [options] -- ${parser.args.join(" ")}`;
    throw new HoneError("USAGE_INVALID", { command: typed, problem });
  }
  if (parser.opts()["out"] === "") {
    const problem = "--out is empty; give a path";
    throw new HoneError("USAGE_INVALID", { command: typed, problem });
  }
  // The terminal knows of --json; a command's flags are its own, so that it may hand them on as settings.
  const { json: _, ...flags } = parser.opts();
  return { values: parser.args, flags };
}

/** Flags that are written with underscores, as in other tools, as they are here: --learning_rate is --learning-rate. */
function withDashes(words: readonly string[]): readonly string[] {
  // Behind -- stand the words of a program.
  const end = words.indexOf("--");
  return words.map((word, i) =>
    end >= 0 && i >= end
      ? word
      : word.replace(/^--[a-z][\w-]*/, (flag) => flag.replaceAll("_", "-")),
  );
}

/** Flags of other tools as those that this command has in their place. */
function ourFlags(words: readonly string[], { otherFlags = {} }: NamedCommand): readonly string[] {
  return words.flatMap((word) => {
    const [, flag = "", value = ""] = /^(--[a-z][a-z-]*)(=.*)?$/s.exec(word) ?? [];
    const ours = Object.hasOwn(otherFlags, flag) ? otherFlags[flag] : undefined;
    if (ours === undefined) return [word];
    if (ours !== "") return [`${ours}${value}`];
    return value === "" ? [] : [value.slice(1)];
  });
}

/** Commander's complaint in one line, without "error:" and the period at its end; of an unknown option with what was meant. */
function problemOf({ message }: CommanderError, { options }: Command): string {
  const [, option] = /^error: unknown option '(--[\w-]+)/.exec(message) ?? [];
  const known = options.flatMap(({ long }) => long ?? []);
  const hint = option && unknownOptionHint(option, known);
  if (hint) return `unknown option '${option}'${hint}`;
  return message
    .replace(/^error: /, "")
    .replace(/\n\(Did you mean /, " (did you mean ")
    .replace(/\.?$/, "");
}

/** A command's help as plain text, as it reads in a pipe. */
export const helpText = (command: NamedCommand): string =>
  commandHelp(command, commandParser(command), (text) => text);

/** Commander's parser of one command: its own options, `--json` and `--help`. */
function commandParser(command: NamedCommand): Command {
  const parser = new Command(`npx hone ${command.name}`);
  command.define(parser);
  // Where a program is started, stdout belongs to that program.
  const facts = command.startsProgram === true ? "stderr" : "stdout";
  return parser
    .option("--json", `lines of JSON on ${facts}, the result last`)
    .helpOption("-h, --help", "this text");
}
