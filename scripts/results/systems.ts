/**
 * Every `hone run` on three seeds, as docs/results/systems.md: success on held-out tasks before and after, beside what the same
 * tasks give without a model, and what it cost.
 *
 *     npm run results:systems                                  all of them, one after the other
 *     npm run results:systems -- --systems math,writing --seeds 1
 *
 * The result of each run is kept in `--cache`: what was interrupted goes on where it was. The page is written of all results
 * that are there.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { resultFormat, type ResultRecord } from "../../packages/hone/src/formats/result-format.ts";
import { readFormat } from "../../packages/hone/src/formats/format.ts";
import { systemsPage } from "./systems/page.ts";
import { measuredRuns } from "./systems/runs.ts";

const { values: flags } = parseArgs({
  options: {
    systems: { type: "string", default: Object.keys(measuredRuns).join(",") },
    seeds: { type: "string", default: "3" },
    threads: { type: "string", default: "2" },
    cache: { type: "string", default: "runs/results-systems" },
    page: { type: "string", default: "docs/results/systems.md" },
  },
});

const whole = (name: "seeds" | "threads"): number => {
  const value = Number(flags[name]);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new Error(`--${name} is a whole number from 1, not "${flags[name]}"`);
};
const names = flags.systems.split(",");
const unknown = names.find((name) => !Object.hasOwn(measuredRuns, name));
if (unknown !== undefined)
  throw new Error(
    `--systems are some of ${Object.keys(measuredRuns).join(", ")}, not "${unknown}"`,
  );
const cache = resolve(flags.cache);
mkdirSync(cache, { recursive: true });

const fileOf = (name: string, seed: number): string => join(cache, `${name}-seed-${seed}.json`);

const pathWithThisNode = [dirname(process.execPath), process.env["PATH"]].join(delimiter);

/** Runs a system, unless its result is there. Its report is kept beside the result. */
function run(name: string, seed: number): void {
  const file = fileOf(name, seed);
  if (existsSync(file)) return;
  const folder = join(cache, `${name}-seed-${seed}`);
  rmSync(folder, { recursive: true, force: true });
  console.log(`${name}, seed ${seed}`);
  const hone = resolve(import.meta.dirname, "../../packages/hone/bin/hone.js");
  const { words, recorded, keepsRollouts = true } = measuredRuns[name]!;
  const options = ["--seed", `${seed}`, "--out", folder, "--threads", `${whole("threads")}`];
  const unkept = keepsRollouts ? ["--keep-rollouts", "none"] : [];
  const store = `${folder}.db`;
  rmSync(store, { force: true });
  const start = (given: readonly string[]): void => {
    const { status } = spawnSync(process.execPath, [hone, ...given], {
      stdio: ["ignore", "inherit", "inherit"],
      // Programs that a run starts as `node` are to run on this Node.
      env: { ...process.env, HONE_STORE: `sqlite:${store}`, PATH: pathWithThisNode },
    });
    if (status !== 0) throw new Error(`hone ${given.join(" ")} ended with ${status}`);
  };
  if (recorded !== undefined)
    start(["record", "--agent", "support", "--", "node", ...recorded, `${seed}`]);
  start([...words, ...options, ...unkept]);
  cpSync(join(folder, "report.html"), join(cache, `${name}-seed-${seed}.html`));
  cpSync(join(folder, "result.json"), file);
  rmSync(folder, { recursive: true, force: true });
  rmSync(store, { force: true });
}

function resultsOf(name: string): readonly ResultRecord[] {
  const files = Array.from({ length: 100 }, (_, seed) => fileOf(name, seed)).filter(existsSync);
  return files.map((file) => readFormat(resultFormat, readFileSync(file, "utf8"), file));
}

for (let seed = 0; seed < whole("seeds"); seed++) for (const name of names) run(name, seed);

const target = resolve(flags.page);
mkdirSync(dirname(target), { recursive: true });
const results = Object.keys(measuredRuns).map((name) => ({ name, results: resultsOf(name) }));
writeFileSync(target, systemsPage(results));
console.log(`→ ${target}`);
