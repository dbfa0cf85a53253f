/** How help looks: a sentence, usage and examples, then options with their defaults at the right. Fits 80 columns. */
import type { Argument, Command, Help, Option } from "commander";
import type { CommandDefinition } from "./command.ts";
import { type CommandRow, commands } from "./command-table.ts";
import { wrapped } from "./terminal/shown-text.ts";
import type { Terminal } from "./terminal/terminal.ts";

const WIDTH = 80;

/** `hone --help`. */
export function overview(terminal: Terminal): string {
  const bold = (text: string): string => terminal.style("bold", text);
  return [
    "hone: reinforcement learning for TypeScript agents.",
    "",
    `${bold("USAGE")}    npx hone <command> [options]`,
    `${bold("EXAMPLE")}  npx hone run math        a model that learns to solve equations`,
    "",
    ...commandLines(commands),
    "",
    "  npx hone <command> --help   options, units, defaults and an example",
    "  --json                  every command: the same facts as lines of JSON",
    "  --version               the version of hone",
    "",
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 stopped by Ctrl-C.",
    "The first Ctrl-C saves and ends, the second ends at once.",
  ].join("\n");
}

/** `hone model --help`. */
export function groupHelp(group: string, rows: readonly CommandRow[], terminal: Terminal): string {
  const usage = terminal.style("bold", "USAGE");
  return [
    `${usage}    npx hone ${group} <command> [options]`,
    "",
    ...commandLines(rows),
    "",
    `  npx hone ${group} <command> --help   options, units, defaults and an example`,
  ].join("\n");
}

function commandLines(rows: readonly CommandRow[]): string[] {
  const width = Math.max(...rows.map(({ name }) => name.length));
  return rows.map(({ name, summary }) => `  ${name.padEnd(width)}   ${summary}`);
}

/** Help of one command, for commander's `formatHelp`. */
export function commandHelp(
  command: Command,
  helper: Help,
  definition: CommandDefinition,
  terminal: Terminal,
): string {
  const bold = (text: string): string => terminal.style("bold", text);
  const values = command.registeredArguments.map((one) => helper.argumentTerm(one)).length;
  const terms = command.registeredArguments.map((one) => {
    const name = one.variadic ? `${one.name()}…` : one.name();
    return one.required ? `<${name}>` : `[${name}]`;
  });
  const usage =
    definition.startsProgram === true
      ? [command.name(), "[options] --", ...terms].join(" ")
      : [command.name(), ...terms, "[options]"].join(" ");
  const [first, ...more] = definition.examples;
  const described = command.registeredArguments.filter((one) => one.description !== "");
  const options = helper.visibleOptions(command);
  const width = Math.max(
    ...options.map((one) => one.flags.length),
    ...described.map((one) => one.name().length),
  );
  return [
    definition.summary,
    "",
    `${bold("USAGE")}    ${usage}`,
    `${bold("EXAMPLE")}  ${first}`,
    ...more.map((line) => `         ${line}`),
    "",
    ...(values > 0 && described.length > 0
      ? [...described.flatMap((one) => argumentLines(one, width)), ""]
      : []),
    ...options.flatMap((option) => optionLines(option, width)),
    ...(definition.notes === undefined ? [] : ["", ...definition.notes]),
    "",
  ].join("\n");
}

/** Name and description, on as many lines as that takes. */
function argumentLines(argument: Argument, width: number): string[] {
  const lines = wrapped(argument.description, WIDTH - width - 4);
  return lines.map((line, i) => `  ${(i === 0 ? argument.name() : "").padEnd(width)}  ${line}`);
}

/** Flags, description, and the default at the right edge; on a line of its own where there is no room. */
function optionLines(option: Option, width: number): string[] {
  const left = `  ${option.flags.padEnd(width)}  ${describedOption(option)}`;
  const value = option.defaultValueDescription ?? option.defaultValue;
  if (value === undefined || value === false) return [left];
  const note = `(${String(value)})`;
  const room = WIDTH - left.length - note.length;
  return room >= 1 ? [left + " ".repeat(room) + note] : [left, note.padStart(WIDTH)];
}

/** With the values it may take, where its description does not name them itself. */
function describedOption({ description, argChoices = [] }: Option): string {
  if (argChoices.length < 2 || argChoices.every((one) => description.includes(one)))
    return description;
  return `${description}: ${argChoices.join(", ")}`;
}
