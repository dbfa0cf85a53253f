/** Rollouts and tokens of a run in a real browser: one whose text would be a script, and one of 32,000 tokens. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore } from "../../packages/hone/src/app/open-store.ts";
import { serveUi, type ServingUi } from "../../packages/hone/src/app/ui/serve-ui.ts";
import type { Rollout, Turn } from "../../packages/hone/src/core/rollout.ts";
import { traceOfRollout } from "../../packages/hone/src/rollouts/rollout-trace.ts";
import { createRunFolder, runNameOf } from "../../packages/hone/src/runs/open-run.ts";
import { openRenderer } from "../../packages/hone/src/text/renderer.ts";
import { expectAccessible } from "../doubles/accessible.ts";
import { hasBrowser, openBrowser, openPage } from "../doubles/browser.ts";

const model = join(import.meta.dirname, "../golden/models/qwen2");
const script = `<img src=x onerror="window.ran=1"><script>window.ran=1</script>`;
const LONG = 32_000;

/** A rollout of one turn, whose tokens are those of a text, again and again up to a number. */
async function rolloutOf(
  id: string,
  text: string,
  total: number,
  count?: number,
): Promise<Rollout> {
  const renderer = await openRenderer(model);
  const question = { role: "user" as const, content: script };
  const once = await renderer.encode(text);
  const tokens = Array.from({ length: count ?? once.length }, (_, t) => once[t % once.length]!);
  const logProbs = tokens.map((_, t) => -((t % 7) + 1) / 4);
  const turn: Turn = {
    messages: [question],
    reply: { role: "assistant", content: text },
    promptTokens: await renderer.prompt([question]),
    ...{ tokens, logProbs, samplingLogProbs: logProbs },
    entropies: tokens.map((_, t) => (t % 5) / 2),
    ...{ temperature: 1, isTruncated: false, stopReason: "stop", weightsVersion: "policy@0" },
  };
  return {
    ...{ id, task: { id: "hostile" }, turns: [turn], answer: text, attempts: 1, seconds: 1 },
    reward: { total, components: { success: total }, source: "rule" },
    ...{ isSuccess: total > 0, failure: undefined },
  };
}

/** A run of one step with two rollouts of one task, and the task's evaluation before and after. */
async function makeRun(root: string): Promise<void> {
  const run = await createRunFolder({
    ...{ name: "kept", out: join(root, "kept") },
    config: { command: "train", model },
  });
  const rollouts = [
    await rolloutOf("short", script, 0),
    await rolloutOf("long", "one and one are two\n", 1, LONG),
  ];
  const origin = { run: runNameOf(run.record), agent: "kept", endedAt: 1_700_000_000_000 };
  const store = await openStore(`sqlite:${join(root, "kept", "rollouts.db")}`);
  await store.put([
    ...rollouts.map((one, index) =>
      traceOfRollout(one, { ...origin, phase: "grpo", split: "train", step: 1, group: 0, index }),
    ),
    ...["start", "after grpo"].map((phase, i) =>
      traceOfRollout(
        { ...rollouts[0]!, isSuccess: i === 1, reward: { ...rollouts[0]!.reward!, total: i } },
        { ...origin, phase, split: "test", group: 0, index: 0 },
      ),
    ),
  ]);
  await store.close();
  run.addTrained("grpo", 1, {
    weightsVersion: "policy@0",
    rollouts: rollouts.map(({ id, reward, turns }) => ({
      rolloutId: id,
      rows: [
        {
          ...{ index: 0, advantage: reward!.total === 1 ? 1 : -1, weight: 1, updatesBefore: 0 },
          logProbs: turns[0]!.logProbs.map((one) => one + 0.01),
        },
      ],
    })),
  });
  for (const [step, section] of [1, 1, 2].map(
    (n, i) => [n, i === 1 ? "grpo" : "evaluation"] as const,
  ))
    run.tracker.scalars(section, step, { reward: 1 });
  await run.close();
}

describe.skipIf(!hasBrowser)("rollouts in the dashboard", () => {
  let folder = "";
  let browser: Browser;
  let ui: ServingUi;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hone-ui-tokens-"));
    await makeRun(folder);
    ui = await serveUi({ runs: folder, port: 0 });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await ui?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const tokenFacts = (page: Page) => page.getByRole("status", { name: "The chosen token" });

  it("shows a step's group, and a rollout's tokens by each quantity, whatever its text is", async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(`${ui.url}/runs/kept/rollouts`);
    const group = page.getByRole("region", { name: "Group 1" });
    await group.getByRole("row", { name: /^1 .*−1/ }).waitFor();
    await expectAccessible(page);
    await group.getByRole("link", { name: "1", exact: true }).click();
    await tokenFacts(page).waitFor();
    expect(await page.locator(".tokens .minus-2").count()).toBeGreaterThan(0);
    expect(await page.locator(".tokens").textContent()).toContain(script);
    await page.getByRole("radio", { name: "Entropy" }).press("Space");
    await page
      .getByRole("list", { name: "Colours of Entropy" })
      .getByText("2 nats")
      .first()
      .waitFor();
    expect(page.url()).toContain("colour=entropy");
    const before = await tokenFacts(page).textContent();
    await page.getByRole("slider", { name: "Token" }).press("ArrowRight");
    await expect.poll(() => tokenFacts(page).textContent()).not.toBe(before);
    await expectAccessible(page);
    expect(await page.evaluate("window.ran")).toBeUndefined();
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("shows a rollout of 32,000 tokens beside another, to its last token", async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(`${ui.url}/runs/kept/rollout?phase=grpo&step=1&id=long&beside=short`);
    await page.getByRole("region", { name: "Rollout 1" }).waitFor();
    const long = page.getByRole("region", { name: "Rollout 2" });
    await expect.poll(() => long.locator(".piece.sampled .token").count()).toBe(LONG);
    await long.getByRole("slider", { name: "Token" }).press("End");
    await expect
      .poll(() =>
        long
          .locator(".token")
          .last()
          .evaluate((token) => token.getBoundingClientRect().top),
      )
      .toBeLessThan(800);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("shows a held-out task before and after", async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(`${ui.url}/runs/kept/held-out?task=hostile`);
    await page.getByRole("region", { name: "start" }).getByText("✗ not done, 0").waitFor();
    await page.getByRole("region", { name: "after grpo" }).getByText("✓ done, 1").waitFor();
    await expectAccessible(page);
    expect(await page.evaluate("window.ran")).toBeUndefined();
    expect(complaints).toEqual([]);
    await page.close();
  });
});
