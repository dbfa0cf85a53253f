/** What hone accepts from a runner that a program has taken over. */
import { afterEach, describe, expect, it } from "vitest";
import { endReply, scriptedRunner } from "../../../../../test/doubles/scripted-runner.ts";
import type { SandboxLimits } from "../../ports/sandbox.ts";
import type { CheckedProgram } from "../check-program.ts";
import { defaultLimits } from "../limits.ts";
import { runInProcess } from "./run-in-process.ts";
import { RunnerProcess } from "./runner-process.ts";

const started = { kind: "started" };
const output = (text: string) => ({
  kind: "output",
  stream: "stdout",
  base64: Buffer.from(text).toString("base64"),
});
const file = (path: string, content = "") => [path, Buffer.from(content).toString("base64")];

const processes: RunnerProcess[] = [];
afterEach(() => {
  for (const process of processes.splice(0)) process.kill("the test is over");
});

/** Runs a program in a process that answers with these replies. */
async function answeredBy(
  replies: readonly (object | string)[],
  limits: Partial<SandboxLimits> = {},
) {
  const process = new RunnerProcess("scripted", () => Promise.resolve(scriptedRunner(replies)));
  processes.push(process);
  await process.ready;
  const program: CheckedProgram = {
    code: "",
    files: new Map(),
    stdin: "",
    entry: undefined,
    limits: { ...defaultLimits, ...limits },
    seed: 0,
    now: 0,
  };
  return runInProcess(process, program, { name: "scripted", graceMs: 60_000, signal: undefined });
}

describe("a runner that a program has taken over", { timeout: 20_000 }, () => {
  it.each([
    ["is not JSON", "garbage"],
    ["is not JSON", ""],
    ["is nested deeper than 1000 levels", "[".repeat(30_000) + "]".repeat(30_000)],
  ])("fails its program by a value that %s", async (problem, value) => {
    expect(await answeredBy([started, endReply({ value })])).toMatchObject({
      exitCode: 1,
      failure: { kind: "value", message: `the value ${problem}` },
    });
  });

  it("hands back a value as deep as a thousand levels", async () => {
    const value = "[".repeat(1_000) + "]".repeat(1_000);
    const ran = await answeredBy([started, endReply({ value })]);
    expect(JSON.stringify(ran.value)).toBe(value);
  });

  it.each([
    ["starts the clock anew", [started, started, endReply()], {}],
    ["writes a file outside", [started, endReply({ files: [file("../../etc/cron.d/x")] })], {}],
    ["writes a file by an absolute path", [started, endReply({ files: [file("/etc/x")] })], {}],
    ["writes too many files", [endReply({ files: [file("a"), file("b")] })], { fileCount: 1 }],
    ["writes too many bytes", [endReply({ files: [file("a", "xyz")] })], { fileBytes: 2 }],
    ["removes a file that it was not given", [endReply({ removed: ["../a"] })], {}],
    ["writes more than its output", [output("ab"), output("c"), endReply()], { outputBytes: 2 }],
    ["sends what is no reply", ["no reply"], {}],
    ["sends an unknown failure", [endReply({ failure: { kind: "limit", message: "" } })], {}],
  ])("is ended when it %s", async (_, replies, limits) => {
    await expect(answeredBy(replies, limits)).rejects.toThrow(/SANDBOX_CRASHED/);
  });
});
