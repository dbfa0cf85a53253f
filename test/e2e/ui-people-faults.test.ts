/** A server that is killed while people judge: what it acknowledged is in the store, and the page goes on with the next one. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openStore } from "../../packages/hone/src/app/open-store.ts";
import { answeredTrace } from "../../packages/hone/src/testing/answered-trace.ts";
import { hasBrowser, openBrowser, openPage } from "../doubles/browser.ts";
import { judgeAs, makeQueueOn, pressFor, saidIn, shownAnswer } from "../doubles/judging.ts";

const hone = join(import.meta.dirname, "../../packages/hone/bin/hone.js");
const away = "The server does not answer.";
const ITEMS = 12;

describe.skipIf(!hasBrowser)("a server that is killed while people judge", () => {
  let folder = "";
  let store = "";
  let browser: Browser;
  let server: ChildProcess;

  beforeAll(async () => {
    browser = await openBrowser();
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "hone-ui-people-faults-"));
    store = `sqlite:${join(folder, "traces.db")}`;
    const opened = await openStore(store);
    await opened.put(
      Array.from({ length: ITEMS }, (_, i) => answeredTrace(`t${i}`, `${i}`, `task ${i}`)),
    );
    await opened.close();
    return async () => {
      await killed();
      await rm(folder, { recursive: true, force: true });
    };
  });
  afterAll(() => browser?.close());

  /** Starts the command, and waits for its address. */
  async function started(port = "0"): Promise<string> {
    const words = [
      "ui",
      "--runs",
      join(folder, "runs"),
      "--store",
      store,
      "--port",
      port,
      "--json",
    ];
    server = spawn(process.execPath, [hone, ...words], { stdio: ["ignore", "pipe", "inherit"] });
    for await (const line of createInterface(server.stdout!)) {
      const { event, url } = JSON.parse(line) as { event: string; url: string };
      if (event === "listening") return url;
    }
    throw new Error("the server ended before it listened");
  }

  /** Kills it as the system does, without a chance to write anything. */
  async function killed(): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill("SIGKILL");
    await once(server, "exit");
  }

  const ratings = async (): Promise<Readonly<Record<string, number>>> =>
    Object.fromEntries((await saidIn(store, "rating")).map((one) => [one.traceId, one.rating]));

  it("loses nothing that it acknowledged, and the page says that it is away and goes on", async () => {
    const url = await started();
    const { page } = await openPage(browser);
    await makeQueueOn(page, url, { name: "stars", kind: "Rate 1 to 5" });
    await judgeAs(page, url, "stars", "ada");
    const said: Record<string, number> = {};
    const rate = async (count: number): Promise<void> => {
      const answer = Number(await shownAnswer(page));
      said[`t${answer}`] = 1 + (answer % 5);
      await pressFor(page, count, String(1 + (answer % 5)), "Enter");
    };
    for (let count = 1; count <= 3; count++) await rate(count);
    await killed();
    expect(await ratings()).toEqual(said);
    // What is chosen and typed while it is away is kept, and sent when it is back.
    const answer = Number(await shownAnswer(page));
    said[`t${answer}`] = 5;
    for (const key of ["5", "r", "s", "o", "Enter"]) await page.keyboard.press(key);
    await page.getByText(away).waitFor();
    expect(await shownAnswer(page)).toBe(String(answer));
    await started(new URL(url).port);
    await page.getByText("4 by you", { exact: true }).waitFor();
    await page.getByText(away).waitFor({ state: "detached" });
    for (let count = 5; count <= ITEMS; count++) await rate(count);
    expect(await ratings()).toEqual(said);
    expect((await saidIn(store, "rating")).find(({ reason }) => reason === "so")).toMatchObject({
      traceId: `t${answer}`,
    });
    await page.close();
  });

  it("killed in the middle of ratings has kept each one whole or not at all, and all of them at the end", async () => {
    const url = await started();
    const { page } = await openPage(browser);
    await makeQueueOn(page, url, { name: "stars", kind: "Rate 1 to 5" });
    await judgeAs(page, url, "stars", "ada");
    /** The trace whose answer is sent, and those of which the server said that it has kept it. */
    let current = "";
    const acknowledged = new Set<string>();
    page.on("response", (response) => {
      if (response.ok() && response.url().endsWith("/answers")) acknowledged.add(current);
    });
    // At another moment of the request each time: when it is sent, and some milliseconds later.
    for (const [i, delay] of [0, 1, 3, 6, 12].entries()) {
      const sent = page.waitForRequest((request) => request.url().endsWith("/answers"));
      const answer = Number(await shownAnswer(page));
      current = `t${answer}`;
      await page.keyboard.press(String(1 + (answer % 5)));
      await page.keyboard.press("Enter");
      await sent;
      await new Promise((resolve) => setTimeout(resolve, delay));
      await killed();
      const kept = await ratings();
      for (const id of acknowledged) expect(kept).toHaveProperty(id);
      for (const [id, rating] of Object.entries(kept))
        expect(rating).toBe(1 + (Number(id.slice(1)) % 5));
      await started(new URL(url).port);
      await page.getByText(`${i + 1} by you`, { exact: true }).waitFor();
      // The next item, of which nothing is chosen yet.
      await expect
        .poll(() => page.getByRole("form").getByRole("radio", { checked: true }).count())
        .toBe(0);
      expect(await ratings()).toMatchObject({ [current]: 1 + (answer % 5) });
    }
    expect(Object.keys(await ratings())).toHaveLength(5);
    await page.close();
  });
});
