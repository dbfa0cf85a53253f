/**
 * People judge the answers of a real model in the browser, by keyboard alone, and start DPO on what they said: docs/results/people.md.
 *
 *     npm run results:people                                  some minutes of two cores; needs Chromium and \`npm run build\`
 *     npm run results:people -- --pictures runs/people        with a picture of each step
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { openBrowser } from "../../test/doubles/browser.ts";
import { page, type PeopleResult } from "./people/page.ts";
import { Rater, type Rule } from "./people/raters.ts";
import { asked, difference, measured, qualityOf, recordAnswers } from "./people/recorded.ts";

const { values: flags } = parseArgs({
  options: {
    model: { type: "string", default: "models/smollm2" },
    /** The folder of runs, with the store beside them. It is made anew. */
    folder: { type: "string", default: "runs/results-people" },
    page: { type: "string", default: "docs/results/people.md" },
    pictures: { type: "string" },
    steps: { type: "string", default: "30" },
    "learning-rate": { type: "string", default: "0.0002" },
  },
});
const model = resolve(flags.model);
if (!existsSync(join(model, "config.json")))
  throw new Error(
    `${flags.model} is no model; \`node scripts/run.js scripts/smollm2.ts\` fetches it`,
  );
const folder = resolve(flags.folder);
const store = `sqlite:${join(folder, "traces.db")}`;
const [STARS, PAIRS, CORRECTIONS] = [10, 10, 5];

/** What the two who rate think of answers about which people differ. */
const rules: Readonly<Record<"ann" | "ben", Rule>> = {
  ann: { otherCalculation: 3, rightWithMore: 2 },
  ben: { otherCalculation: 1, rightWithMore: 4 },
};

