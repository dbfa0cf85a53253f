/** Every page with its dialogs, in both themes, on a telephone and on a desk: for a screen reader, and for eyes. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore } from "../../packages/hone/src/app/open-store.ts";
import { serveUi, type ServingUi } from "../../packages/hone/src/app/ui/serve-ui.ts";
import { sampleTraces } from "../../packages/hone/src/testing/sample-traces.ts";
import { recordTeam } from "../../scripts/pictures/recorded.ts";
import { expectAccessible, expectFits } from "../doubles/accessible.ts";
import { hasBrowser, openBrowser, openPage } from "../doubles/browser.ts";
import { makeTokenRun } from "../doubles/token-run.ts";

/** An address, and what is there when its page can be judged. */
type PageCase = readonly [address: string, shows: (page: Page) => Locator];

const chart = (page: Page): Locator => page.locator(".chart canvas").first();
const row = (page: Page): Locator => page.getByRole("grid").getByRole("gridcell").first();
const heading =
  (name: string) =>
  (page: Page): Locator =>
    page.getByRole("heading", { name });

const region =
  (name: string) =>
  (page: Page): Locator =>
    page.getByRole("region", { name, exact: true });

const pages: readonly PageCase[] = [
  ["/runs", row],
  ["/runs/first", chart],
  ["/compare", heading("Runs over one another")],
  ["/compare?run=first&run=second", heading("Settings that differ")],
  ["/runs/first/rollouts", region("Group 1")],
  ["/runs/first/held-out?task=hostile", heading("after grpo")],
  ["/evaluations?stage=first/start&stage=first/after+grpo", region("Comparison")],
  ["/traces", row],
  ["/analysis/sessions", row],
  ["/analysis/users", row],
  ["/analysis/errors", heading("ETIMEDOUT: timed out")],
  ["/analysis/times?by=agent", chart],
  ["/analysis/diff?trace=sample-1&trace=sample-2", heading("Spans")],
  ["/analysis/diff", heading("Difference of two traces")],
  ["/traces/sample-3?span=span-2", heading("tool web_search")],
];

describe.skipIf(!hasBrowser)("the pages of the dashboard", () => {
  let folder = "";
  let browser: Browser;
  let ui: ServingUi;
  let team = "";

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hone-ui-access-"));
    const url = `sqlite:${join(folder, "traces.db")}`;
    await recordTeam(url);
    const store = await openStore(url);
    team = (await store.query({ tag: "team" })).traces[0]!.id;
    await store.put(
      sampleTraces(40).map((trace, i) => ({ ...trace, session: `chat ${i % 7}`, user: "ada" })),
    );
    await store.close();
    const runs = join(folder, "runs");
    await makeTokenRun(join(runs, "first"), { tokens: 200, steps: 3 });
    await makeTokenRun(join(runs, "second"), { tokens: 200, steps: 5 });
    ui = await serveUi({ runs, store: url, port: 0 });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await ui?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("have no finding of axe that is more than minor, and are never wider than the window", async () => {
    const { page, complaints } = await openPage(browser);
    const all = [...pages, [`/traces/${team}`, heading("The whole team")] as const];
    for (const [address, shows] of all) {
      await page.goto(ui.url + address);
      await shows(page).waitFor();
      await expectFits(page);
    }
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("have a heading also where there is nothing to show, which is no failure of the server", async () => {
    const { page } = await openPage(browser);
    const failures: string[] = [];
    page.on("response", (answer) => {
      if (answer.status() >= 500) failures.push(`${answer.status()} ${answer.url()}`);
    });
    const places = [
      "traces/none",
      "runs/none",
      "people/none",
      "runs/none/chat",
      "evaluations/none",
    ];
    for (const place of [...places, "none"]) {
      await page.goto(`${ui.url}/${place}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await expectAccessible(page);
    }
    expect(failures).toEqual([]);
    await page.close();
  });

  it("open dialogs that have none either", async () => {
    const { page, complaints } = await openPage(browser);
    for (const width of [360, 1440]) {
      await page.setViewportSize({ width, height: 800 });
      await page.goto(`${ui.url}/traces`);
      await row(page).waitFor();
      for (const [button, dialog] of [
        ["Saved views", "Saved views"],
        ["Export", "Export what is shown"],
      ] as const) {
        await page.getByRole("button", { name: button }).click();
        await page.getByRole("dialog", { name: dialog }).waitFor();
        await expectAccessible(page);
        expect(await overflowOf(page), `${dialog} at ${width} px`).toBe(0);
        await page.keyboard.press("Escape");
      }
    }
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("show the head of a list without rows, and the command that fills it", async () => {
    const { page } = await openPage(browser);
    await page.goto(`${ui.url}/analysis/users?agent=team`);
    const list = page.getByRole("grid", { name: "Users" });
    await list.getByText("No trace here names its user.").waitFor();
    await list.getByText("npx hone traces edit <ids> --user <name>").waitFor();
    await page.locator(".data-head").getByText("mean reward").waitFor();
    await page.close();
  });

  it("show all columns of a list on a telephone", async () => {
    const { page } = await openPage(browser);
    await page.setViewportSize({ width: 360, height: 800 });
    const held = "/runs/first/held-out";
    for (const address of ["/traces", "/runs", held, "/evaluations", "/analysis/users"]) {
      await page.goto(ui.url + address);
      await row(page).waitFor();
      const cutOff = await page.locator(".data-table").evaluate((table) => {
        const rows = table.querySelector(".data-rows")!;
        // Without its scroll bar; its width is rounded.
        const right = rows.getBoundingClientRect().left + rows.clientWidth + 1;
        return [...table.querySelectorAll(".data-head > span")].flatMap((head) =>
          head.getBoundingClientRect().right > right ? [head.textContent] : [],
        );
      });
      expect(cutOff, address).toEqual([]);
    }
    await page.close();
  });

  it("draw the bars of spans of all levels on one scale, and say the latency of the list", async () => {
    const { page } = await openPage(browser);
    await page.goto(`${ui.url}/traces?tag=team`);
    const first = page.getByRole("row", { name: "Name a prime above 100." });
    const latency = /[0-9.]+ m?s/.exec(await first.innerText())![0];
    await first.click();
    await page.getByRole("treegrid", { name: "Spans" }).waitFor();
    expect(await page.locator(".page-head").innerText()).toContain(` ${latency} `);
    for (const width of [360, 1440]) {
      await page.setViewportSize({ width, height: 800 });
      const places = (): Promise<readonly string[]> =>
        page.locator(".time-line").evaluateAll((lines) => [
          ...new Set(
            lines.map((line) => {
              const { left, right } = line.getBoundingClientRect();
              return `${Math.round(left)} to ${Math.round(right)}`;
            }),
          ),
        ]);
      await expect.poll(places, { message: `${width} px` }).toHaveLength(1);
    }
    await page.close();
  });
});

const overflowOf = (page: Page): Promise<number> =>
  page.evaluate("document.documentElement.scrollWidth - innerWidth");
