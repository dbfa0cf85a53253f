/** Several people judge one queue at once, each in a browser of their own, while somebody looks at how far they agree. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore } from "../../packages/hone/src/app/open-store.ts";
import { serveUi, type ServingUi } from "../../packages/hone/src/app/ui/serve-ui.ts";
import { answeredTrace } from "../../packages/hone/src/testing/answered-trace.ts";
import { expectAccessible, expectFits } from "../doubles/accessible.ts";
import { hasBrowser, openBrowser, openPage } from "../doubles/browser.ts";
import {
  beginAs,
  judgeAs,
  makeQueueOn,
  pressFor,
  saidIn,
  shownAnswer,
} from "../doubles/judging.ts";

const ITEMS = 6;

describe.skipIf(!hasBrowser)("several people in the dashboard", () => {
  let folder = "";
  let url = "";
  let browser: Browser;
  let ui: ServingUi;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hone-ui-raters-"));
    url = `sqlite:${join(folder, "traces.db")}`;
    const store = await openStore(url);
    await store.put(
      Array.from({ length: ITEMS }, (_, i) => answeredTrace(`t${i}`, `${i}`, `task ${i}`)),
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

  /** Judges all items of the open page, each by the key for its answer. */
  async function judgeAll(page: Page, keyFor: (answer: number) => string): Promise<void> {
    for (let count = 1; count <= ITEMS; count++)
      await pressFor(page, count, keyFor(Number(await shownAnswer(page))), "Enter");
  }

  it("gives no item to two people where one is to judge it", async () => {
    const [ada, ben] = await Promise.all([openPage(browser), openPage(browser)]);
    await makeQueueOn(ada.page, ui.url, { name: "shared", kind: "Good or bad" });
    await judgeAs(ada.page, ui.url, "shared", "ada");
    await judgeAs(ben.page, ui.url, "shared", "ben");
    expect(await shownAnswer(ada.page)).not.toBe(await shownAnswer(ben.page));
    const over = "Nothing is left for you to judge here.";
    const judge = async (page: Page): Promise<void> => {
      for (let count = 1; ; count++) {
        const isOver = await Promise.race([
          page
            .getByText(over)
            .waitFor({ timeout: 0 })
            .then(
              () => true,
              () => true,
            ),
          page
            .getByRole("region", { name: "Answer" })
            .waitFor({ timeout: 0 })
            .then(
              () => false,
              () => true,
            ),
        ]);
        if (isOver) return;
        await pressFor(page, count, "1", "Enter");
      }
    };
    await Promise.all([judge(ada.page), judge(ben.page)]);
    const judged = (await saidIn(url, "rating")).map(({ traceId }) => traceId);
    expect(judged.toSorted()).toEqual(Array.from({ length: ITEMS }, (_, i) => `t${i}`));
    expect([...ada.complaints, ...ben.complaints]).toEqual([]);
    await Promise.all([ada.page.close(), ben.page.close()]);
  });

  it("measures agreement while they rate, and gives a conflict to a third, whose number decides", async () => {
    const [desk, ida, jo] = await Promise.all([1, 2, 3].map(() => openPage(browser)));
    await makeQueueOn(desk!.page, ui.url, { name: "stars", kind: "Rate 1 to 5", people: 2 });
    await desk!.page.getByText("Nobody has judged anything yet.").waitFor();
    await judgeAs(ida!.page, ui.url, "stars", "ida");
    await judgeAs(jo!.page, ui.url, "stars", "jo");
    const raterCell = (name: string) =>
      desk!.page.getByRole("group", { name: "Raters", exact: true }).getByRole("row", { name });
    // Both at once; they are a point apart, and four points on the last answer.
    await Promise.all([
      judgeAll(ida!.page, (answer) => (answer < 3 ? "2" : "5")),
      judgeAll(jo!.page, (answer) => (answer < 3 ? "2" : answer === ITEMS - 1 ? "1" : "4")),
      raterCell("ida").waitFor(),
    ]);
    for (const name of ["ida", "jo"])
      await raterCell(name).getByText(`${ITEMS} of ${ITEMS}`).waitFor();
    const { page } = desk!;
    await page.getByRole("row", { name: /^ida, jo 6 50 % / }).waitFor();
    const alpha = page.locator("p", { hasText: "Krippendorff" }).locator("strong");
    const before = Number(await alpha.innerText());
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(0.8);
    const conflict = page.getByRole("group", { name: "Conflicts" }).getByRole("row").nth(1);
    const told = await conflict.innerText();
    // The one who was first stands first.
    for (const part of ["ida: 5", "jo: 1", "open: a third decides"]) expect(told).toContain(part);
    await expectFits(page);

    const kai = await openPage(browser);
    await kai.page.goto(page.url());
    await kai.page.getByRole("link", { name: "Second look at 1" }).press("Enter");
    await beginAs(kai.page, "kai");
    expect(await shownAnswer(kai.page)).toBe(String(ITEMS - 1));
    await expectAccessible(kai.page);
    await pressFor(kai.page, 1, "4", "r", "o", "k", "Enter");
    await kai.page.getByText("There is nothing left that others disagree on.").waitFor();
    // Of 1, 4 and 5 the middle one; the page says that the reward is another number.
    await expect.poll(() => conflict.innerText()).toMatch(/kai: 4 ok[^]*\t4$/);
    await page.getByText("The reward of the trace is the mean of all of them.").waitFor();
    await page.getByRole("link", { name: /Second look/ }).waitFor({ state: "detached" });
    for (const one of [desk!, ida!, jo!, kai]) {
      expect(one.complaints).toEqual([]);
      await one.page.close();
    }
  });
});
