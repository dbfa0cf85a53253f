/**
 * The same training with its rollouts played in process and by workers, some of them killed, as docs/results/workers.md:
 *
 *     npm run results:workers                                   three seeds, four places
 *     npm run results:workers -- --seeds 1 --places alone,killed
 *
 * Needs PostgreSQL (apt-get install postgresql), which it starts in a folder of its own, and Linux, which counts the processor time of
 * killed workers. The result of each run is kept in `--cache`; the page is written of all results that are there.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { startPostgres } from "../../packages/hone/src/store/fixtures/postgres-fixture.ts";
import { type CellResult, measuredCell } from "./workers/cell.ts";
import { workersPage } from "./workers/page.ts";
import { type Place, type PlaceName, places } from "./workers/places.ts";

const { values: flags } = parseArgs({
  options: {
    seeds: { type: "string", default: "3" },
    places: { type: "string", default: Object.keys(places).join(",") },
    steps: { type: "string", default: "20" },
    cache: { type: "string", default: "runs/results-workers" },
    page: { type: "string", default: "docs/results/workers.md" },
  },
});

const whole = (name: "seeds" | "steps"): number => {
  const value = Number(flags[name]);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new Error(`--${name} is a whole number from 1, not "${flags[name]}"`);
};
const isPlace = (name: string): name is PlaceName => Object.hasOwn(places, name);
const names = flags.places.split(",").map((name) => {
  if (isPlace(name)) return name;
  throw new Error(`--places are some of ${Object.keys(places).join(", ")}, not "${name}"`);
});
const steps = whole("steps");
const cache = resolve(flags.cache);
mkdirSync(cache, { recursive: true });

const fileOf = (name: PlaceName, seed: number): string =>
  join(cache, `${name}-steps-${steps}-seed-${seed}.json`);

/** The model that the runs of a seed start from: a small one after supervised learning. */
function startOf(seed: number): string {
  const folder = join(cache, `start-seed-${seed}`);
  if (existsSync(join(folder, "result.json"))) return folder;
  rmSync(folder, { recursive: true, force: true });
  const hone = resolve(import.meta.dirname, "../../packages/hone/bin/hone.js");
  const words = ["train", "sft", "--domain", "math", "--train-tasks", "500", "--steps", "260"];
  const rates = ["--mistake-rate", "0.2", "--learning-rate", "0.002", "--schedule", "cosine"];
  const place = ["--seed", `${seed}`, "--out", folder, "--threads", "1"];
  execFileSync(process.execPath, [hone, ...words, ...rates, ...place], { stdio: "inherit" });
  return folder;
}

/** Runs a place with a seed, unless its result is there. */
async function run(name: PlaceName, seed: number): Promise<void> {
  const file = fileOf(name, seed);
  if (existsSync(file)) return;
  const start = startOf(seed);
  console.log(`${name}, seed ${seed}`);
  const out = join(cache, `${name}-seed-${seed}`);
  rmSync(out, { recursive: true, force: true });
  const place: Place = places[name];
  const postgres = place.queue === "postgres" ? await startPostgres() : undefined;
  try {
    rmSync(`${out}.db`, { force: true });
    const queue = place.queue && (await (postgres?.freshUrl() ?? `sqlite:${out}.db`));
    const result = await measuredCell({ place, seed, start, out, queue, steps });
    writeFileSync(file, JSON.stringify(result, undefined, 1));
  } finally {
    await postgres?.stop();
  }
  rmSync(out, { recursive: true, force: true });
  rmSync(`${out}.db`, { force: true });
}

for (let seed = 0; seed < whole("seeds"); seed++) for (const name of names) await run(name, seed);

const resultsOf = (name: PlaceName): readonly CellResult[] =>
  Array.from({ length: 100 }, (_, seed) => fileOf(name, seed))
    .filter(existsSync)
    .map((file) => JSON.parse(readFileSync(file, "utf8")) as CellResult);

const target = resolve(flags.page);
const measured = Object.keys(places).filter(isPlace);
writeFileSync(
  target,
  workersPage(
    measured.map((name) => ({ name, results: resultsOf(name) })),
    steps,
  ),
);
console.log(`→ ${target}`);
