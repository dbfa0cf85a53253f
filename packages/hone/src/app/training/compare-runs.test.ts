import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { createRunFolder } from "../../runs/open-run.ts";
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
