/** `hone sandbox run`: runs a program apart from this machine. Its output, its exit code. */
import { text } from "node:stream/consumers";
import type { FileRun } from "../../app/sandboxes/run-file.ts";
import { sandboxLanguages } from "../../app/sandboxes/sandbox-languages.ts";
import { HoneError } from "../../core/errors.ts";
import { exactJson, type JsonValue } from "../../core/json.ts";
import type { SandboxEntry, SandboxLimits } from "../../ports/sandbox.ts";
import { defineCommand } from "../command.ts";
import { wholeNumber } from "../options.ts";
import type { Terminal } from "../terminal/terminal.ts";

interface Flags extends Partial<SandboxLimits> {
  readonly language?: string;
  readonly entry?: string;
  readonly arguments?: string;
  readonly seed?: number;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone sandbox run add.js",
    "npx hone sandbox run solve.py --time-ms 1000 --memory-mb 128",
    "npx hone sandbox run add.js --entry add --arguments '[1, 2]'",
  ],
  notes: [
    "The program reads this command's stdin, unless that is a terminal. What it",
    "writes is printed when it has ended; with --entry the function's value as JSON",
    "is the last line. Its files are not kept; --json counts them.",
    "docs/sandboxes.md: what each sandbox needs and keeps apart.",
  ],
  exitCode: "the program's; 124 after the limit on time, 137 on memory",
  define: (command) =>
    void command
      .argument("<file>", "a program: .js, .mjs, .cjs, .ts, .py, .sh, .bash")
      .option("--language <name>", `${sandboxLanguages.join(", ")} (by the file's name)`)
      .option("--entry <function>", "a function of the program to call once it has run")
      .option("--arguments <json>", "its arguments: a list as JSON")
      .option("--seed <n>", "seeds the program's randomness (0)", wholeNumber(0, 2 ** 32 - 1))
      .option("--time-ms <n>", "time that it may take, in ms (5000)", wholeNumber(1))
      .option("--memory-mb <n>", "memory that it may take, in MB (256)", wholeNumber(1))
      .option("--output-bytes <n>", "bytes kept of each stream (262144)", wholeNumber(0))
      .option("--file-count <n>", "files that it may have (1000)", wholeNumber(0))
      .option("--file-bytes <n>", "bytes of all its files (16777216)", wholeNumber(0)),
  run: async ({ values, flags, terminal, signal }) => {
    const { runFile } = await import("../../app/sandboxes/run-file.ts");
    const { language, entry, arguments: given, seed, ...limits } = flags;
    const { stdin } = terminal.streams;
    const ran = await runFile({
      file: values[0]!,
      language,
      limits: limitsOf(limits),
      stdin: stdin.isTTY === true ? "" : await text(stdin),
      ...(entry !== undefined && { entry: entryOf(entry, given) }),
      ...(seed !== undefined && { seed }),
      signal,
    });
    show(ran, terminal);
    return ran.result.exitCode;
  },
});

/** The flags that are limits; others of the command line, such as `json`, are none. */
function limitsOf(flags: Partial<SandboxLimits>): Partial<SandboxLimits> {
  const { timeMs, memoryMb, outputBytes, fileCount, fileBytes } = flags;
  const given = Object.entries({ timeMs, memoryMb, outputBytes, fileCount, fileBytes });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

function entryOf(name: string, given = "[]"): SandboxEntry {
  const invalid = () =>
    new HoneError("CONFIG_INVALID", {
      where: "--arguments",
      problem: `expected a list as JSON, such as '[1, 2]', got ${given}.`,
    });
  let read: JsonValue;
  try {
    read = exactJson(given);
  } catch {
    throw invalid();
  }
  if (!Array.isArray(read)) throw invalid();
  return { function: name, arguments: read };
}

/** What the program wrote, its value, and why it did not end well. */
function show({ language, sandbox, result }: FileRun, terminal: Terminal): void {
  const { failure, stdout, stderr, value, files, ...rest } = result;
  if (terminal.isJson) {
    const sizes = Object.entries(files).map(([path, bytes]) => [path, bytes.length] as const);
    const written = { stdout, stderr, ...(value !== undefined && { value }) };
    const facts = { ...rest, ...(failure && { failure }), files: Object.fromEntries(sizes) };
    terminal.emit({ language, sandbox, ...written, ...facts });
    return;
  }
  terminal.write(stdout);
  terminal.streams.stderr.write(stderr);
  if (value !== undefined) terminal.say(JSON.stringify(value));
  const { cut } = result;
  if (cut.stdout + cut.stderr > 0)
    terminal.warn(
      `left out: ${cut.stdout} bytes of stdout, ${cut.stderr} of stderr (--output-bytes)`,
    );
  if (failure !== undefined && failure.kind !== "exit")
    terminal.warn(`${failure.kind}: ${failure.message}`);
}
