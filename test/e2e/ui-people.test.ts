/** One person judges answers in a real browser, by keyboard alone. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore } from "../../packages/hone/src/app/open-store.ts";
import { serveUi, type ServingUi } from "../../packages/hone/src/app/ui/serve-ui.ts";
import { answeredTrace } from "../../packages/hone/src/testing/answered-trace.ts";
import { expectFits } from "../doubles/accessible.ts";
import { hasBrowser, openBrowser, openPage } from "../doubles/browser.ts";
import { judgeAs, makeQueueOn, pressFor, saidIn, shownAnswer } from "../doubles/judging.ts";

const script = `<img src=x onerror="window.ran=1"><script>window.ran=1</script>`;

describe.skipIf(!hasBrowser)("a person in the dashboard", () => {
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
    await browser?.close();
    await ui?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("compares blind, and what stands in an answer stays text", async () => {
    const { page, complaints } = await openPage(browser);
    await makeQueueOn(page, ui.url, { name: "pairs", kind: "Compare two" });
    await judgeAs(page, ui.url, "pairs", "dora");
    await expectFits(page);
    for (let i = 1; i <= 6; i++) {
      const [left, right] = [await shownAnswer(page, "Left"), await shownAnswer(page, "Right")];
      expect(await page.locator("main img, main script").count()).toBe(0);
      await pressFor(page, i, left === "4" ? "1" : right === "4" ? "2" : "3", "Enter");
    }
    await page.getByText("Nothing is left for you to judge here.").waitFor();
    const better = (await saidIn(url, "comparison")).flatMap((one) =>
      one.preferred === "tie" ? [] : [one[one.preferred]],
    );
    expect(better).toEqual(["t0", "t0", "t0"]);
    expect(await page.evaluate("window.ran")).toBeUndefined();
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("corrects in place: the text that was answered is there to be changed, or kept as it is", async () => {
    const { page, complaints } = await openPage(browser);
    await makeQueueOn(page, ui.url, { name: "corrections", kind: "Correct" });
    await judgeAs(page, ui.url, "corrections", "dora");
    await expectFits(page);
    const field = page.getByLabel("What it should have answered");
    for (let i = 1; i <= 4; i++) {
      await field.waitFor();
      if ((await field.inputValue()) === script)
        await pressFor(page, i, "Control+a", ..."four".split(""), "Control+Enter");
      else await pressFor(page, i, "Control+Enter");
    }
    const corrected = (await saidIn(url, "correction")).map((one) => [one.traceId, one.answer]);
    expect(Object.fromEntries(corrected)).toEqual({ t0: "4", t1: "four", t2: "four", t3: "5" });
    expect(await page.evaluate("window.ran")).toBeUndefined();
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("gives thumbs with reasons, and goes back to the last answer, which the next one replaces", async () => {
    const { page, complaints } = await openPage(browser);
    await makeQueueOn(page, ui.url, { name: "thumbs", kind: "Good or bad" });
    await judgeAs(page, ui.url, "thumbs", "dora");
    await expectFits(page);
    const first = await shownAnswer(page);
    // The first and the third of the reasons, and words of one's own.
    await pressFor(page, 1, "2", "3", "5", "r", ..."hm".split(""), "Enter");
    await pressFor(page, 2, "1", "Enter");
    const bad = (await saidIn(url, "rating")).filter(({ rating }) => rating === 0);
    expect(bad).toMatchObject([{ author: "dora", reason: "wrong, unclear, hm" }]);

    await page.keyboard.press("u");
    await page.getByRole("radio", { name: "good", exact: false, checked: true }).waitFor();
    await page.keyboard.press("u");
    await expect.poll(() => shownAnswer(page)).toBe(first);
    await page.getByRole("checkbox", { name: "unclear", checked: true }).waitFor();
    expect(await page.getByLabel("Why, if you like").inputValue()).toBe("hm");
    // One of the reasons is taken back, and the thumb turned.
    await page.keyboard.press("1");
    await page.keyboard.press("5");
    await page.keyboard.press("Enter");
    await expect
      .poll(async () => (await saidIn(url, "rating")).map(({ rating, reason }) => [rating, reason]))
      .toEqual(
        expect.arrayContaining([
          [1, "wrong, hm"],
          [1, undefined],
        ]),
      );
    expect(await saidIn(url, "rating")).toHaveLength(2);
    await page.getByText("2 by you", { exact: true }).waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("skips, and is told the keys, and does nothing by keys that mean nothing", async () => {
    const { page } = await openPage(browser);
    await makeQueueOn(page, ui.url, { name: "stars", kind: "Rate 1 to 5" });
    await judgeAs(page, ui.url, "stars", "eve");
    const first = await shownAnswer(page);
    const keys = page.locator("dl.keys");
    await page.keyboard.press("?");
    await keys.waitFor({ state: "detached" });
    await page.keyboard.press("?");
    await keys.waitFor();
    // Nothing is chosen yet: Enter and a digit that is no rating keep nothing.
    await page.keyboard.press("9");
    await page.keyboard.press("Enter");
    await page.keyboard.press("s");
    await expect.poll(() => shownAnswer(page)).not.toBe(first);
    await page.getByText("0 by you", { exact: true }).waitFor();
    await pressFor(page, 1, "3", "ArrowRight", "Enter");
    const said = (await saidIn(url, "rating")).filter(({ author }) => author === "eve");
    expect(said).toMatchObject([{ rating: 4, low: 1, high: 5 }]);
    await page.close();
  });

  it("finds the queues in a list, and is asked for a name before the first item", async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(`${ui.url}/new-queue?agent=a`);
    await page.getByText("Of traces with agent a.").waitFor();
    await expectFits(page);
    await makeQueueOn(page, ui.url, { name: "listed", kind: "Rate 1 to 5" });
    await page.goto(`${ui.url}/people`);
    const row = page.getByRole("row", { name: "listed" });
    // What was rated in another queue counts here, too.
    await row.getByText("1 of 4").waitFor();
    await row.getByText("eve").waitFor();
    await expectFits(page);
    await row.press("Enter");
    await page.waitForURL("**/people/listed");
    await page.getByRole("link", { name: "Judge" }).press("Enter");
    await page.getByLabel("Your name").waitFor();
    await expectFits(page);
    expect(complaints).toEqual([]);
    await page.close();
  });
});
