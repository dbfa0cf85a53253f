/** What one command of `hone` is: its options, its examples, and what it does. Its name and summary are in its row. */
import type { Command } from "commander";
import type { Interrupt } from "./interrupt.ts";
import type { Terminal } from "./terminal/terminal.ts";

/** One command without its name. `Flags` is what its options give to `run`. */
export interface CommandDefinition<Flags = ParsedFlags> {
  /** Whole command lines, at least one. */
  readonly examples: readonly string[];
  /** Further lines of help, below the options. */
  readonly notes?: readonly string[];
  /** What its exit code says beyond the table of exit codes: "1 when something is wrong". */
  readonly exitCode?: string;
  /**
   * Flags that other tools' commands have for an option of this one, as { "--out-dir": "--out" }; "" stands for one whose value is an
   * argument here. They are accepted, and in no help.
   */
  readonly otherFlags?: Readonly<Record<string, string>>;
  /** Adds arguments and options. */
  readonly define: (command: Command) => void;
  /** Set for a command whose values are another program and that program's own arguments, behind a `--`. */
  readonly startsProgram?: true;
  /** Does the work. Returns the exit code; nothing means 0. */
  readonly run: (invocation: Invocation<Flags>) => Promise<number | void>;
}

/** A command with the name and the summary of its row. */
export interface NamedCommand extends CommandDefinition {
  /** As it is typed after `hone`: "model new". */
  readonly name: string;
  /** The first line of its help. */
  readonly summary: string;
}

/** The values of options by their names in camel case, as commander gives them. */
export type ParsedFlags = Readonly<Record<string, unknown>>;

/** One call of a command. */
export interface Invocation<Flags = ParsedFlags> {
  /** The arguments that are not options. */
  readonly values: readonly string[];
  readonly flags: Flags;
  readonly terminal: Terminal;
  /** Aborts at the first Ctrl-C. */
  readonly signal: AbortSignal;
  readonly interrupt: Interrupt;
}

/** A command whose `run` sees its flags with their types. `define` must add exactly the options that `Flags` names. */
export function defineCommand<Flags = ParsedFlags>(
  definition: CommandDefinition<Flags>,
): CommandDefinition {
  return {
    ...definition,
    run: (invocation) => definition.run({ ...invocation, flags: invocation.flags as Flags }),
  };
}
