/** docs/results/algorithms.md and its pictures, of what was measured. */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import type { Interval } from "../../../packages/hone/src/evaluation/intervals.ts";
import { besidePictures, type BesideResults, besideSection } from "./beside-page.ts";
import type { CellResult } from "./cell.ts";
import { type Method, methods } from "./methods.ts";
import { markdown, number } from "./markdown.ts";
import { methodPicture } from "./picture.ts";
import { plan } from "./plan.ts";
import { type Problem, SAMPLES_PER_TASK } from "./problem.ts";
import { meanOf, overSeeds } from "../statistics.ts";

/** The results on a problem, of all seeds. */
export interface ProblemResults {
  readonly problem: Problem;
  readonly cells: readonly CellResult[];
}

const familyNames: Readonly<Record<Method["family"], string>> = {
  supervised: "supervised",
  preferences: "preferences",
  policy: "policy gradient",
};

/** A method's results on a problem, of all its seeds. */
interface MethodResults {
  readonly name: string;
  readonly method: Method;
  readonly cells: readonly CellResult[];
  readonly success: Interval;
  /** After minus before, seed by seed. */
  readonly gained: Interval;
}

const shareOf = (success: CellResult["after"]): number => meanOf(Object.values(success));

function byMethod(cells: readonly CellResult[]): MethodResults[] {
  return Object.entries(methods).flatMap(([name, method]) => {
    const own = cells.filter((cell) => cell.method === name);
    if (own.length === 0) return [];
    const success = overSeeds(own.map(({ after }) => shareOf(after)));
    const gained = overSeeds(own.map(({ before, after }) => shareOf(after) - shareOf(before)));
    return { name, method, cells: own, success, gained };
  });
}

/** Writes the page, and the pictures into the folder `pictures` beside it. */
export function writePage(
  file: string,
  results: readonly ProblemResults[],
  beside: BesideResults,
): void {
  const folder = dirname(file);
  mkdirSync(join(folder, "pictures"), { recursive: true });
  const sections = results
    .filter(({ cells }) => cells.length > 0)
    .map(({ problem, cells }) => {
      const rows = byMethod(cells);
      const picture = `pictures/algorithms-${problem.name}.svg`;
      writeFileSync(join(folder, picture), pictureOf(problem, rows));
      return section(problem, rows, picture);
    });
  const parts = [head(results), ...sections];
  for (const { file: picture, svg } of besidePictures(beside))
    writeFileSync(join(folder, picture), svg);
  parts.push(besideSection(beside));
  writeFileSync(file, `${[...parts, settings].filter((part) => part !== "").join("\n\n")}\n`);
}

const startOf = (rows: readonly MethodResults[]): Interval => {
  const bySeed = new Map(
    rows.flatMap(({ cells }) => cells.map(({ seed, before }) => [seed, shareOf(before)])),
  );
  return overSeeds([...bySeed.values()]);
};

const pictureOf = ({ title }: Problem, rows: readonly MethodResults[]): string =>
  methodPicture({
    title: `${title}: held-out success after each method`,
    families: Object.values(familyNames),
    start: startOf(rows).value,
    rows: rows.map(({ name, method, success }) => ({
      ...{ name, success },
      family: Object.keys(familyNames).indexOf(method.family),
    })),
  });

const interval = ({ value, low, high }: Interval, sign: (text: string) => string): string => {
  const ends = Number.isFinite(low) ? ` [${sign(number(low))}, ${sign(number(high))}]` : "";
  return `${sign(number(value))}${ends}`;
};
const plain = (share: Interval): string =>
  interval(
    { ...share, low: Math.max(0, share.low), high: Math.min(1, share.high) },
    (text) => text,
  );
const signed = (difference: Interval): string =>
  interval(difference, (text) => (text.startsWith("−") ? text : `+${text}`));

function verdict({ gained, cells }: MethodResults): string {
  if (gained.low > 0) return "yes";
  if (gained.high < 0) return "**no, worse**";
  const better = cells.filter(({ before, after }) => shareOf(after) > shareOf(before)).length;
  return `**not shown** (${better} of ${cells.length} seeds)`;
}

