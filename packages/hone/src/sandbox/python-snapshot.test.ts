import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { RunnerCommand } from "./pool/runner-process.ts";
import { pythonSnapshot, snapshotName } from "./python-snapshot.ts";
import { pythonSettings } from "./runners/python-settings.ts";

const folder = mkdtempSync(join(tmpdir(), "hone-snapshot-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const program = (code: string): RunnerCommand => ({
  program: process.execPath,
  arguments: ["-e", code],
  env: {},
});

describe("pythonSnapshot", { timeout: 20_000 }, () => {
  it("ends the process that makes it when its sandbox is closed", async () => {
    const pidFile = join(folder, "pid");
    writeFileSync(pidFile, "");
    const code = `require("fs").writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); setInterval(() => {}, 1000)`;
    const closing = new AbortController();
    const made = pythonSnapshot(join(folder, "a.snapshot"), program(code), closing.signal);

    await expect.poll(() => readFileSync(pidFile, "utf8"), { timeout: 15_000 }).not.toBe("");
    closing.abort();
    await expect(made).rejects.toThrow(/SANDBOX_CRASHED/);
    const isAlive = (): boolean => {
      try {
        return process.kill(Number(readFileSync(pidFile, "utf8")), 0);
      } catch {
        return false;
      }
    };
    await expect.poll(isAlive, { timeout: 15_000 }).toBe(false);
  });

  it("is another one for other settings of Pyodide", () => {
    const env = { ...pythonSettings.env, PYTHONHASHSEED: "1" };
    expect(snapshotName("1", { ...pythonSettings, env })).not.toBe(snapshotName("1"));
    expect(snapshotName("2")).not.toBe(snapshotName("1"));
  });
});
