/**
 * Every method that trains a policy, on the same two small problems from the same starts, as docs/results/algorithms.md:
 *
 *     npm run results:algorithms                                      five seeds; about 40 minutes of one core
 *     npm run results:algorithms -- --methods grpo,dpo --seeds 2 --problems prices
 *
 * Each start and each result is kept in `--cache`: a run that was interrupted goes on where it was. The page and its pictures
 * are written of all seeds on which every method was tried.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type CellOptions, type CellResult, runCell } from "./algorithms/cell.ts";
import { equations } from "./algorithms/equations.ts";
import { methods } from "./algorithms/methods.ts";
import { writePage } from "./algorithms/page.ts";
import { besideMethods, type BesideTrl, besideTrl } from "./algorithms/beside-trl.ts";
import { digestOf, startDigestOf } from "./algorithms/plan.ts";
import { prices } from "./algorithms/prices.ts";
import type { Problem } from "./algorithms/problem.ts";
import { startOf } from "./algorithms/start.ts";

const { values: flags } = parseArgs({
  options: {
    methods: { type: "string", default: Object.keys(methods).join(",") },
    problems: { type: "string", default: "equations,prices" },
    /** How many seeds, from `--first-seed` on. The page takes seeds below 100; others are for trying settings. */
    seeds: { type: "string", default: "5" },
    "first-seed": { type: "string", default: "0" },
    threads: { type: "string", default: "1" },
    /** A Python with bench/peers/requirements.txt: SFT and DPO on prices beside TRL, on the same seeds. */
    python: { type: "string" },
    cache: { type: "string", default: "runs/results-algorithms" },
    page: { type: "string", default: "docs/results/algorithms.md" },
  },
});

const whole = (name: "seeds" | "first-seed" | "threads", least: number): number => {
  const value = Number(flags[name]);
  if (Number.isInteger(value) && value >= least) return value;
  throw new Error(`--${name} is a whole number from ${least}, not "${flags[name]}"`);
};
function listed(name: "methods" | "problems", known: readonly string[]): readonly string[] {
  const names = flags[name].split(",");
  const unknown = names.find((one) => !known.includes(one));
  if (unknown === undefined) return names;
  throw new Error(`--${name} are some of ${known.join(", ")}, not "${unknown}"`);
}
const all: readonly Problem[] = [equations, prices];
const chosen = listed(
  "problems",
  all.map(({ name }) => name),
);
const problems = all.filter(({ name }) => chosen.includes(name));
const names = listed("methods", Object.keys(methods));
const threads = whole("threads", 1);
const first = whole("first-seed", 0);
const seeds = Array.from({ length: whole("seeds", 1) }, (_, i) => first + i);
const cache = resolve(flags.cache);
mkdirSync(cache, { recursive: true });

const placeOf = (problem: Problem, what: string, seed: number): string =>
  join(cache, `${problem.name}-${digestOf(problem.name)}-${what}-seed-${seed}`);

/** The result that was kept, if there is one. */
function read<T>(problem: Problem, what: string, seed: number): T | undefined {
  const file = `${placeOf(problem, what, seed)}.json`;
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as T) : undefined;
}

/** Every seed's result that was kept. */
const readAll = <T>(problem: Problem, what: string): T[] =>
  Array.from({ length: 100 }, (_, seed) => read<T>(problem, what, seed)).filter(
    (one) => one !== undefined,
  );

/** What was kept, or what `make` gives, kept; the folder that it worked in is then removed unless it is to stay. */
async function kept<T>(
  { problem, what, seed, stays = false }: Kept,
  make: (folder: string) => Promise<T>,
): Promise<T> {
  const before = read<T>(problem, what, seed);
  if (before !== undefined) return before;
  const folder = placeOf(problem, what, seed);
  rmSync(folder, { recursive: true, force: true });
  const made = await make(folder);
  writeFileSync(`${folder}.json.new`, JSON.stringify(made));
  if (!stays) rmSync(folder, { recursive: true, force: true });
  renameSync(`${folder}.json.new`, `${folder}.json`);
  return made;
}

interface Kept {
  readonly problem: Problem;
  readonly what: string;
  readonly seed: number;
  readonly stays?: boolean;
}

/** The start of a seed, with what methods are given beside it. */
async function started(
  problem: Problem,
  seed: number,
): Promise<Pick<CellOptions, "start" | "parts">> {
  const folder = join(cache, `${problem.name}-start-${startDigestOf(problem.name)}-seed-${seed}`);
  const start = await startOf(problem, { seed, threads, folder });
  const experts = await problem.experts(0, seed);
  const teacher = placeOf(problem, "sft", seed);
  return { start, parts: { problem, threads, data: start.data, experts, teacher } };
}

function cell(problem: Problem, method: string, seed: number): Promise<CellResult> {
  // SFT's run stays: its model is the teacher of distillation.
  const stays = method === "sft";
  return kept({ problem, what: method, seed, stays }, async (folder) => {
    if (methods[method]!.needsTeacher === true) await cell(problem, "sft", seed);
    return runCell({ method, seed, folder, ...(await started(problem, seed)) });
  });
}

const mean = (success: Readonly<Record<string, number>>): string => {
  const values = Object.values(success);
  return ((100 * values.reduce((a, b) => a + b, 0)) / values.length).toFixed(1);
};

const jobs = problems.flatMap((problem) =>
  seeds.flatMap((seed) => names.map((method) => ({ problem, method, seed }))),
);
for (const [i, { problem, method, seed }] of jobs.entries()) {
  const { before, after, seconds } = await cell(problem, method, seed);
  console.log(
    `${i + 1} of ${jobs.length}: ${problem.name}, seed ${seed}, ${method}: ${mean(before)} % → ${mean(after)} %, ${seconds.processor.toFixed(1)} s of the processor`,
  );
}

const { python } = flags;
if (python !== undefined) {
  for (const method of besideMethods) {
    for (const seed of seeds) {
      const what = { problem: prices, what: `trl-${method}`, seed };
      const { success } = await kept(what, async (folder) =>
        besideTrl({ method, seed, python, folder, ...(await started(prices, seed)) }),
      );
      console.log(`${method} beside TRL, seed ${seed}: ${JSON.stringify(success)}`);
    }
  }
}

/** Those of seeds that every method was tried on, so that all rows have the same starts. */
function wholeSeeds(cells: readonly CellResult[]): readonly CellResult[] {
  const bySeed = Map.groupBy(cells, ({ seed }) => seed);
  return cells.filter(({ seed }) => bySeed.get(seed)!.length === Object.keys(methods).length);
}

const results = all.map((problem) => ({
  problem,
  cells: wholeSeeds(Object.keys(methods).flatMap((method) => readAll<CellResult>(problem, method))),
}));
const beside = {
  sft: readAll<BesideTrl>(prices, "trl-sft"),
  dpo: readAll<BesideTrl>(prices, "trl-dpo"),
};
writePage(resolve(flags.page), results, beside);
console.log(flags.page);
