/** People judge answers in a real browser, by keyboard alone. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore } from "../../packages/hone/src/app/open-store.ts";
import { serveUi, type ServingUi } from "../../packages/hone/src/app/ui/serve-ui.ts";
import type { Feedback } from "../../packages/hone/src/core/feedback.ts";
import { answeredTrace } from "../../packages/hone/src/testing/answered-trace.ts";
import { expectAccessible } from "../doubles/accessible.ts";
import { hasBrowser, openBrowser, openPage } from "../doubles/browser.ts";
import { storedTraces } from "../doubles/stored-traces.ts";

const script = `<img src=x onerror="window.ran=1"><script>window.ran=1</script>`;

describe.skipIf(!hasBrowser)("people in the dashboard", () => {
  let folder = "";
  let url = "";
  let browser: Browser;
  let ui: ServingUi;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hone-ui-people-"));
    url = `sqlite:${join(folder, "traces.db")}`;
    const store = await openStore(url);
    await store.put(
      ["4", "four", script, "5"].map((answer, i) => answeredTrace(`t${i}`, answer, "2 + 2?")),
    );
    await store.close();
    ui = await serveUi({ runs: join(folder, "runs"), store: url, port: 0 });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await ui.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** What was said in this way, as commands find it in the store. */
  const said = async (kind: Feedback["kind"]): Promise<readonly Feedback[]> => {
    const traces = await storedTraces(url);
    const all = new Map(
      traces.flatMap(({ feedback = [] }) => feedback).map((one) => [one.id, one]),
    );
    return [...all.values()].filter((one) => one.kind === kind);
  };

  /** Makes a queue on the page, and begins to judge it under a name. */
  async function begin(page: Page, name: string, kind: string, people = "1"): Promise<void> {
    await page.goto(`${ui.url}/new-queue`);
    await page.getByLabel("Name").fill(name);
    await page.getByRole("radio", { name: kind }).press("Space");
    await page.getByLabel("People for each item").fill(people);
    await page.getByLabel("People for each item").press("Enter");
    await page.waitForURL(`**/people/${name}`);
  }

  async function judgeAs(page: Page, name: string, rater: string, query = ""): Promise<void> {
    await page.goto(`${ui.url}/people/${name}/judge${query}`);
    await page.getByLabel("Your name").fill(rater);
    await page.keyboard.press("Enter");
    await page.getByRole("form", { name: "Your judgement" }).waitFor();
  }

  /** Presses keys for the item that is shown, and waits until so many are judged by this person. */
  async function press(page: Page, count: number, ...keys: readonly string[]): Promise<void> {
    for (const key of keys) await page.keyboard.press(key);
    await page.getByText(`${count} by you`, { exact: true }).waitFor();
  }

  it("compares blind and corrects in place, and what stands in an answer stays text", async () => {
    const { page, complaints } = await openPage(browser);
    await begin(page, "pairs", "Compare two");
    await judgeAs(page, "pairs", "dora");
    await expectAccessible(page);
    for (let i = 1; i <= 6; i++) {
      const left = await page.getByRole("region", { name: "Left" }).locator(".said").innerText();
      const right = await page.getByRole("region", { name: "Right" }).locator(".said").innerText();
      await press(page, i, left === "4" ? "1" : right === "4" ? "2" : "3", "Enter");
    }
    const comparisons = await said("comparison");
    const better = comparisons.flatMap((one) =>
      one.kind !== "comparison" || one.preferred === "tie" ? [] : [one[one.preferred]],
    );
    expect(better).toEqual(["t0", "t0", "t0"]);

    await begin(page, "corrections", "Correct");
    await page.goto(`${ui.url}/people/corrections/judge`);
    const field = page.getByLabel("What it should have answered");
    for (let i = 1; i <= 4; i++) {
      await field.waitFor();
      if ((await field.inputValue()) === script) {
        expect(await page.locator("main img, main script").count()).toBe(0);
        await press(page, i, "Control+a", ..."f o u r".split(" "), "Control+Enter");
      } else await press(page, i, "Control+Enter");
    }
    const corrected = await said("correction");
    expect(
      corrected
        .map((one) => (one.kind === "correction" ? [one.traceId, one.answer] : []))
        .toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1)),
    ).toEqual([
      ["t0", "4"],
      ["t1", "four"],
      ["t2", "four"],
      ["t3", "5"],
    ]);
    expect(await page.evaluate("window.ran")).toBeUndefined();
    expect(complaints).toEqual([]);
    await page.close();
  });
});
