/** What all pages of the dashboard share, in a real browser: themes, the way through by keyboard, narrow and wide windows, screen readers. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore } from "../../packages/hone/src/app/open-store.ts";
import { serveUi, type ServingUi } from "../../packages/hone/src/app/ui/serve-ui.ts";
import { writeFormat } from "../../packages/hone/src/formats/format.ts";
import { resultFormat } from "../../packages/hone/src/formats/result-format.ts";
import type { EvaluationRecord } from "../../packages/hone/src/formats/evaluation-format.ts";
import { traceOfRollout } from "../../packages/hone/src/rollouts/rollout-trace.ts";
import { runFiles } from "../../packages/hone/src/runs/run-folder.ts";
import { createRunFolder, runNameOf } from "../../packages/hone/src/runs/open-run.ts";
import { writeEvaluation } from "../../packages/hone/src/runs/kept-evaluations.ts";
import { sampleTraces } from "../../packages/hone/src/testing/sample-traces.ts";
import { expectAccessible } from "../doubles/accessible.ts";
import { hasBrowser, openBrowser, openPage } from "../doubles/browser.ts";

const interval = (value: number) => ({ value, low: value - 0.1, high: value + 0.1 });
const measurement = { samplesPerTask: 1, tasks: 3, success: interval(0.5), reward: interval(1) };
const result = {
  ...{ before: measurement, after: measurement, seconds: 10 },
  difference: { success: interval(0), reward: interval(0) },
};

/** The stages of the run, and what was done at each of three held-out tasks: two got better, one worse. */
const stages = { start: [false, false, true], "after grpo": [true, true, false] };

/** Writes a store with tries at held-out tasks. @param run  what the store knows the run or the evaluation by */
async function keepTries(
  path: string,
  run: string,
  tries: Readonly<Record<string, readonly boolean[]>>,
): Promise<void> {
  const store = await openStore(`sqlite:${path}`);
  for (const [phase, done] of Object.entries(tries))
    await store.put(
      done.map((isSuccess, group) => {
        const reward = { total: Number(isSuccess), components: {}, source: "rule" as const };
        const task = { id: `task ${group}` };
        const rollout = { ...{ id: `${group}`, task, turns: [], answer: "", reward, isSuccess } };
        return traceOfRollout(
          { ...rollout, failure: undefined, attempts: 1, seconds: 1 },
          { ...{ run, phase, split: "test", group, index: 0, agent: "a", endedAt: 1000 } },
        );
      }),
    );
  await store.close();
}

/** What `hone eval` has kept: all three tasks done. */
const evaluation: EvaluationRecord = {
  ...{ id: "e0e0", name: "eval-math", createdAt: "2026-01-01T00:00:00.000Z", seconds: 1 },
  config: { command: "eval", model: "models/small", domain: "math", levels: [1], seed: 0 },
  ...{ modelFolder: "models/small", measurement, passAtK: [], bestOfN: [] },
  parameters: { total: 1000 },
};
const evaluationName = runNameOf(evaluation);

