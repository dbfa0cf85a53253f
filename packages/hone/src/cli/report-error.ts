/** Prints errors for people and for programs, and chooses the exit code. */
import {
  describeError,
  type ErrorCode,
  type HoneError,
  isHoneError,
  messageOf,
} from "../core/errors.ts";
import { asFlag } from "../core/option-naming.ts";
import { shownAddresses } from "../core/shown-address.ts";
import { exitCodes } from "./exit-codes.ts";
import { shownText } from "./terminal/shown-text.ts";
import type { Terminal } from "./terminal/terminal.ts";

/** Codes of wrong usage, whose exit code is 2: they say how hone was called, and with which data. */
const usageCodes: readonly ErrorCode[] = [
  "USAGE_INVALID",
  "COMMAND_UNKNOWN",
  "CONFIG_UNKNOWN_KEY",
  "CONFIG_INVALID",
  "OPTION_INVALID",
  "TRACE_QUERY_INVALID",
  "STORE_URL_INVALID",
  "RUN_TASKS_OWN",
  "DATA_LINE_INVALID",
  "DATA_EMPTY",
  "EPISODES_ALL_FAILED",
  "MODEL_NAME_INVALID",
  "SERVE_KEY_MISSING",
];

/** A listener that prints, on stderr, what could not be read while a command goes on. */
export function problemPrinter(terminal: Terminal): (problem: HoneError) => void {
  return (problem) => terminal.warn(problemText(problem, "yellow", terminal));
}

/** Prints an error on stderr, and with --json a line on stdout, too. @returns the exit code */
export function reportError(error: unknown, terminal: Terminal): number {
  terminal.debug("error", () => ({ stacks: stacksOf(error) }));
  if (isHoneError(error)) {
    const [sentence] = shownLinesOf(error);
    terminal.emit({
      error: { code: error.code, message: sentence, facts: shownFacts(error.facts) },
    });
    terminal.warn(problemText(error, "red", terminal));
    return usageCodes.includes(error.code) ? exitCodes.usage : exitCodes.failed;
  }
  // An error without a code is a bug of hone, so the stack is printed.
  const trace = error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
  const text = shownAddresses(trace);
  const message = shownAddresses(messageOf(error));
  terminal.emit({ error: { code: "INTERNAL", message } });
  terminal.warn(
    `INTERNAL: ${text}\n  → This is a bug of hone; please report it with the output of \`npx hone doctor\`.`,
  );
  return exitCodes.failed;
}

/** Where the error was thrown, and its causes. */
function stacksOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [messageOf(error)];
  const { stack = error.message, cause } = error;
  return [stack, ...(cause === undefined ? [] : stacksOf(cause))];
}

function problemText(error: HoneError, colour: "red" | "yellow", terminal: Terminal): string {
  const [sentence, ...fix] = shownLinesOf(error);
  const code = terminal.style(["bold", colour], `${error.code}:`, "stderr");
  return [`${code} ${sentence}`, ...fix].join("\n");
}

/** The lines of an error: what happened, then what to do, with options as flags. Facts may hold texts of strangers. */
function shownLinesOf(error: HoneError): [sentence: string, ...fix: string[]] {
  const text = describeError(error, asFlag);
  const lines =
    text === undefined
      ? error.message.slice(error.code.length + 2)
      : `${text.what}\n  → ${text.fix}`;
  const [what = "", ...fix] = shownText(shownAddresses(lines)).split("\n");
  return [what, ...fix];
}

const shownFacts = (facts: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(facts).map(([name, fact]) => [
      name,
      typeof fact === "string" ? shownAddresses(fact) : fact,
    ]),
  );
