import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import { commandLine } from "../../../../../test/doubles/command-line.ts";
import { HoneError } from "../../core/errors.ts";
import { reportError } from "../report-error.ts";
import { testStreams } from "./streams-fixture.ts";
import { durationText, intervalText, progressText } from "../../app/training/run-figures.ts";
import { bytesText, countText, tableText } from "./figures.ts";
import { debugLine } from "./debug-line.ts";
import { Terminal } from "./terminal.ts";

describe("a terminal", () => {
  it("prints text to people and lines of JSON to programs, never both", () => {
    const [people, programs] = [testStreams(), testStreams()];
    new Terminal(people, false).tell({ a: 1 }, "one");
    new Terminal(programs, true).tell({ a: 1 }, "one");
    expect(people.written.stdout).toBe("one\n");
    expect(programs.written.stdout).toBe('{"a":1}\n');
  });

  it("writes progress over one line, which ends before the next text", () => {
    const streams = testStreams(true);
    const terminal = new Terminal(streams, false);
    terminal.progress({ what: "reading", share: 0.5, secondsLeft: 3 });
    terminal.say("done");
    expect(streams.written.stderr).toBe("\r\u001b[Kreading   50 %   3.0 s left\r\u001b[K");
    expect(streams.written.stdout).toBe("done\n");
  });

  it("keeps short work quiet in a pipe", () => {
    const streams = testStreams();
    const terminal = new Terminal(streams, false);
    terminal.progress({ what: "reading", share: 0.5 });
    terminal.progress({ what: "reading", share: 1 });
    expect(streams.written.stderr).toBe("");
  });

  it("colours nothing in a pipe", () => {
    expect(new Terminal(testStreams(), false).style("red", "x")).toBe("x");
  });
});

describe("under HONE_LOG=debug", () => {
  const root = tmpdir();
  const words = ["eval", "--model_path", "./nowhere", "--test_data", "none.jsonl", "--seed", "3"];

  it("a command says its words, its settings and where an error was thrown, on stderr only", async () => {
    const environment = { HONE_LOG: "debug" };
    const { stdout, stderr } = await commandLine(words, { folder: root, environment });
    expect(stdout).toBe("");
    expect(stderr).toMatch(
      /^\[\d+\.\d\d s\] start \{"hone":"\d[^]*\] command \{"name":"eval","values":\["\.\/nowhere"\][^]*"data":"none\.jsonl"/,
    );
    expect(stderr).toMatch(
      /\] settings \{[^\n]*"seed":3[^]*\] error \{"stacks":\["HoneError: DATA_/,
    );
    const plain = await commandLine(words, { folder: root, environment: { HONE_LOG: undefined } });
    expect(plain.stderr).toMatch(/^DATA_UNREADABLE/);
  });

  it("keys and passwords are hidden", () => {
    const facts = {
      apiKey: "k-123",
      store: "postgres://ada:pw@db.example/t",
      nested: { token: "t" },
    };
    const line = debugLine("command", facts);
    expect(line).toContain('{"apiKey":"…","store":"postgres://ada@db.example/t"');
    expect(line).not.toMatch(/k-123|pw|"t"/);
  });

  it("secrets in command lines, in lists and in stacks are hidden", () => {
    const key = "sk-proj-Ab3dEf6hIj9kLm2nOp5qRs8tUv1wXy4z";
    const facts = {
      command: `OPENAI_API_KEY=${key} node a.js`,
      values: ["curl", "-H", `Authorization: Bearer ${key}`, "--password", "hunter2"],
      token: ["t-1", "t-2"],
      stacks: [`Error: 401 for ${key}\n    at a.js:1:1`],
    };
    const line = debugLine("command", facts);
    expect(line).toMatch(/node a\.js[^]*"curl"[^]*"token":"…"[^]*at a\.js:1:1/);
    expect(line).not.toMatch(/sk-proj|hunter2|t-1/);
  });
});

describe("an error", () => {
  it("prints its code, sentence and arrow on stderr, and with --json a line on stdout", () => {
    const streams = testStreams();
    const error = new HoneError("COMMAND_UNKNOWN", { given: "x", nearest: undefined });
    expect(reportError(error, new Terminal(streams, true))).toBe(2);
    expect(streams.written.stderr).toBe(
      'COMMAND_UNKNOWN: hone has no command "x".\n  → `npx hone --help` lists every command.\n',
    );
    expect(JSON.parse(streams.written.stdout)).toEqual({
      error: {
        code: "COMMAND_UNKNOWN",
        message: 'hone has no command "x".',
        facts: { given: "x" },
      },
    });
  });

  it("that happened at work ends with 1, also one of our own", () => {
    const terminal = new Terminal(testStreams(), false);
    expect(reportError(new HoneError("DISK_FULL", { path: "p" }), terminal)).toBe(1);
    expect(reportError(new TypeError("oh"), terminal)).toBe(1);
  });
});

describe("figures", () => {
  it("of time, size and count are short", () => {
    expect([0.5, 59, 65, 3725].map(durationText)).toEqual([
      "0.5 s",
      "59 s",
      "1 m 05 s",
      "1 h 02 m",
    ]);
    expect([12, 1234, 3.7e6, 2.1e9].map(bytesText)).toEqual([
      "12 bytes",
      "1.23 kB",
      "3.70 MB",
      "2.10 GB",
    ]);
    expect([500, 829_568, 494_032_768, 1.54e9].map(countText)).toEqual([
      "500",
      "0.83 M",
      "494 M",
      "1.5 B",
    ]);
    expect(intervalText({ value: 0.5, low: 0.25, high: 0.75 })).toBe("0.50 [0.25, 0.75]");
    expect(progressText({ what: "reading", share: 0.427, rate: "3 MB/s", secondsLeft: 61 })).toBe(
      "reading   42 %   3 MB/s   1 m 01 s left",
    );
  });

  it("stand in columns", () => {
    expect(
      tableText([
        ["run", "status"],
        ["a-long-name", "done"],
      ]),
    ).toBe("run          status\na-long-name  done");
  });
});
