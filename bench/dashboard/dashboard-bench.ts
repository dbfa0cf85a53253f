/**
 * The table of the dashboard: how soon its pages are painted and show what they are for, how soon a condition is answered, and whether
 * anything is blank while one scrolls, in a real browser.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { hasBrowser, openBrowser } from "../../test/doubles/browser.ts";
import { startChild } from "../children.ts";
import { columns } from "../columns.ts";
import { median } from "../median.ts";
import { listening } from "../serving/listening.ts";
import { fillShown, makeShownRuns, shownTrace } from "./dashboard-data.ts";

/** Repetitions of each question. */
const REPETITIONS = 5;
const STEPS = 10_000;
const TOKENS = 32_000;
/** Frames of scrolling, and how far each goes, in pixels. */
const [FRAMES, DISTANCE] = [120, 200];

/** A page: its address, and the selector of what it is for. */
interface MeasuredPage {
  readonly name: string;
  readonly path: string;
  readonly shows: string;
}

/** Medians, in ms. */
export interface PageFigures {
  readonly name: string;
  /** From the beginning of the navigation to the first paint of text. */
  readonly painted: number;
  /** To what the page is for. */
  readonly shown: number;
}

/** From the change of a condition until the rows that meet it are drawn; median, in ms. */
export interface ConditionFigures {
  readonly name: string;
  readonly drawn: number;
}

/** What one sees while scrolling. */
export interface ScrollFigures {
  readonly name: string;
  readonly frames: number;
  /** Frames in whose middle nothing was drawn. */
  readonly blank: number;
  /** The longest frame, in ms. */
  readonly longest: number;
}

export interface DashboardFigures {
  readonly traces: number;
  readonly pages: readonly PageFigures[];
  readonly conditions: readonly ConditionFigures[];
  readonly scrolls: readonly ScrollFigures[];
}

const row = `[role="row"] [role="gridcell"]`;

const twoTraces = (traces: number): string =>
  [0, 1].map((more) => `trace=${shownTrace(Math.floor(traces / 2) + more).id}`).join("&");

const pagesOf = (traces: number): readonly MeasuredPage[] => [
  { name: "Runs", path: "/runs", shows: row },
  { name: `a run of ${STEPS} steps`, path: "/runs/long", shows: ".chart canvas" },
  {
    name: `a rollout of ${TOKENS} tokens`,
    path: "/runs/long/rollout?phase=grpo&step=1&id=long",
    shows: ".token",
  },
  {
    name: "its groups",
    path: "/runs/long/rollouts?phase=grpo&step=1",
    shows: ".group",
  },
  {
    name: `two runs of ${STEPS} steps`,
    path: "/compare?run=long&run=other",
    shows: ".chart canvas",
  },
  { name: "Traces", path: "/traces", shows: row },
  { name: "a trace", path: `/traces/${shownTrace(Math.floor(traces / 2)).id}`, shows: row },
  { name: "two traces", path: `/analysis/diff?${twoTraces(traces)}`, shows: "ins, del" },
  { name: "Sessions", path: "/analysis/sessions", shows: row },
  { name: "Users", path: "/analysis/users", shows: row },
  { name: "Over time, by agent", path: "/analysis/times?by=agent", shows: ".chart canvas" },
  { name: "Errors", path: "/analysis/errors", shows: ".error-group" },
];

/** Conditions of the page of traces, as its address has them. */
const conditions: readonly (readonly [name: string, query: string])[] = [
  ["agent", "agent=critic"],
  ["state", "status=failed"],
  ["agent, state, reward", "agent=writer&status=failed&minReward=0.5"],
  ["user", "user=user-7"],
  ["tag", "tag=held-out"],
  ["tokens", "minTokens=4000"],
  ["latency", "minLatency=29900"],
  ["by tokens", "order=tokens"],
  ["a rare word", "text=wffj"],
  ["a common word", "text=w8c"],
  ["two common words", "text=w8c+w1c"],
];

/**
 * Fills a store and a folder of runs, and looks at them.
 * @param given  a store that is there already, in place of one that is made
 */
