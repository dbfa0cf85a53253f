/** What all pages of the dashboard share, in a real browser: themes, the way through by keyboard, narrow and wide windows, screen readers. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore } from "../../packages/hone/src/app/open-store.ts";
import { serveUi, type ServingUi } from "../../packages/hone/src/app/ui/serve-ui.ts";
import { createRunFolder } from "../../packages/hone/src/runs/open-run.ts";
import { sampleTraces } from "../../packages/hone/src/testing/sample-traces.ts";
import { expectAccessible } from "../doubles/accessible.ts";
import { hasBrowser, openBrowser, openPage } from "../doubles/browser.ts";

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
      for (let step = 1; step <= 5; step++)
        run.tracker.scalars("grpo", step, { reward: step / width, entropy: 1 / step });
      await run.close();
    }
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
    ["/runs/wide", (page) => page.locator("figure").first().waitFor()],
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
