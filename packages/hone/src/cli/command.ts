/** What one command of `hone` is: options, help, and what it does with them. */
import type { Command } from "commander";
import type { Interrupt } from "./interrupt.ts";
import type { Terminal } from "./terminal/terminal.ts";

export interface CommandDefinition<Flags = Record<string, unknown>> {
  /** One sentence; the first line of its help. */
  readonly summary: string;
  /** Whole command lines. */
  readonly examples: readonly string[];
  /** Further lines of help, below the options. */
  readonly notes?: readonly string[];
  /** Adds arguments and options. */
  readonly define: (command: Command) => void;
  /** Its values are another program and what that is given, behind a `--`. */
  readonly startsProgram?: true;
  /** A number is the exit code; without one it is 0. */
  readonly run: (invocation: Invocation<Flags>) => Promise<number | void>;
}

export interface Invocation<Flags> {
  readonly values: readonly string[];
  readonly flags: Flags;
  readonly terminal: Terminal;
  /** Aborts at the first Ctrl-C. */
  readonly signal: AbortSignal;
  readonly interrupt: Interrupt;
}

/** Keeps the type of the flags between `define` and `run`; to the table of commands all commands are alike. */
export function defineCommand<Flags = Record<string, unknown>>(
  definition: CommandDefinition<Flags>,
): CommandDefinition {
  return definition as unknown as CommandDefinition;
}