export async function benchDashboard(
  folder: string,
  traces: number,
  given?: string,
): Promise<DashboardFigures> {
  if (!hasBrowser)
    throw new Error("the dashboard is measured in Chromium: apt-get install chromium");
  const runs = join(folder, "dashboard-runs");
  await mkdir(runs);
  await makeShownRuns(runs, STEPS, TOKENS);
  const store = given ?? `sqlite:${join(folder, "dashboard.db")}`;
  if (given === undefined) await fillShown(store, traces);
  const bin = fileURLToPath(new URL("../../packages/hone/bin/hone.js", import.meta.url));
  const words = ["ui", "--runs", runs, "--store", store, "--port", "0", "--json"];
  const server = startChild(process.execPath, [bin, ...words], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const browser = await openBrowser();
  try {
    const url = await listening(createInterface(server.stdout!));
    return { traces, ...(await looked(browser, url, traces)) };
  } finally {
    await browser.close();
    server.kill("SIGTERM");
  }
}

async function looked(
  browser: Browser,
  url: string,
  traces: number,
): Promise<Omit<DashboardFigures, "traces">> {
  const pages: PageFigures[] = [];
  for (const one of pagesOf(traces)) pages.push(said(await pageFigures(browser, url, one)));
  const page = await newPage(browser);
  const asked: ConditionFigures[] = [];
  for (const [name, query] of conditions)
    asked.push(said(await conditionFigures(page, url, name, query)));
  const scrolls = [
    await scrolled(page, `${url}/traces`, "Traces", {
      box: "[role=grid]",
      drawn: ".data-row",
    }),
    await scrolled(page, `${url}/runs/long/rollout?phase=grpo&step=1&id=long`, "tokens", {
      box: "html",
      drawn: ".token",
    }),
  ];
  await page.context().close();
  return { pages, conditions: asked, scrolls };
}

/** Figures as they come, for somebody who waits. */
function said<T>(figures: T): T {
  console.error(`dashboard: ${JSON.stringify(figures)}`);
  return figures;
}

/** Each time in a new context, as somebody who has never been there: nothing is in the browser's cache. */
async function pageFigures(
  browser: Browser,
  url: string,
  { name, path, shows }: MeasuredPage,
): Promise<PageFigures> {
  const painted: number[] = [];
  const shown: number[] = [];
  for (let i = 0; i < REPETITIONS; i++) {
    const page = await newPage(browser);
    await page.addInitScript(`honeBench.markShown(${JSON.stringify(shows)})`);
    await page.goto(url + path);
    await page.locator(shows).first().waitFor({ timeout: 120_000 });
    await page.evaluate("honeBench.drawn()");
    const times = (await page.evaluate("honeBench.times()")) as {
      readonly painted: number;
      readonly shown: number;
    };
    painted.push(times.painted);
    shown.push(times.shown);
    await page.context().close();
  }
  return { name, painted: median(painted), shown: median(shown) };
}

const inPage = fileURLToPath(new URL("in-page.js", import.meta.url));

async function newPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.addInitScript({ path: inPage });
  return context.newPage();
}

/** From the change of the address, as a form makes it, to the last change that the answer made in the page. */
async function conditionFigures(
  page: Page,
  url: string,
  name: string,
  query: string,
): Promise<ConditionFigures> {
  const times: number[] = [];
  for (let i = 0; i < REPETITIONS; i++) {
    await page.goto(`${url}/traces`);
    await page.locator(row).first().waitFor();
    const asked = [...new URLSearchParams(query)];
    const answered = page.waitForResponse((answer) => {
      const { pathname, searchParams } = new URL(answer.url());
      return (
        pathname === "/api/traces" && asked.every(([key, value]) => searchParams.get(key) === value)
      );
    });
    await page.evaluate(`honeBench.go(${JSON.stringify(`/traces?${query}`)})`);
    await (await answered).finished();
    times.push(Number(await page.evaluate("honeBench.settled()")));
  }
  return { name, drawn: median(times) };
}

interface Scrolled {
  /** The selector of what scrolls. */
  readonly box: string;
  /** The selector of what is to be seen in it. */
  readonly drawn: string;
}

async function scrolled(
  page: Page,
  address: string,
  name: string,
  parts: Scrolled,
): Promise<ScrollFigures> {
  await page.goto(address);
  await page.locator(`${parts.box} :is(${parts.drawn})`).first().waitFor();
  const how = JSON.stringify({ ...parts, count: FRAMES, distance: DISTANCE });
  const seen = (await page.evaluate(`honeBench.scroll(${how})`)) as Omit<ScrollFigures, "name">;
  return { name, ...seen };
}

export function dashboardTable({
  traces,
  pages,
  conditions: asked,
  scrolls,
}: DashboardFigures): string {
  const ms = (value: number): string => `${value.toFixed(0)} ms`;
  return [
    columns([
      [`pages, ${traces} traces`, "first paint", "shown"],
      ...pages.map(({ name, painted, shown }) => [name, ms(painted), ms(shown)]),
    ]),
    columns([
      ["Traces, a condition", "drawn after"],
      ...asked.map(({ name, drawn }) => [name, ms(drawn)]),
    ]),
    columns([
      [`scrolling, ${DISTANCE} px a frame`, "frames", "blank", "longest"],
      ...scrolls.map(({ name, frames, blank, longest }) => [
        ...[name, String(frames), String(blank), ms(longest)],
      ]),
    ]),
  ].join("\n\n");
}
