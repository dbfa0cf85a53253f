/** The texts of help, made from the table of commands: summary, usage, examples, options with defaults at the right. */
import type { Argument, Command, Option } from "commander";
import type { NamedCommand } from "./command.ts";
import { type CommandRow, commandSubjects } from "./command-table.ts";
import { exitCodeLine } from "./exit-codes.ts";
import { wrapped } from "./terminal/shown-text.ts";

/** Help fits into so many columns. */
const WIDTH = 80;

/** Makes a heading stand out where the reader's terminal can. */
type Bold = (text: string) => string;

/** `hone --help`. */
export function overview(bold: Bold): string {
  return [
    "hone: reinforcement learning for TypeScript agents.",
    "",
    `${bold("USAGE")}    npx hone <command> [options]`,
    `${bold("EXAMPLE")}  npx hone run math        a model that learns to solve equations`,
    "",
    ...commandSubjects.flatMap((subject) => [
      bold(subject.title),
      ...commandLines(subject.commands),
    ]),
    "",
    "  npx hone <command> --help   options, units, defaults and an example",
    "  --json                  every command: the same facts as lines of JSON",
    "  --version               the version of hone",
    "",
    ...wrapped(`Exit codes: ${exitCodeLine()}.`, WIDTH),
    "The first Ctrl-C saves and ends, the second ends at once.",
  ].join("\n");
}

/** `hone model --help`. */
export function groupHelp(group: string, rows: readonly CommandRow[], bold: Bold): string {
  return [
    `${bold("USAGE")}    npx hone ${group} <command> [options]`,
    "",
    ...commandLines(rows),
    "",
    `  npx hone ${group} <command> --help   options, units, defaults and an example`,
  ].join("\n");
}

/** The names of nearly all commands fit into so many characters; the summary of a longer one begins further right. */
const NAME_WIDTH = 16;

/** A line for each command; summaries begin in the same column everywhere. */
const commandLines = (rows: readonly CommandRow[]): string[] =>
  rows.map(({ name, summary }) => `  ${name.padEnd(NAME_WIDTH)}   ${summary}`);

/** `hone model new --help`. `parser` knows the command's arguments and options. */
export function commandHelp(command: NamedCommand, parser: Command, bold: Bold): string {
  const [first, ...more] = command.examples;
  const described = parser.registeredArguments.filter((one) => one.description !== "");
  const options = parser.createHelp().visibleOptions(parser);
  const width = Math.max(
    ...options.map((one) => one.flags.length),
    ...described.map((one) => one.name().length),
  );
  const notes = [
    ...(command.notes ?? []),
    ...(command.exitCode === undefined ? [] : [`Exit code: ${command.exitCode}.`]),
  ];
  return [
    command.summary,
    "",
    `${bold("USAGE")}    ${usage(command, parser)}`,
    `${bold("EXAMPLE")}  ${first}`,
    ...more.map((line) => `         ${line}`),
    "",
    ...(described.length > 0 ? [...described.flatMap((one) => argumentLines(one, width)), ""] : []),
    ...options.flatMap((option) => optionLines(option, width)),
    ...(notes.length === 0 ? [] : ["", ...notes]),
    "",
  ].join("\n");
}

/** "npx hone model new <folder> [options]"; a program that is started stands behind `--`. */
function usage(command: NamedCommand, parser: Command): string {
  const terms = parser.registeredArguments.map((one) => {
    const name = one.variadic ? `${one.name()}…` : one.name();
    return one.required ? `<${name}>` : `[${name}]`;
  });
  return command.startsProgram === true
    ? [parser.name(), "[options] --", ...terms].join(" ")
    : [parser.name(), ...terms, "[options]"].join(" ");
}

/** An argument's name and description, on as many lines as that takes. */
const argumentLines = (argument: Argument, width: number): string[] =>
  inColumns(argument.name(), argument.description, width);

/** An option's flags and description, with the default at the right edge, on a line of its own when there is no room. */
function optionLines(option: Option, width: number): string[] {
  const lines = inColumns(option.flags, describedOption(option), width);
  const value = option.defaultValueDescription ?? option.defaultValue;
  if (value === undefined || value === false) return lines;
  const note = `(${String(value)})`;
  const last = lines.at(-1)!;
  const room = WIDTH - last.length - note.length;
  if (room < 1) return [...lines, note.padStart(WIDTH)];
  return [...lines.slice(0, -1), last + " ".repeat(room) + note];
}

/** A name in a column of this width, and a description beside it, on as many lines as that takes. */
const inColumns = (name: string, description: string, width: number): string[] =>
  wrapped(description, WIDTH - width - 4).map(
    (line, i) => `  ${(i === 0 ? name : "").padEnd(width)}  ${line}`,
  );

/** An option's description, with the values that it may take unless the description names them. */
function describedOption({ description, argChoices = [] }: Option): string {
  if (argChoices.length < 2 || argChoices.every((one) => description.includes(one)))
    return description;
  return `${description}: ${argChoices.join(", ")}`;
}
