/** Trainings on what people said, started, watched and stopped in a real browser: real processes, and runs that are kept. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore } from "../../packages/hone/src/app/open-store.ts";
import { serveUi, type ServingUi } from "../../packages/hone/src/app/ui/serve-ui.ts";
import { answeredTrace } from "../../packages/hone/src/testing/answered-trace.ts";
import { expectAccessible, expectFits } from "../doubles/accessible.ts";
import { hasBrowser, openBrowser, openPage } from "../doubles/browser.ts";
import { judgeAs, makeQueueOn, pressFor, shownAnswer } from "../doubles/judging.ts";

const TASKS = 4;

describe.skipIf(!hasBrowser)("trainings in the dashboard", () => {
  let folder = "";
  let url = "";
  let browser: Browser;
  let ui: ServingUi;
  let page: Page;
  let complaints: readonly string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hone-ui-training-"));
    url = `sqlite:${join(folder, "traces.db")}`;
    const store = await openStore(url);
    await store.put(
      Array.from({ length: TASKS }, (_, i) => i).flatMap((i) => [
        answeredTrace(`right${i}`, `${2 * i}`, `${i} + ${i}?`),
        answeredTrace(`wrong${i}`, "no idea", `${i} + ${i}?`),
      ]),
    );
    await store.close();
    ui = await serveUi({ runs: join(folder, "runs"), store: url, port: 0, allowTraining: true });
    browser = await openBrowser();
    ({ page, complaints } = await openPage(browser));
    await makeQueueOn(page, ui.url, { name: "pairs", kind: "Compare two" });
    await judgeAs(page, ui.url, "pairs", "dora");
    for (let i = 1; i <= TASKS; i++)
      await pressFor(page, i, (await shownAnswer(page, "Left")) === "no idea" ? "2" : "1", "Enter");
  });
  afterAll(async () => {
    await browser?.close();
    await ui?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** The runs that were started before. */
  const known = new Set<string>();

  /** Starts DPO with so many steps by keyboard, and gives the name of its run. */
  async function started(steps: number): Promise<string> {
    await page.goto(`${ui.url}/people/pairs`);
    await page.getByLabel("Steps").fill(String(steps));
    await page.getByLabel("Learning rate").fill("0.001");
    await page.getByRole("button", { name: "Start dpo" }).press("Enter");
    const all = page.getByRole("region", { name: /^dpo-pairs-/ });
    const names = () =>
      all.evaluateAll((found) => found.map((one) => one.getAttribute("aria-label") ?? ""));
    const fresh = async () => (await names()).find((name) => !known.has(name));
    await expect.poll(fresh).toBeDefined();
    const run = (await fresh())!;
    known.add(run);
    return run;
  }

  it("runs to its end: what it prints on the page, the run with its result in the list", async () => {
    const run = await started(3);
    const shown = page.getByRole("region", { name: run });
    await shown.getByText("running").waitFor();
    await shown.getByText("done", { exact: true }).waitFor({ timeout: 120_000 });
    expect(await shown.innerText()).toContain("paired difference");
    await expectFits(page);
    const rows = (await readFile(join(folder, "runs/queues/pairs/pairs.jsonl"), "utf8"))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { rejected: { content: string }[] });
    expect(rows.map(({ rejected }) => rejected[0]!.content)).toEqual(
      Array.from({ length: TASKS }, () => "no idea"),
    );
    await shown.getByRole("link", { name: run }).press("Enter");
    await page.waitForURL(`**/runs/${run}`);
    await page.getByText("last phase adds (paired)").waitFor();
    await page.getByRole("row", { name: /learningRate 0\.001/ }).waitFor();
    await page.goto(`${ui.url}/runs`);
    await page.getByRole("row", { name: run }).getByText("done").waitFor();
    expect(complaints).toEqual([]);
  });

  it("is one at a time, and is stopped by its button: it saves, and can be resumed", async () => {
    const run = await started(1_000_000);
    const shown = page.getByRole("region", { name: run });
    await shown.getByText(/\n +1 +\d/).waitFor({ timeout: 120_000 });
    await expectAccessible(page);
    await page.getByRole("button", { name: "Start dpo" }).press("Enter");
    await page.getByRole("alert").getByText("UI_TRAINING_BUSY").waitFor();
    await shown.getByRole("button", { name: "Stop" }).press("Enter");
    await shown.getByText("stopped", { exact: true }).waitFor({ timeout: 120_000 });
    expect(await shown.innerText()).toContain("--resume");
    await page.goto(`${ui.url}/runs`);
    await page.getByRole("row", { name: run }).getByText("stopped").waitFor();
  });
});
