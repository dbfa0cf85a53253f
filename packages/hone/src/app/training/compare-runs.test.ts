import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createRunFolder } from "../../runs/open-run.ts";
import type { ResultRecord } from "../../formats/result-format.ts";
import { commandLine } from "../../../../../test/doubles/command-line.ts";
import { compareRuns } from "./compare-runs.ts";

const root = mkdtempSync(join(tmpdir(), "hone-compare-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let count = 0;
/** The rows of a table over runs of these configurations. */
async function rows(...configs: readonly Record<string, unknown>[]) {
  const names: string[] = [];
  for (const config of configs) {
    const run = await createRunFolder({ name: "x", config, out: join(root, `run-${++count}`) });
    await run.close();
    names.push(`run-${count}`);
  }
  const { runs, settings } = await compareRuns(root, names);
  expect(runs.map(({ name }) => name)).toEqual(names);
  return settings.map(({ key, values }) => [key, ...values]);
}

it("shows the settings in which runs differ, a column for each run", async () => {
  const common = { command: "train grpo", seed: 1, targets: ["q_proj"] };
  expect(
    await rows({ ...common, steps: 50, model: "tiny" }, { ...common, steps: 40 }, common),
  ).toEqual([["steps", "50", "40", "50"]]);
  expect(await rows(common, common)).toEqual([]);
});

it("shows a setting that only one kind of run has where it is not the default", async () => {
  const sft = { command: "train sft", batchSize: 16, normalize: "row", steps: 60 };
  const grpo = { command: "train grpo", recompute: false, groupSize: 8, clipHigh: 1.28, steps: 60 };
  expect(await rows(sft, grpo)).toEqual([
    ["command", "train sft", "train grpo"],
    ["normalize", "row", "–"],
    ["clipHigh", "–", "1.28"],
  ]);
});

it("goes into nested settings that both have, and names the others once", async () => {
  const groups = { groupSize: 8, kl: { coefficient: 0 } };
  const first = { command: "train", algorithms: { grpo: groups } };
  const second = {
    command: "train",
    algorithms: {
      sft: { steps: 20, learningRate: 0.001, schedule: "constant" },
      grpo: { ...groups, groupSize: 4 },
    },
  };
  expect(await rows(first, second)).toEqual([
    ["algorithms.grpo.groupSize", "8", "4"],
    ["algorithms.sft", "–", '{"steps":20,"learningRate":0.001,"sched…'],
  ]);
});

describe("runs that differ by their seed", () => {
  const config = { command: "train grpo", steps: 50 };
  const interval = (value: number) => ({ value, low: value - 0.1, high: value + 0.1 });
  /** A finished run by its success before and after; the reward is ten times as much. */
  const resultOf = (before: number, after: number): ResultRecord => {
    const measured = (success: number) => ({
      ...{ tasks: 100, samplesPerTask: 1, success: interval(success) },
      reward: interval(10 * success),
    });
    const difference = after - before;
    return {
      before: measured(before),
      after: measured(after),
      difference: { success: interval(difference), reward: interval(10 * difference) },
      seconds: 60 * (1 + before),
    };
  };
  async function made(name: string, seed: number, result?: ResultRecord, more: object = {}) {
    const run = await createRunFolder({
      name,
      config: { ...config, ...more, seed },
      out: join(root, name),
    });
    if (result !== undefined) await run.saveResult(result);
    await run.close();
    return name;
  }

  it("are one row: means and Student's intervals over the seeds that have a result", async () => {
    const names = [
      await made("a0", 0, resultOf(0, 0.5)),
      await made("b0", 0, resultOf(0, 0.2), { steps: 40 }),
      await made("a1", 1, resultOf(0.1, 0.7)),
      await made("a2", 2),
      // The same seed once more counts once.
      await made("again", 1, resultOf(0.9, 0.9)),
    ];
    const { groups, settings } = await compareRuns(root, names);
    expect(groups.map(({ runs, seeds }) => [runs.map(({ name }) => name), seeds])).toEqual([
      [
        ["a0", "a1", "a2", "again"],
        [0, 1, 2, 1],
      ],
      [["b0"], [0]],
    ]);
    expect(settings).toEqual([{ key: "steps", values: ["50", "40"] }]);
    const { outcome } = groups[0]!;
    expect(outcome!.seeds).toBe(2);
    expect(outcome!.seconds).toBeCloseTo(63, 10);
    // 0.5 and 0.7: a deviation of 0.1·√2, times 12.706 / √2; and a share is never above 1.
    expect(outcome!.success.after.value).toBeCloseTo(0.6, 12);
    expect(outcome!.success.after.high).toBe(1);
    expect(outcome!.success.after.low).toBe(0);
    expect(outcome!.success.difference.low).toBeCloseTo(0.55 - 0.05 * 12.7062, 4);
    expect(outcome!.reward.before.low).toBeCloseTo(0.5 - 0.5 * 12.7062, 4);
    // Of one seed the interval is over its tasks.
    expect(groups[1]!.outcome!.success.after).toEqual(interval(0.2));
  });

  it("are told apart by the seed where every run is a row of its own", async () => {
    const names = [await made("c0", 0), await made("c1", 1, undefined, { steps: 40 })];
    const { settings } = await compareRuns(root, names);
    expect(settings).toEqual([
      { key: "steps", values: ["50", "40"] },
      { key: "seed", values: ["0", "1"] },
    ]);
  });

  it("are shown by the command with their seeds", async () => {
    const names = [await made("d0", 0, resultOf(0, 0.5)), await made("d1", 1)];
    const { stdout } = await commandLine(["runs", "compare", ...names, "--runs", "."], {
      folder: root,
    });
    expect(stdout.split("\n").slice(0, 4)).toEqual([
      "run  seeds  status       success before      success after      reward after       time",
      "d0   0,1    1 of 2 done  0.00 [-0.10, 0.10]  0.50 [0.40, 0.60]  5.00 [4.90, 5.10]  1 m 00 s",
      "",
      "the same settings",
    ]);
  });
});