async function served(): Promise<{ readonly url: string; readonly server: ChildProcess }> {
  const hone = join(import.meta.dirname, "../../packages/hone/bin/hone.js");
  const words = ["ui", "--runs", folder, "--store", store, "--port", "0", "--allow-training"];
  const server = spawn(process.execPath, [hone, ...words, "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface(server.stdout!)) {
    const { event, url } = JSON.parse(line) as { readonly event: string; readonly url: string };
    if (event === "listening") return { url, server };
  }
  throw new Error("hone ui ended before it listened");
}

const pictured = async (rater: Rater, name: string): Promise<void> => {
  if (flags.pictures === undefined) return;
  await rater.page.screenshot({ path: join(flags.pictures, `${name}.png`) });
};

/** Makes a queue of all traces on its page. */
async function makeQueue(rater: Rater, name: string, arrows: number, size: number, people = 1) {
  await rater.goto("/new-queue");
  await rater.type(rater.page.getByLabel("Name"), name);
  await rater.tabTo(rater.page.getByRole("radiogroup", { name: "What people do" }));
  await rater.press(...Array.from({ length: arrows }, () => "ArrowDown"));
  await rater.type(rater.page.getByLabel("Items at most"), String(size));
  await rater.type(rater.page.getByLabel("People for each item"), String(people));
  await pictured(rater, `new-${name}`);
  await rater.press("Enter");
  await rater.page.waitForURL(`**/people/${name}`);
}

/** Two people rate the same answers at the same time; a third looks at those on which they disagree. */
async function rate(ann: Rater, ben: Rater, cleo: Rater) {
  await makeQueue(ann, "stars", 0, STARS, 2);
  await Promise.all([ann.judge("stars"), ben.judge("stars")]);
  await Promise.all(
    (
      [
        [ann, rules.ann],
        [ben, rules.ben],
      ] as const
    ).map(async ([rater, rule]) => {
      for (let i = 0; i < STARS; i++) {
        if (i === 3) await pictured(rater, `rating-${rater.name}`);
        await rater.keep(String(await rater.rated(rule)), "Enter");
      }
    }),
  );
  await cleo.goto("/people/stars");
  await cleo.page.getByText(`${STARS} of ${STARS} judged`).waitFor();
  const shown = cleo.page.getByRole("group", { name: "Agreement of each two raters" });
  const alpha = await cleo.page
    .locator("p", { hasText: "Krippendorff" })
    .locator("strong")
    .innerText();
  const pairs = (await shown.getByRole("row").allInnerTexts())
    .slice(1)
    .map((row) => row.split("\t"));
  await pictured(cleo, "agreement");
  const conflicts = (await cleo.page.getByText("open: a third decides").count()) ?? 0;
  if (conflicts > 0) {
    await cleo.judge("stars", "?second=yes");
    for (let i = 0; i < conflicts; i++)
      await cleo.keep(String(await cleo.rated({ otherCalculation: 2, rightWithMore: 3 })), "Enter");
    await cleo.goto("/people/stars");
    await cleo.page.getByRole("group", { name: "Conflicts" }).waitFor();
    await pictured(cleo, "second-look");
  }
  const openConflicts = await cleo.page.getByText("open: a third decides").count();
  return { ratings: 2 * STARS, alpha, pairs, conflicts, openConflicts };
}

/** Two people share a queue of comparisons until so many are decided. */
async function comparePairs(ann: Rater, ben: Rater) {
  await makeQueue(ann, "pairs", 2, 60);
  await Promise.all([ann.judge("pairs"), ben.judge("pairs")]);
  const said = { decided: 0, neither: 0 };
  const half = async (rater: Rater): Promise<void> => {
    for (let decided = 0; decided < PAIRS / 2;) {
      const key = await rater.preferred();
      if (key !== "3" && decided++ === 1) await pictured(rater, `comparing-${rater.name}`);
      said[key === "3" ? "neither" : "decided"]++;
      await rater.keep(key, "Enter");
    }
  };
  await Promise.all([half(ann), half(ben)]);
  return said;
}

async function correct(ann: Rater) {
  await makeQueue(ann, "corrections", 3, CORRECTIONS);
  await ann.judge("corrections");
  const done = { changed: 0, kept: 0 };
  for (let i = 0; i < CORRECTIONS; i++) {
    const task = await ann.task();
    const isRight = qualityOf(task, await ann.answer()) === 2;
    done[isRight ? "kept" : "changed"]++;
    const words = isRight ? [] : ["Control+a", ...asked.get(task)!.expression.split("")];
    if (i === 1) await pictured(ann, "correcting");
    await ann.keep(...words, "Control+Enter");
  }
  return done;
}

/** Starts DPO on the page, waits for its end, and gives the run. */
async function trainOnPairs(ann: Rater) {
  await ann.goto("/people/pairs");
  const { page: shown } = ann;
  await shown.getByText(/better answer stood left/).waitFor();
  const sides = await shown.getByText(/better answer stood left/).innerText();
  await ann.type(shown.getByRole("textbox", { name: /^Model/ }), model);
  await ann.type(shown.getByLabel("Steps"), flags.steps);
  await ann.type(shown.getByLabel("Learning rate"), flags["learning-rate"]);
  await ann.tabTo(shown.getByRole("button", { name: "Start dpo" }));
  const start = performance.now();
  await ann.press("Enter");
  const started = shown.getByRole("region", { name: /^dpo-pairs-/ });
  await started.waitFor();
  const run = (await started.getAttribute("aria-label"))!;
  await started.getByText(/^(done|failed|stopped)$/).waitFor({ timeout: 3_600_000 });
  const seconds = (performance.now() - start) / 1000;
  await started.scrollIntoViewIfNeeded();
  await pictured(ann, "trained");
  if ((await started.getByText("done", { exact: true }).count()) === 0)
    throw new Error(await started.innerText());
  await ann.goto(`/runs/${run}`);
  await shown.getByText("last phase adds (paired)").waitFor();
  await pictured(ann, "run");
  return { run, sides, seconds };
}

rmSync(folder, { recursive: true, force: true });
for (const made of [folder, flags.pictures ?? folder]) mkdirSync(made, { recursive: true });
console.log("measuring the model, and recording its answers");
const before = await measured(model);
const answers = await recordAnswers(model, store);
const { url, server } = await served();
const browser = await openBrowser();
try {
  const [ann, ben, cleo] = await Promise.all(
    ["ann", "ben", "cleo"].map((name) => Rater.enter(browser, url, name)),
  );
  const stars = await rate(ann!, ben!, cleo!);
  console.log(`rated: ${JSON.stringify(stars)}`);
  const comparisons = await comparePairs(ann!, ben!);
  const corrections = await correct(ann!);
  console.log(`compared and corrected: ${JSON.stringify({ comparisons, corrections })}`);
  const { run, sides, seconds } = await trainOnPairs(ann!);
  const raters = [ann!, ben!, cleo!];
  for (const rater of raters) await rater.leave();
  const after = await measured(join(folder, run));
  const rows = readFileSync(join(folder, "queues/pairs/pairs.jsonl"), "utf8").trimEnd().split("\n");
  const noCalculation = (of: typeof before): number =>
    1 - (of.components["calculates"]?.value ?? 0);
  const result: PeopleResult = {
    ...{ answers, ...stars, comparisons, corrections, sides },
    keys: raters.reduce((sum, { keys }) => sum + keys, 0),
    training: {
      ...{ rows: rows.length, steps: Number(flags.steps), seconds },
      learningRate: Number(flags["learning-rate"]),
    },
    ...{ before: before.success, after: after.success, difference: difference(before, after) },
    noCalculation: { before: noCalculation(before), after: noCalculation(after) },
  };
  console.log(JSON.stringify(result, undefined, 1));
  writeFileSync(flags.page, page(result));
} finally {
  await browser.close();
  server.kill("SIGINT");
}
