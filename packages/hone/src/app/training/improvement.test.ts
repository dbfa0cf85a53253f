/** The gate of CI: a run passes where the whole interval of its difference lies above the bound. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { commandLine } from "../../../../../test/doubles/command-line.ts";
import type { ResultRecord } from "../../formats/result-format.ts";
import { createRunFolder } from "../../runs/open-run.ts";
import { improvementMatchers } from "./improvement-matchers.ts";

const folder = await mkdtemp(join(tmpdir(), "hone-improvement-"));
afterAll(() => rm(folder, { recursive: true, force: true }));
expect.extend(improvementMatchers);

const interval = (value: number, low: number, high: number) => ({ value, low, high });

const result = (tasks: number): ResultRecord => ({
  before: { samplesPerTask: 1, tasks, success: interval(0, 0, 0), reward: interval(0, 0, 0) },
  after: { samplesPerTask: 1, tasks, success: interval(0.5, 0, 1), reward: interval(1, 0, 1) },
  difference: { success: interval(0.3, 0.1, 0.5), reward: interval(0.2, -0.1, 0.5) },
  seconds: 1,
});

beforeAll(async () => {
  for (const [name, tasks] of [
    ["better", 40],
    ["unmeasured", 0],
  ] as const) {
    const run = await createRunFolder({ name, config: {}, out: join(folder, "runs", name) });
    await run.saveResult(result(tasks));
    await run.close();
  }
  await (await createRunFolder({ name: "a", config: {}, out: join(folder, "runs/begun") })).close();
});

const check = (...words: readonly string[]) => commandLine(["runs", "check", ...words], { folder });

it("is a command whose exit code says whether the interval clears the bound", async () => {
  expect(await check("better")).toEqual({
    code: 0,
    stdout: "better: success +0.300 [+0.100, +0.500] on 40 held-out tasks, above 0\n",
    stderr: "",
  });
  const above = await check("better", "--at-least", "0.1", "--json");
  expect(above.code).toBe(1);
  expect(JSON.parse(above.stdout)).toMatchObject({
    metric: "success",
    atLeast: 0.1,
    passes: false,
  });
  const reward = await check("better", "--metric", "reward");
  expect(reward.code).toBe(1);
  expect(reward.stdout).toBe(
    "not better: reward +0.200 [-0.100, +0.500] on 40 held-out tasks, not above 0 as a whole\n",
  );
});

it.each([
  ["begun", "it is not finished"],
  ["unmeasured", "no tasks were held out"],
])("refuses the run %s, of which nothing is known", async (name, why) => {
  const { code, stderr } = await check(name);
  expect(code).not.toBe(0);
  expect(stderr).toMatch(new RegExp(`^RUN_NOT_MEASURED: .*${why}`));
});

it("is a matcher of Vitest, for a folder and for the result of train()", async () => {
  const run = join(folder, "runs/better");
  await expect(run).toImprove();
  await expect(run).not.toImprove({ metric: "reward" });
  await expect(expect(run).toImprove({ atLeast: 0.2 })).rejects.toThrow(
    "success +0.300 [+0.100, +0.500] on 40 held-out tasks, not above 0.2 as a whole",
  );
  const difference = { success: interval(0.3, 0.1, 0.5), reward: undefined, taskCount: 9 };
  const rest = { unscoredTaskCount: 9, better: 3, worse: 0, equal: 6, tasks: [] };
  const trained = { difference: { ...difference, ...rest } };
  await expect(trained).toImprove({ metric: "success" });
  await expect(trained).not.toImprove({ metric: "reward" });
});
