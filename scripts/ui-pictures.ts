/**
 * Pictures of every page of `hone ui` in both themes, for docs/dashboard.md: of two runs of `hone run math`, of the examples of
 * examples/record/ and of a team, recorded for it.
 *
 *     npm run pictures                             minutes of two cores; needs Chromium and `npm run build`
 *     npm run pictures -- --run runs/math          of a run that is there already
 *     npm run pictures -- --only times --only team of some pages alone; the others' pictures stay
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Browser, Page } from "playwright-core";
import { openStore } from "../packages/hone/src/app/open-store.ts";
import { serveUi } from "../packages/hone/src/app/ui/serve-ui.ts";
import { bin } from "../test/doubles/own-code.ts";
import { openBrowser } from "../test/doubles/browser.ts";
import { recordExamples, recordTeam } from "./pictures/recorded.ts";

const { values: flags } = parseArgs({
  options: {
    run: { type: "string" },
    /** The run that it is compared with. Default: one of a narrower model, which is made. */
    other: { type: "string" },
    /** Names of pages. Default: all. */
    only: { type: "string", multiple: true },
    /** Where runs and traces are made; it is made anew. */
    folder: { type: "string", default: "runs/ui-pictures" },
    out: { type: "string", default: "docs/pictures/ui" },
  },
});

const size = { width: 1120, height: 700 };
/** What a picture may take in the repository, in bytes. */
const MAX_BYTES = 60_000;

/** A page to take a picture of: what it is called, where it is, and what is there when it can be taken. */
interface Shot {
  readonly name: string;
  readonly path: string;
  readonly shows: string;
  /** What is done before. */
  readonly before?: (page: Page) => Promise<void>;
}

const out = resolve(flags.out);
const given = [flags.run, flags.other].map((path) => path && resolve(path));
const folder = resolve(flags.folder);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
// Pages show where runs and traces are: as somebody sees it who started `hone ui` there.
process.chdir(folder);
const runs = "runs";
const store = "sqlite:./traces.db";
mkdirSync(runs);
takeRun("math", given[0]);
takeRun("narrow", given[1], "--width", "64");
await recordExamples(store);
await recordTeam(store);
await nameSessions();
hone("queues", "make", "answers", "--kind", "rate", "--runs", runs, "--store", store);
const shots = chosenOf(await shotsOf("math"));
if (flags.only === undefined) rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const ui = await serveUi({ runs, store, port: 0, allowChat: true });
const browser = await openBrowser();
for (const shot of shots) {
  for (const theme of ["light", "dark"] as const) await take(browser, ui.url, shot, theme);
  console.log(shot.name);
}
await browser.close();
await ui.close();

/** Puts a run into the folder of runs: a copy of the given one, else one that is made with these options. */
function takeRun(name: string, from: string | undefined, ...options: readonly string[]): void {
  const place = join(runs, name);
  if (from === undefined) hone("run", "math", "--out", place, ...options);
  else cpSync(from, place, { recursive: true });
}

/** Says whose conversation each trace is a turn of: examples know no users. */
async function nameSessions(): Promise<void> {
  const opened = await openStore(store);
  const { traces } = await opened.query({ limit: 50 });
  await opened.close();
  const people = ["ada", "ben", "cleo"];
  for (const [i, { id }] of traces.entries()) {
    const user = people[i % people.length]!;
    const words = ["--session", `${user}-${1 + (i >> 2)}`, "--user", user];
    hone("traces", "edit", id, ...words, "--store", store);
  }
}

/** The shots that were asked for. */
function chosenOf(all: readonly Shot[]): readonly Shot[] {
  const { only } = flags;
  const unknown = only?.find((name) => all.every((shot) => shot.name !== name));
  if (unknown !== undefined)
    throw new Error(`no page ${unknown}: there are ${all.map(({ name }) => name).join(", ")}`);
  return all.filter(({ name }) => only === undefined || only.includes(name));
}

function hone(...words: readonly string[]): void {
  const { status } = spawnSync(process.execPath, [bin, ...words], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) throw new Error(`hone ${words.join(" ")} ended with ${String(status)}`);
}

async function shotsOf(run: string): Promise<readonly Shot[]> {
  const opened = await openStore(store);
  const { traces } = await opened.query({ limit: 50 });
  await opened.close();
  const traceOf = (agent: string): string => {
    // The first one: lists begin with the last.
    const found = traces.findLast((one) => one.agent === agent);
    if (found === undefined)
      throw new Error(
        `no trace of ${agent} among those of ${traces.map((one) => one.agent).join(", ")}`,
      );
    return encodeURIComponent(found.id);
  };
  const row = `[role="row"] [role="gridcell"]`;
  const step = "phase=grpo&step=3";
  return [
    { name: "runs", path: "/runs", shows: row },
    { name: "run", path: `/runs/${run}`, shows: ".chart canvas" },
    {
      name: "compared",
      path: `/compare?run=${run}&run=narrow`,
      shows: ".chart canvas",
    },
    { name: "rollouts", path: `/runs/${run}/rollouts?${step}`, shows: "main table" },
    {
      name: "tokens",
      path: `/runs/${run}/rollout?${step}&id=step-00003-group-00-rollout-00`,
      shows: ".token",
    },
    { name: "held-out", path: `/runs/${run}/held-out`, shows: row },
    {
      name: "evaluations",
      path: `/evaluations?stage=${run}/after+sft&stage=${run}/after+grpo`,
      shows: "section h2",
    },
    { name: "traces", path: "/traces", shows: row },
    {
      name: "trace",
      path: `/traces/${traceOf("reception")}`,
      shows: "[role=treegrid]",
      before: (page) =>
        page
          .getByRole("row", { name: /gpt-5-mini/ })
          .first()
          .click(),
    },
    { name: "team", path: `/traces/${traceOf("team")}`, shows: "[role=treegrid]" },
    {
      name: "difference",
      path: `/analysis/diff?trace=${traceOf("openai-chat")}&trace=${traceOf("openai-responses")}`,
      shows: "main h2, main h3",
    },
    { name: "sessions", path: "/analysis/sessions", shows: row },
    { name: "users", path: "/analysis/users", shows: row },
    { name: "errors", path: "/analysis/errors", shows: ".error-group" },
    { name: "times", path: "/analysis/times", shows: ".chart canvas" },
    { name: "people", path: "/people", shows: row },
    { name: "queue", path: "/people/answers", shows: "main h2" },
    {
      name: "judging",
      path: "/people/answers/judge",
      shows: "main form",
      before: async (page) => {
        await page.getByRole("textbox").fill("ann");
        await page.getByRole("button", { name: "Begin" }).click();
        await page.getByRole("radiogroup", { name: "Your judgement" }).waitFor();
      },
    },
    { name: "chat", path: `/runs/${run}/chat`, shows: "main textarea" },
  ];
}

async function take(
  browser: Browser,
  url: string,
  { name, path, shows, before }: Shot,
  theme: "light" | "dark",
): Promise<void> {
  const page = await browser.newPage({ viewport: size, colorScheme: theme });
  await page.goto(url + path);
  await page.locator(shows).first().waitFor({ timeout: 60_000 });
  await before?.(page);
  // Curves are drawn in the frames after their numbers are there.
  await page.waitForTimeout(500);
  const file = join(out, `${name}-${theme}.jpg`);
  for (let quality = 75; ; quality -= 5) {
    const { length } = await page.screenshot({ path: file, type: "jpeg", quality });
    if (length <= MAX_BYTES) break;
    if (quality <= 30) throw new Error(`${file} takes ${length} bytes, more than ${MAX_BYTES}`);
  }
  await page.close();
}
