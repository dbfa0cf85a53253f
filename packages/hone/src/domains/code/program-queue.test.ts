/** What becomes of programs when a run fails, by a sandbox that fails as a test says. */
import { describe, expect, it } from "vitest";
import { HoneError } from "../../core/errors.ts";
import type { Sandbox, SandboxProgram, SandboxResult } from "../../ports/sandbox.ts";
import { programQueue } from "./program-queue.ts";

const ended = {
  ...{ stdout: "", stderr: "", cut: { stdout: 0, stderr: 0 }, files: {}, removed: [] },
  ...{ startMs: 0, runMs: 1, isWarm: true },
};
const late: SandboxResult = {
  ...{ ...ended, exitCode: 124 },
  failure: { kind: "limit", limit: "time", message: "too long" },
};

/** A queue whose runs end as `end` says; by default each program's function gives 1. `runs` has how many programs and how much time each had. */
function scripted(end: (run: number, programs: number) => SandboxResult | undefined) {
  const runs: { readonly programs: number; readonly timeMs: number | undefined }[] = [];
  const sandbox: Sandbox = {
    ...{ name: "scripted", language: "javascript" },
    prefill: () => Promise.resolve(),
    close: () => Promise.resolve(),
    async run({ entry, limits }: SandboxProgram) {
      const [jobs] = entry!.arguments as readonly [readonly unknown[]];
      runs.push({ programs: jobs.length, timeMs: limits?.timeMs });
      const value = jobs.map(() => ({ outcomes: [{ json: "1" }] }));
      return end(runs.length, jobs.length) ?? { ...ended, exitCode: 0, value };
    },
  };
  const queue = programQueue(() => sandbox, { size: 1, timeMs: 100, counts: { runs: 0 } });
  const tryAll = (lines: readonly string[]) =>
    Promise.all(
      lines.map((line) =>
        queue.try({ language: "javascript", lines: [line], parameter: "xs", inputs: [1] }),
      ),
    );
  return { runs, tryAll };
}

const right = { outcome: { outcomes: [{ value: 1 }] }, isLate: false };

const crash = (): never => {
  throw new HoneError("SANDBOX_CRASHED", { sandbox: "scripted", problem: "a fault" });
};

describe("programs whose interpreter dies", () => {
  it("in a run of several are tried one by one, and those that are not at fault have their outcomes", async () => {
    const { runs, tryAll } = scripted((_run, programs) => (programs > 1 ? crash() : undefined));
    expect(await tryAll(["xs", "xs + 1", "xs + 2"])).toEqual([right, right, right]);
    expect(runs.map(({ programs }) => programs)).toEqual([3, 1, 1, 1]);
  });

  it("in a run of their own fail", async () => {
    await expect(scripted(crash).tryAll(["xs"])).rejects.toThrow(/^SANDBOX_CRASHED/);
  });
});

describe("a program that passes the limit on time", () => {
  it("is tried once more, with all the time that the sandbox allows", async () => {
    const { runs, tryAll } = scripted((run) => (run === 1 ? late : undefined));
    expect(await tryAll(["xs"])).toEqual([right]);
    expect(runs.map(({ timeMs }) => timeMs)).toEqual([100, undefined]);
  });

  it("is late when it passes it again", async () => {
    const { runs, tryAll } = scripted(() => late);
    expect(await tryAll(["xs"])).toEqual([{ outcome: { problem: "too long" }, isLate: true }]);
    expect(runs).toHaveLength(2);
  });
});
