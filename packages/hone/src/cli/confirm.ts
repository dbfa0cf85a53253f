/** Asking before something is deleted, in the same words for every command that deletes. */
import { createInterface } from "node:readline";
import { Option } from "commander";
import { HoneError } from "../core/errors.ts";
import type { Terminal } from "./terminal/terminal.ts";

/** `--yes`: a command that deletes does not ask. */
export const yesOption = (): Option => new Option("--yes", "without asking");

/** The note in the help of a command with `--yes`. */
export const yesNote = "Asks on a terminal; elsewhere --yes must be there.";

/** What is asked. */
export interface Question {
  /** The command, for the error: "npx hone runs delete". */
  readonly command: string;
  /** What would be deleted: "3 traces". */
  readonly what: string;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** Asks whether something is to be deleted. @throws USAGE_INVALID without a terminal, where --yes must say so */
export async function isAgreed({ command, what, terminal, signal }: Question): Promise<boolean> {
  const { stdin, stderr } = terminal.streams;
  if (!stdin.isTTY) {
    const problem = `${what} would be deleted; say so with --yes`;
    throw new HoneError("USAGE_INVALID", { command, problem });
  }
  const lines = createInterface({ input: stdin, output: stderr, terminal: false });
  try {
    stderr.write(`Delete ${what}? There is no way back. [y/N] `);
    const answer = await new Promise<string>((resolve) => {
      lines.once("line", resolve).once("close", () => resolve(""));
      signal.addEventListener("abort", () => resolve(""), { once: true });
    });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