function section(problem: Problem, rows: readonly MethodResults[], picture: string): string {
  const { title, text, counts } = problem;
  const thousands = (values: readonly number[]): string => (meanOf(values) / 1000).toFixed(1);
  const table = rows.map((row) => {
    const { name, method, cells, success, gained } = row;
    return [
      ...[name, method.source, plain(success), signed(gained), verdict(row)],
      thousands(cells.map(({ tokens }) => tokens.sampled)),
      thousands(cells.map(({ tokens }) => tokens.trained)),
      meanOf(cells.map(({ seconds }) => seconds.processor)).toFixed(1),
    ];
  });
  const heads = [
    ...["method", "learns from", "success, %", "gained, points", "beats its start"],
    ...["sampled, 1000 tokens", "trained, 1000 tokens", "s of the processor"],
  ];
  const seeds = new Set(rows.flatMap(({ cells }) => cells.map(({ seed }) => seed)));
  return [
    `## ${title}`,
    `${text} ${counts.train} tasks to learn from, ${counts.test} held out, the same for all seeds. ` +
      `Steps: ${plan.offline.steps[problem.name]} of methods on given data, ${plan.online.steps[problem.name]} of those that sample. ` +
      `The ${seeds.size} starts succeed at ${plain(startOf(rows))} %.`,
    `![Held-out success after each method](${picture})`,
    markdown([heads, ...table]),
    warningsText(rows),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function warningsText(rows: readonly MethodResults[]): string {
  const said = rows.flatMap(({ name, cells }) => {
    const counts = new Map<string, number>();
    for (const [code, count] of cells.flatMap(({ warnings }) => Object.entries(warnings)))
      counts.set(code, (counts.get(code) ?? 0) + count);
    const texts = [...counts].map(([code, count]) => `${code} ${count}`);
    return texts.length === 0 ? [] : [`${name}: ${texts.join(", ")}`];
  });
  return said.length === 0 ? "" : `Warnings, counted over all seeds: ${said.join("; ")}.`;
}

function foundOn({ problem, cells }: ProblemResults): string {
  const { title } = problem;
  const rows = byMethod(cells);
  if (rows.length === 0) return `${title}: not measured yet.`;
  const others = rows.filter(({ gained }) => !(gained.low > 0)).map(({ name }) => name);
  return others.length === 0
    ? `${title}: every method beats its start.`
    : `${title}: ${rows.length - others.length} of ${rows.length} methods beat their start; not ${others.join(", ")}.`;
}

function head(results: readonly ProblemResults[]): string {
  const found = results.map(foundOn).join(" ");
  return `# Every method on the same two problems

<!-- made by \`npm run results:algorithms\`; do not edit -->

Each method begins with the same small model (one for each seed and problem) and is measured on held-out tasks, sampled at temperature 1,
${SAMPLES_PER_TASK} ${SAMPLES_PER_TASK === 1 ? "try" : "tries"} each. A row's success is the mean over seeds; brackets hold 95 % intervals over seeds (Student's t), of "gained" those of the
differences, seed by seed, to the start. A method beats its start where that interval lies above 0. What the methods compute: [algorithms](../algorithms.md).

**${found}** These are easy problems and one setting for a family and problem, tried on two other seeds: the page shows that a method learns, not which
one is best.`;
}

const ratesText = (rates: Readonly<Record<string, number>>): string =>
  Object.entries(rates)
    .map(([family, rate]) => `${family} ${rate}`)
    .join(", ");

const { start, offline, online, rates, model } = plan;
const settings = `## Settings

- The start: ${model.layers} layers of ${model.width} numbers, a tokenizer of the problem's own words, all weights trained. SFT on one episode for
  each task of an expert ${100 * start.mistakeRate} % of whose actions are wrong, ${start.steps.equations} and ${start.steps.prices} steps of ${start.batchSize} at ${start.learningRate}, cosine. A quarter of the
  episodes tell the solution behind the last question and are faultless, so that there is something that self-distill's teacher knows.
- Its rollouts, which methods on given data learn from: ${plan.samplesPerTask} for each task to learn from. Pairs are the best with the worst, the second best with the
  second worst. A rollout is desirable (KTO) where it succeeded.
- Methods on given data: batches of ${offline.batchSize} (KTO: ${2 * offline.batchSize} answers). Methods that sample: ${online.groupsPerStep} tasks a step with ${online.groupSize} answers each, ${online.minibatchesPerBatch} updates a step; PPO 2 passes, so twice as many; online DPO all its pairs, one update.
- Learning rates, constant, chosen between two or three on seeds 100 and 101, which are not on this page: equations: ${ratesText(rates.equations)}; prices: ${ratesText(rates.prices)}.
  AdamW with β₂ ${plan.adam.beta2}, gradients cut at ${plan.adam.maxGradientNorm}. All else is the methods' defaults (dr-grpo's constant: the most tokens of an answer; PPO without a clip of values).
- Tokens: sampled to learn from (of methods on given data: the start's rollouts), and in the loss, each as often as it was. Seconds of one
  core without the evaluations, with the first building of the graphs; ${cpus()[0]?.model.trim() ?? "unknown processor"}, Node ${process.versions.node}.`;
