/** A sweep whose runs are functions that write run folders; one run as a process. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { isError } from "../../core/errors.ts";
import type { ResultRecord } from "../../formats/result-format.ts";
import type { SweepRecord } from "../../formats/sweep-format.ts";
import { lockFolder } from "../../runs/lock.ts";
import { createRunFolder, resumeRunFolder } from "../../runs/open-run.ts";
import { runSweep, type SweepEvent, type SweepOptions } from "./run-sweep.ts";
import { type RunRequest, startRun } from "./start-run.ts";
import { openSweepFolder } from "./sweep-folder.ts";

const root = mkdtempSync(join(tmpdir(), "hone-sweep-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const sweep: SweepRecord = {
  train: "grpo",
  settings: { steps: 4 },
  combinations: [{ learningRate: 1e-4 }, { learningRate: 1e-3 }, { learningRate: 1e-2 }],
  seeds: [0, 1],
};

const settingsIn = (file: string) =>
  JSON.parse(readFileSync(file, "utf8")) as {
    readonly seed: number;
    readonly learningRate: number;
  };

/** The success of a run is its rate's place in the sweep and a little by its seed. */
function resultOf({ seed, learningRate }: ReturnType<typeof settingsIn>): ResultRecord {
  const success = Math.log10(learningRate) / 10 + 0.5 + 0.02 * seed;
  const interval = (value: number) => ({ value, low: value - 0.3, high: value + 0.3 });
  const measured = (value: number) => ({
    ...{ tasks: 10, samplesPerTask: 1, success: interval(value) },
    reward: interval(10 * value),
  });
  return {
    before: measured(0),
    after: measured(success),
    difference: { success: interval(success), reward: interval(10 * success) },
    seconds: 3,
  };
}

/** Does what a run does with its folder; `work` may stop or fail it. */
function runner(work: (request: RunRequest, name: string) => Promise<number> | number = () => 0) {
  const calls: string[] = [];
  const counts = { running: 0, most: 0 };
  const start = async (request: RunRequest): Promise<number> => {
    const { words } = request;
    const after = (flag: string): string => words[words.indexOf(flag) + 1]!;
    const isResumed = words.includes("--resume");
    const folder = after(isResumed ? "--resume" : "--out");
    const name = folder.split("/").at(-1)!;
    calls.push(isResumed ? `${name} resumed` : name);
    counts.most = Math.max(counts.most, ++counts.running);
    const config = settingsIn(after("--config"));
    const run = isResumed
      ? (await resumeRunFolder({ folder })).run
      : await createRunFolder({ name: "grpo", config: { ...config }, out: folder });
    try {
      const code = await work(request, name);
      if (code === 0) await run.saveResult(resultOf(config));
      if (code === 3) await run.saveFailure(new Error("it broke\nsomewhere"));
      return code;
    } finally {
      await run.close();
      counts.running--;
    }
  };
  return { calls, counts, start };
}

async function events(options: Partial<SweepOptions> & Pick<SweepOptions, "folder" | "start">) {
  const told: SweepEvent[] = [];
  let thrown: unknown;
  try {
    for await (const event of runSweep({ sweep, cores: 4, parallel: 2, ...options }))
      told.push(event);
  } catch (error) {
    thrown = error;
  }
  return { told, last: told.at(-1)!, thrown };
}

const names = [1, 2, 3].flatMap((number) => [`${number}-seed-0`, `${number}-seed-1`]);

