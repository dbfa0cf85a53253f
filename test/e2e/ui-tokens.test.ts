/** Rollouts and tokens of a run in a real browser: one whose text would be a script, and one of 32,000 tokens. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveUi, type ServingUi } from "../../packages/hone/src/app/ui/serve-ui.ts";
import { expectAccessible } from "../doubles/accessible.ts";
import { hasBrowser, openBrowser, openPage } from "../doubles/browser.ts";
import { hostileText as script, makeTokenRun } from "../doubles/token-run.ts";

const LONG = 32_000;

describe.skipIf(!hasBrowser)("rollouts in the dashboard", () => {
  let folder = "";
  let browser: Browser;
  let ui: ServingUi;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hone-ui-tokens-"));
    await makeTokenRun(join(folder, "kept"), { tokens: LONG });
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
