/** From the words of a command line to an exit code. */
import { readFile } from "node:fs/promises";
import { HoneError, isError } from "../core/errors.ts";
import type { NamedCommand } from "./command.ts";
import { findCommand, groupOf, nearestCommand } from "./command-table.ts";
import { groupHelp, overview } from "./help.ts";
import { exitCodes } from "./exit-codes.ts";
import { type Interrupt, listenForInterrupts } from "./interrupt.ts";
import { reportError } from "./report-error.ts";
import { type Streams, Terminal } from "./terminal/terminal.ts";

/** @returns the exit code: 0 done, 1 failed, 2 wrong usage, 130 after Ctrl-C */
export async function runCommandLine(words: readonly string[], streams: Streams): Promise<number> {
  // The words behind -- belong to the program that `hone record` starts.
  const own = words.includes("--") ? words.slice(0, words.indexOf("--")) : words;
  const terminal = new Terminal(streams, own.includes("--json"));
  const interrupt = listenForInterrupts(() => {
    terminal.warn("stopping; Ctrl-C again ends at once");
  });
  try {
    if (process.env["HONE_LOG"] === "debug") await sayStart(terminal);
    const code = await dispatch(words, terminal, interrupt);
    terminal.debug("end", () => ({ peakMemoryKiB: process.resourceUsage().maxRSS }));
    return interrupt.exitCode ?? code ?? exitCodes.done;
  } catch (error) {
    if (interrupt.exitCode === undefined) return reportError(error, terminal);
    if (!isError(error, "CANCELLED")) reportError(error, terminal);
    return interrupt.exitCode;
  } finally {
    interrupt.release();
    terminal.close();
  }
}

async function dispatch(
  words: readonly string[],
  terminal: Terminal,
  interrupt: Interrupt,
): Promise<number | void> {
  const named = words[0] === "help" ? [...words.slice(1), "--help"] : words;
  const found = findCommand(named);
  if (found !== undefined) {
    return runCommand(await found.row.load(), found.rest, terminal, interrupt);
  }
  const [first] = named;
  if (first === "--version" || first === "-V")
    return terminal.tell(await version(), (await version()).version);
  if (first === undefined || first === "--help" || first === "-h") {
    return write(terminal, overview(boldOn(terminal)));
  }
  const group = groupOf(first);
  if (group.length > 0 && (named[1] === undefined || /^(--help|-h)$/.test(named[1]))) {
    return write(terminal, groupHelp(first, group, boldOn(terminal)));
  }
  if (first.startsWith("-")) {
    const problem = `unknown option '${first}'; options stand behind a command, as in \`npx hone runs list --json\``;
    throw new HoneError("USAGE_INVALID", { command: "npx hone", problem });
  }
  const given = named.slice(0, group.length > 0 ? 2 : 1).join(" ");
  throw new HoneError("COMMAND_UNKNOWN", { given, nearest: nearestCommand(named) });
}

async function sayStart(terminal: Terminal): Promise<void> {
  await terminal.showDebug();
  const { version: hone } = await version();
  terminal.debug("start", () => ({ hone, node: process.version, platform: process.platform }));
}

const boldOn =
  (terminal: Terminal) =>
  (text: string): string =>
    terminal.style("bold", text);

/** Prints help, which is text under --json, too. */
function write(terminal: Terminal, text: string): void {
  terminal.streams.stdout.write(`${text}\n`);
}

async function runCommand(
  command: NamedCommand,
  words: readonly string[],
  terminal: Terminal,
  interrupt: Interrupt,
): Promise<number | void> {
  const { parseCommand } = await import("./parse-command.ts");
  const parsed = parseCommand(command, words, terminal);
  if (parsed === "help") return;
  terminal.debug("command", () => ({ name: command.name, ...parsed }));
  return command.run({ ...parsed, terminal, interrupt, signal: interrupt.signal });
}

async function version(): Promise<{ readonly version: string }> {
  const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  return { version: (JSON.parse(text) as { readonly version: string }).version };
}