describe("a sweep", () => {
  it("runs every combination with every seed, so many at a time, and tells means with intervals over seeds", async () => {
    const folder = join(root, "whole");
    // The first two wait for each other, so they run side by side.
    const both = Promise.withResolvers<number>();
    const { calls, counts, start } = runner(() => {
      if (counts.running === 2) both.resolve(0);
      return both.promise;
    });
    const { told, last } = await events({ folder, start });
    expect(told.flatMap((event) => (event.kind === "run" ? [event.run.name] : []))).toEqual(names);
    expect(calls.toSorted()).toEqual(names);
    expect(counts.most).toBe(2);
    expect(told[0]).toMatchObject({ kind: "sweep", runs: 6, done: 0, parallel: 2, threads: 2 });
    expect(told.filter(({ kind }) => kind === "ended")).toHaveLength(6);
    if (last.kind !== "done") throw new Error("not done");
    expect(last.rows.map(({ values, seeds }) => [values, seeds])).toEqual(
      sweep.combinations.map((values) => [values, 2]),
    );
    // 0.2 and 0.22: the mean, and Student's point of one degree of freedom times 0.01.
    const { success } = last.rows[1]!;
    expect(success!.after.value).toBeCloseTo(0.21, 12);
    expect(success!.difference.high).toBeCloseTo(0.21 + 0.01 * 12.7062, 5);
    const page = readFileSync(last.report, "utf8");
    expect(page).toContain(
      "| 2 | 0.001 | 2 of 2 | 0.0 % [0.0 %, 0.0 %] | 21.0 % [8.3 %, 33.7 %] |",
    );
    expect(readFileSync(join(folder, "success.svg"), "utf8")).toContain("0.0001");
    expect(readdirSync(join(folder, "runs")).toSorted()).toEqual(names);
  });

  it("that is interrupted goes on where it was: what is done stays, what was stopped or failed is resumed", async () => {
    const folder = join(root, "halves");
    const stop = new AbortController();
    // The third run is stopped by the signal, as Ctrl-C stops a run.
    const halting = runner(async ({ signal }, name) => {
      if (name === "1-seed-1") return 3;
      if (name !== "2-seed-0") return 0;
      stop.abort();
      return signal!.aborted ? 130 : 0;
    });
    const first = await events({ folder, start: halting.start, signal: stop.signal, parallel: 1 });
    expect(first.last).toMatchObject({ kind: "stopped", done: 1, runs: 6 });
    expect(halting.calls).toEqual(names.slice(0, 3));
    const problems = first.told.flatMap((event) => (event.kind === "ended" ? [event.problem] : []));
    expect(problems).toEqual([undefined, "it broke", "stopped and saved"]);
    const again = runner();
    const { told, last } = await events({ folder, start: again.start, parallel: 1 });
    expect(told[0]).toMatchObject({ done: 1, runs: 6 });
    expect(again.calls).toEqual(["1-seed-1 resumed", "2-seed-0 resumed", ...names.slice(3)]);
    const whole = await events({ folder: join(root, "beside"), start: runner().start });
    expect(last.kind === "done" && last.rows).toEqual(
      whole.last.kind === "done" && whole.last.rows,
    );
    // Once more, and there is nothing to do.
    const nothing = runner();
    expect((await events({ folder, start: nothing.start })).last.kind).toBe("done");
    expect(nothing.calls).toEqual([]);
  });

  it("goes on beside a run that fails, and ends with its name", async () => {
    const folder = join(root, "failing");
    const failing = runner(({ log }, name) => {
      if (name !== "1-seed-1") return 0;
      writeFileSync(log, '{"event":"step"}\nMODEL_NOT_FOUND: There is no model "x".\n');
      return 1;
    });
    const { told, thrown } = await events({ folder, start: failing.start });
    expect(failing.calls).toHaveLength(6);
    expect(isError(thrown, "SWEEP_RUNS_FAILED") && thrown.facts.failed).toEqual(["1-seed-1"]);
    const ended = told.find((event) => event.kind === "ended" && event.run.name === "1-seed-1");
    expect(ended).toMatchObject({ problem: 'MODEL_NOT_FOUND: There is no model "x".' });
    expect(readFileSync(join(folder, "report.md"), "utf8")).toContain("| 1 | 0.0001 | 1 of 2 |");
    const again = runner();
    expect((await events({ folder, start: again.start })).last.kind).toBe("done");
    expect(again.calls).toEqual(["1-seed-1 resumed"]);
  });

  it("goes on beside a run that cannot be started, whose problem is told", async () => {
    const folder = join(root, "unstarted");
    const whole = runner();
    const start = async (request: RunRequest): Promise<number> => {
      if (request.log.endsWith("1-seed-1.log")) throw new Error("spawn EAGAIN\nat node");
      return whole.start(request);
    };
    const { told, thrown } = await events({ folder, start });
    expect(isError(thrown, "SWEEP_RUNS_FAILED") && thrown.facts.failed).toEqual(["1-seed-1"]);
    expect(whole.calls).toHaveLength(5);
    const ended = told.find((event) => event.kind === "ended" && event.run.name === "1-seed-1");
    expect(ended).toMatchObject({ result: undefined, problem: "spawn EAGAIN" });
  });

  it("says in its picture what intervals are over: seeds, or the tasks of a single seed", async () => {
    const pictureOf = async (name: string, seeds: readonly number[], failed?: string) => {
      const folder = join(root, name);
      const { start } = runner((_, run) => (run === failed ? 1 : 0));
      await events({ folder, start, sweep: { ...sweep, seeds: [...seeds] } });
      return readFileSync(join(folder, "success.svg"), "utf8");
    };
    expect(await pictureOf("one-seed", [0])).toContain("95 % interval over tasks<");
    expect(await pictureOf("two-seeds", [0, 1])).toContain("95 % interval over seeds<");
    expect(await pictureOf("a-seed-less", [0, 1], "1-seed-1")).toContain(
      "95 % interval over seeds, of a single seed over tasks<",
    );
  });

  it("is refused a folder of another sweep, of something else, and one in use", async () => {
    const folder = join(root, "taken");
    await (await openSweepFolder(folder, sweep)).lock.release();
    const { start, calls } = runner();
    const other = { ...sweep, seeds: [0, 1, 2], settings: { steps: 5 } };
    const taken = (await events({ folder, start, sweep: other })).thrown;
    expect(isError(taken, "SWEEP_FOLDER_TAKEN") && taken.facts.changes).toEqual([
      "settings",
      "seeds",
    ]);
    const lock = await lockFolder(folder);
    expect((await events({ folder, start })).thrown).toMatchObject({ code: "RUN_FOLDER_LOCKED" });
    await lock.release();
    const notes = join(root, "notes");
    mkdirSync(notes);
    writeFileSync(join(notes, "a.txt"), "mine");
    const full = (await events({ folder: notes, start })).thrown;
    expect(full).toMatchObject({ code: "RUN_FOLDER_NOT_EMPTY", facts: { holds: "a.txt" } });
    expect(readdirSync(notes)).toEqual(["a.txt"]);
    expect(calls).toEqual([]);
  });
});

it("a run is a process whose output is kept, and which the signal stops", async () => {
  const log = join(root, "process.log");
  expect(await startRun({ words: ["runs", "list", "--runs", root, "--json"], log })).toBe(0);
  expect(readFileSync(log, "utf8")).toContain('{"runs":');
  expect(await startRun({ words: ["no-such-command"], log })).toBe(2);
  expect(readFileSync(log, "utf8")).toMatch(/"runs":[^]*COMMAND_UNKNOWN/);
  const stop = AbortSignal.abort();
  expect(await startRun({ words: ["runs", "list"], log, signal: stop })).toBe(130);
});
