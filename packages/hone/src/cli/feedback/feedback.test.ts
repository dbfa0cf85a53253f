import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStore } from "../../app/open-store.ts";
import { isError } from "../../core/errors.ts";
import type { Trace } from "../../core/trace.ts";
import { sampleTraces } from "../../testing/sample-traces.ts";
import type { CommandDefinition } from "../command.ts";
import { edited } from "./editor.ts";
import { command as correct } from "./feedback-correct.ts";
import { feedbackText } from "./feedback-export.ts";
import { scaleOf } from "./feedback-options.ts";
import { command as rate } from "./feedback-rate.ts";
import type { Interrupt } from "../interrupt.ts";
import { testStreams, type TestStreams } from "../terminal/streams-fixture.ts";
import { Terminal } from "../terminal/terminal.ts";

let folder = "";
let store = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-cli-feedback-"));
  store = `files:${folder}/tree`;
  const opened = await openStore(store);
  await opened.put(sampleTraces(2));
  await opened.close();
});
afterEach(() => rm(folder, { recursive: true }));

/** A terminal at which somebody sits. */
function atTerminal(): TestStreams {
  const streams = testStreams(true);
  Object.assign(streams.stdin, { isTTY: true });
  return streams;
}

const run = (
  { run: work }: CommandDefinition,
  streams: TestStreams,
  flags: Record<string, unknown>,
  values: readonly string[] = [],
): Promise<unknown> =>
  work({
    values,
    flags: { store, ...flags },
    terminal: new Terminal(streams, false),
    signal: new AbortController().signal,
    interrupt: {} as Interrupt,
  });

/** Types a line once the output ends with this. */
async function type(streams: TestStreams, prompt: RegExp, line: string): Promise<void> {
  const end = performance.now() + 5000;
  // Without what the line editor says to the terminal.
  const shown = (): string => stripVTControlCharacters(streams.written.stdout);
  while (!prompt.test(shown()) && performance.now() < end) await sleep(2);
  expect(shown()).toMatch(prompt);
  streams.stdin.write(`${line}\n`);
}

async function feedbackOf(id: string): Promise<Trace["feedback"]> {
  const opened = await openStore(store);
  const trace = await opened.get(id);
  await opened.close();
  return trace?.feedback;
}

describe("a person at a terminal", () => {
  it("is asked for a name once, and again for an answer that means nothing", async () => {
    const streams = atTerminal();
    const running = run(rate, streams, { scale: scaleOf("1-5") });
    await type(streams, /Your name, as it is stored: $/, "ada");
    await type(streams, /1 of 2[^]*> $/, "great");
    await type(streams, /goes back, q ends\n[^]*> $/, "4 fine");
    await type(streams, /2 of 2[^]*> $/, "q");
    await running;
    expect(streams.written.stdout).toContain("1 rated by ada, 0 skipped");
    expect(await feedbackOf("sample-0")).toMatchObject([
      { author: "ada", rating: 4, low: 1, high: 5, reason: "fine" },
    ]);
  });
});

describe("the keys of a round", () => {
  const keys = "1 to 5, a reason behind it if you like; s skips, u goes back, q ends";

  it("are said with the first question, and u goes back as b does", async () => {
    const streams = atTerminal();
    const running = run(rate, streams, { author: "ada", scale: scaleOf("1-5") });
    await type(streams, /1 of 2[^]*q ends\n[^]*> $/, "4");
    await type(streams, /2 of 2[^]*> $/, "u");
    await type(streams, /2 of 2[^]*1 of 2[^]*> $/, "3");
    await type(streams, /1 of 2[^]*2 of 2[^]*1 of 2[^]*2 of 2[^]*> $/, "b");
    await type(streams, /(1 of 2[^]*){3}> $/, "q");
    await running;
    expect(stripVTControlCharacters(streams.written.stdout).split(keys)).toHaveLength(2);
    expect(await feedbackOf("sample-0")).toMatchObject([{ rating: 3 }]);
  });

  it("are not in the way of a pipe", async () => {
    const streams = testStreams();
    streams.stdin.end("4\nu\n3\n");
    await run(rate, streams, { author: "ada", scale: scaleOf("1-5") });
    expect(streams.written.stdout).not.toContain("goes back");
    expect(await feedbackOf("sample-0")).toMatchObject([{ rating: 3 }]);
  });
});

it("counts one thing said as one", () => {
  const text = feedbackText({ rating: 1, comparison: 2, correction: 1 });
  expect(text).toBe("1 rating, 2 comparisons, 1 correction");
});

describe("an editor", () => {
  const editor = async (script: string): Promise<string> => {
    const path = join(folder, "editor.sh");
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    return path;
  };

  it("gives the text as it left it, options and blanks in its name or not", async () => {
    const path = await editor(
      '[ "$1" = --wait ] && shift; printf "%s and more" "$(cat "$1")" > "$1"',
    );
    expect(await edited("It is 4.", { EDITOR: `${path} --wait` })).toBe("It is 4. and more");
    expect(await edited("It is 4.", { VISUAL: path, EDITOR: "false" })).toBe("It is 4. and more");
  });

  it("that fails or is not there is an error, and nothing is stored", async () => {
    const failed = (error: unknown): boolean => isError(error, "EDITOR_FAILED");
    await expect(edited("x", { EDITOR: "false" })).rejects.toSatisfy(failed);
    await expect(edited("x", { EDITOR: "no-such-editor-here" })).rejects.toSatisfy(failed);
  });

  it("corrects a trace; what it leaves as it was is not stored", async () => {
    const before = process.env["VISUAL"];
    try {
      process.env["VISUAL"] = "true";
      const same = atTerminal();
      await run(correct, same, { author: "ada" }, ["sample-0"]);
      expect(same.written.stdout).toBe("nothing stored: it is what the trace answered\n");
      process.env["VISUAL"] = await editor('echo "It is 5." > "$1"');
      await run(correct, atTerminal(), { author: "ada", reason: "sum" }, ["sample-0"]);
      expect(await feedbackOf("sample-0")).toMatchObject([
        { kind: "correction", answer: "It is 5.", reason: "sum" },
      ]);
    } finally {
      if (before === undefined) delete process.env["VISUAL"];
      else process.env["VISUAL"] = before;
    }
  });
});

describe("a corrected answer in a file", () => {
  it("that is not there is no file of JSON lines", async () => {
    const file = join(folder, "nofile.md");
    const correcting = run(correct, testStreams(), { author: "ada", file }, ["sample-0"]);
    await expect(correcting).rejects.toThrow(
      /^CORRECTION_UNREADABLE: .*there is no such file[^]*holds the better answer/,
    );
  });
});