describe.skipIf(!hasBrowser)("every page of the dashboard", () => {
  let folder = "";
  let browser: Browser;
  let ui: ServingUi;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hone-ui-shell-"));
    const url = `sqlite:${join(folder, "traces.db")}`;
    const store = await openStore(url);
    await store.put(sampleTraces(20));
    await store.close();
    const root = join(folder, "runs");
    for (const [name, width] of [
      ["narrow", 32],
      ["wide", 64],
    ] as const) {
      // Without a place to break the line at.
      const long = "a_long_setting_".repeat(60);
      const config = { command: "run math", seed: 1, width, long };
      const run = await createRunFolder({ name, out: join(root, name), config });
      run.tracker.scalars("evaluation", 0, { success: 1 / 3 });
      for (let step = 1; step <= 5; step++) {
        const alarm = step === 4 ? { "alarm/ENTROPY_COLLAPSED": 1 } : {};
        run.tracker.scalars("grpo", step, { reward: step / width, entropy: 1 / step, ...alarm });
        run.tracker.histogram!("grpo", step, "reward", [0, step, step]);
      }
      run.tracker.scalars("evaluation", 5, { success: 2 / 3 });
      await writeFile(join(run.path, runFiles.result), writeFormat(resultFormat, result));
      await run.close();
      await keepTries(join(run.path, runFiles.rollouts), runNameOf(run.record), stages);
    }
    await writeEvaluation(root, evaluation, (file) =>
      keepTries(file, evaluationName, { eval: [true, true, true] }),
    );
    ui = await serveUi({ runs: root, store: url, port: 0 });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await ui.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** The addresses of the pages, and what each shows when it is ready. */
  const pages: readonly (readonly [address: string, ready: (page: Page) => Promise<void>])[] = [
    ["/runs", (page) => page.getByRole("row", { name: "narrow" }).waitFor()],
    ["/runs/wide", (page) => page.getByRole("slider", { name: "grpo reward: step" }).waitFor()],
    [
      "/evaluations?stage=wide/start&stage=wide/after",
      (page) => page.getByText("paired by task").waitFor(),
    ],
    [`/evaluations/${evaluationName}`, (page) => page.getByRole("row").nth(3).waitFor()],
    ["/compare?run=narrow&run=wide", (page) => page.getByText("0.0781").first().waitFor()],
    ["/traces", (page) => page.getByRole("row").nth(3).waitFor()],
    ["/traces/sample-1", (page) => page.getByRole("row").first().waitFor()],
  ];

  it("has no serious finding of axe in either theme, and is never wider than its window", async () => {
    const { page, complaints } = await openPage(browser);
    for (const [address, ready] of pages) {
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.goto(ui.url + address);
      await ready(page);
      await expectAccessible(page);
      for (const width of [360, 768, 3840]) {
        await page.setViewportSize({ width, height: 800 });
        const over = () => page.evaluate("document.documentElement.scrollWidth - innerWidth");
        // Charts follow the window a moment later.
        await expect.poll(over, { message: `${address} at ${width} px` }).toBe(0);
      }
    }
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("is shown in the theme that was chosen, also the next time", async () => {
    const { page } = await openPage(browser);
    const background = (): Promise<string> =>
      page.evaluate("getComputedStyle(document.body.parentElement).backgroundColor");
    await page.emulateMedia({ colorScheme: "light" });
    await page.goto(ui.url);
    const light = await background();
    await page.getByRole("radio", { name: "Dark theme" }).click();
    const dark = await background();
    expect(dark).not.toBe(light);
    await page.reload();
    await page.getByRole("radio", { name: "Dark theme", checked: true }).waitFor();
    expect(await background()).toBe(dark);
    await page.getByRole("radio", { name: "Theme of the system" }).click();
    expect(await background()).toBe(light);
    await page.close();
  });

  it("says what happened where: an alarm at its step, and how the rewards of a step were spread", async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(`${ui.url}/runs/wide`);
    await page.getByText("ENTROPY_COLLAPSED at step 4").waitFor();
    const step = page.getByRole("slider", { name: "grpo reward: step" });
    const spread = page.locator("figure", { has: step }).locator("output");
    await expect.poll(() => spread.innerText()).toBe("step 5: 3 values from 0 to 5, median 5");
    await step.press("Home");
    await expect.poll(() => spread.innerText()).toBe("step 1: 3 values from 0 to 1, median 1");
    await page.getByText("This run kept none of response_length, advantage.").waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("compares two stages of the same tasks: the paired difference, and the tasks that got worse and better", async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(`${ui.url}/evaluations`);
    for (const stage of ["wide, start", "wide, after"])
      await page.getByRole("row", { name: stage, exact: true }).locator(".check").click();
    const found = page.getByRole("region", { name: "Comparison" });
    await found.getByText("Success +33").waitFor();
    await found.getByText("task 2").waitFor();
    await found.getByRole("radio", { name: "better 2" }).click();
    await found.getByText("task 0").waitFor();
    expect(new URL(page.url()).searchParams.getAll("stage")).toEqual(["wide/start", "wide/after"]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("shows what `hone eval` kept, and compares it with a stage of a run", async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(`${ui.url}/evaluations`);
    await page
      .getByRole("row", { name: `${evaluationName}, eval` })
      .locator(".check")
      .click();
    await page.getByRole("row", { name: "wide, after", exact: true }).locator(".check").click();
    const found = page.getByRole("region", { name: "Comparison" });
    await found.getByRole("radio", { name: "worse 1" }).waitFor();
    await found.getByText("task 2").waitFor();
    // Where rows are chosen, a click chooses another one.
    await page.goto(`${ui.url}/evaluations`);
    await page.getByRole("row", { name: `${evaluationName}, eval` }).click();
    await page.getByRole("heading", { name: evaluationName }).waitFor();
    await page.getByText("models/small · math, level 1, 3 tasks").waitFor();
    await page.getByRole("row", { name: "task 1" }).click();
    await page.getByRole("link", { name: "conversation and tokens" }).click();
    await page.getByRole("heading", { name: "Rollout of an evaluation" }).waitFor();
    await page.getByRole("link", { name: evaluationName }).click();
    await page.getByRole("cell", { name: "models/small" }).first().waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("says that its server is away, and goes on when it is back", async () => {
    const live = await createRunFolder({ name: "live", out: join(folder, "live/one"), config: {} });
    live.tracker.scalars("grpo", 1, { reward: 0.25 });
    const first = await serveUi({ runs: join(folder, "live"), port: 0 });
    const { page } = await openPage(browser);
    await page.goto(`${first.url}/runs/one`);
    const chart = page.locator("figure", { hasText: "reward" });
    await expect.poll(() => chart.innerText()).toContain("0.25");
    await first.close();
    await page.getByText("The server does not answer.").waitFor();
    live.tracker.scalars("grpo", 2, { reward: 0.875 });
    const port = Number(new URL(first.url).port);
    const second = await serveUi({ runs: join(folder, "live"), port });
    await expect.poll(() => chart.innerText()).toContain("0.875");
    await page.getByText("The server does not answer.").waitFor({ state: "detached" });
    await page.close();
    await second.close();
    await live.close();
  });

  it("lets a keyboard skip its head, and hands the focus to the heading of a page that was asked for", async () => {
    const { page } = await openPage(browser);
    await page.goto(`${ui.url}/runs`);
    await page.getByRole("grid", { name: "Runs" }).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("main");
    await page.getByRole("link", { name: "Traces" }).press("Enter");
    await expect.poll(() => page.evaluate("document.activeElement.textContent")).toBe("Traces");
    await page.close();
  });
});
