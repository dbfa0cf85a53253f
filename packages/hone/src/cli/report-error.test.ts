import { expect, it } from "vitest";
import { HoneError } from "../core/errors.ts";
import { reportError } from "./report-error.ts";
import { testStreams } from "./terminal/streams-fixture.ts";
import { Terminal } from "./terminal/terminal.ts";

it.each([true, false])(
  "prints no password of an address that a message repeats (JSON: %s)",
  (isJson) => {
    const streams = testStreams();
    const problem = "too many arguments: postgres://ada:pw@db.example/traces";
    const error = new HoneError("USAGE_INVALID", { command: "npx hone traces list", problem });
    expect(reportError(error, new Terminal(streams, isJson))).toBe(2);
    expect(streams.written.stderr).toContain("postgres://ada@db.example/traces");
    expect(streams.written.stdout + streams.written.stderr).not.toContain("pw");
  },
);

it.each([
  new HoneError("MODEL_NAME_INVALID", { name: "gpt-4", providers: ["openai"] }),
  new HoneError("SERVE_KEY_MISSING", { host: "0.0.0.0" }),
  new HoneError("DATA_EMPTY", { where: "tasks.jsonl" }),
])("ends with the code of wrong usage for a value that cannot be: %s", (error) => {
  expect(reportError(error, new Terminal(testStreams(), false))).toBe(2);
});

it("names options as flags, and to a program as its options", () => {
  const streams = testStreams();
  const error = new HoneError("RUN_FOLDER_NOT_WRITABLE", { folder: "runs/a", reason: "EACCES" });
  expect(reportError(error, new Terminal(streams, false))).toBe(1);
  expect(streams.written.stderr).toBe(
    "RUN_FOLDER_NOT_WRITABLE: runs/a cannot be written (EACCES).\n" +
      "  → Give this user write permission there, or choose another folder with --out.\n",
  );
  expect(error.message).toContain("choose another folder with `out`.");
});

it.each([true, false])("nor one of an error of our own (JSON: %s)", (isJson) => {
  const streams = testStreams();
  const error = new Error("connect postgres://ada:pw@db.example/traces");
  expect(reportError(error, new Terminal(streams, isJson))).toBe(1);
  expect(streams.written.stderr).toContain("INTERNAL: Error: connect postgres://ada@db.example");
  expect(streams.written.stdout + streams.written.stderr).not.toContain("pw@");
});
