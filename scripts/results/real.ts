/**
 * What hone does with a real pretrained model, SmolLM2-135M-Instruct, as docs/results/real.md:
 *
 *     npm run results:real                                   three seeds of every experiment; about an hour on two cores
 *     npm run results:real -- --only a --seeds 1             one of them, one seed
 *     npm run results:real -- --python ~/.venvs/hone-peers/bin/python --llama ~/.hone-llama
 *
 * `--python` adds TRL and PEFT on the same work (bench/README.md says how to install them), `--llama` the exported files in
 * llama.cpp, from a folder in which `npm install node-llama-cpp@3.22.1` was run. Each seed's result is kept in `--cache`: a run that was interrupted goes on, and loses one seed at most. The page is
 * written of what is there.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { digestOf, type ExperimentName, experimentNames, peerNames } from "./real/experiments.ts";
import { ggufAnswers } from "./real/gguf.ts";
import { page, type Results } from "./real/page.ts";
import { besideTrl } from "./real/peer.ts";
import { curvePicture, pictureFile } from "./real/pictures.ts";
import type { SeedCommand, SeedResult } from "./real/seed.ts";
import { lastLine, startSide } from "./real/side.ts";

const { values: flags } = parseArgs({
  options: {
    seeds: { type: "string", default: "3" },
    only: { type: "string" },
    threads: { type: "string", default: "2" },
    /** Seeds at the same time. Their minutes are then those of a shared machine. */
    parallel: { type: "string", default: "1" },
    model: { type: "string", default: "models/smollm2" },
    cache: { type: "string", default: "runs/results-real" },
    page: { type: "string", default: "docs/results/real.md" },
    python: { type: "string" },
    /** Steps that hone and TRL take in turns. */
    turns: { type: "string", default: "5" },
    /** Stop TRL after these steps: no final score of theirs. */
    "turns-only": { type: "boolean", default: false },
    llama: { type: "string" },
  },
});

const whole = (name: "seeds" | "threads" | "parallel" | "turns"): number => {
  const value = Number(flags[name]);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new Error(`--${name} is a whole number from 1, not "${flags[name]}"`);
};
const { only } = flags;
const names = experimentNames.filter((name) => only === undefined || name === only);
if (names.length === 0)
  throw new Error(`--only is one of ${experimentNames.join(", ")}, not "${only}"`);
const model = resolve(flags.model);
const cache = resolve(flags.cache);

if (!existsSync(join(model, "config.json"))) {
  const script = join(import.meta.dirname, "../smollm2.ts");
  execFileSync(process.execPath, [script, "--out", model], { stdio: "inherit" });
}
mkdirSync(cache, { recursive: true });

/** What was kept, or what `make` gives, kept. */
async function kept<T>(name: string, make: (folder: string) => Promise<T>): Promise<T> {
  const [file, folder] = [join(cache, `${name}.json`), join(cache, name)];
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as T;
  rmSync(folder, { recursive: true, force: true });
  const made = await make(folder);
  writeFileSync(`${file}.new`, JSON.stringify(made, undefined, 1));
  renameSync(`${file}.new`, file);
  return made;
}

/** The result that was kept, if there is one. */
function read<T>(name: string): T | undefined {
  const file = join(cache, `${name}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as T) : undefined;
}

const seedName = (experiment: ExperimentName, seed: number): string =>
  `${experiment}-${digestOf(experiment)}-seed-${seed}`;

function runSeed(experiment: ExperimentName, seed: number): Promise<SeedResult> {
  return kept(seedName(experiment, seed), async (out) => {
    console.log(`${experiment}, seed ${seed}`);
    const command: SeedCommand = { experiment, model, seed, out, threads: whole("threads") };
    const script = join(import.meta.dirname, "real/seed.ts");
    const side = startSide(process.execPath, [script, JSON.stringify(command)], false);
    const last: unknown = await lastLine(side, ({ step, seconds, value }) =>
      console.log(
        `  ${experiment} seed ${seed} step ${String(step)}: ${Number(value).toFixed(3)}, ${Number(seconds).toFixed(1)} s`,
      ),
    );
    return last as SeedResult;
  });
}

const jobs = names.flatMap((name) =>
  Array.from({ length: whole("seeds") }, (_, seed) => ({ name, seed })),
);
await Promise.all(
  Array.from({ length: whole("parallel") }, async () => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift())
      await runSeed(job.name, job.seed);
  }),
);

const { python, llama } = flags;
if (python !== undefined) {
  for (const experiment of peerNames.filter((name) => names.includes(name))) {
    await kept(`${experiment}-${digestOf(experiment)}-trl`, (folder) =>
      besideTrl({
        experiment,
        model,
        python,
        folder,
        turns: whole("turns"),
        isWhole: !flags["turns-only"],
      }),
    );
  }
}
if (llama !== undefined) {
  // By its place in the cache, which may have moved since.
  const adapter = join(cache, seedName("a", 0), "adapter");
  if (!existsSync(adapter))
    throw new Error("--llama takes the adapter of (a), seed 0: run it first");
  await kept(`gguf-${digestOf("a")}`, (folder) =>
    ggufAnswers({ model, adapter, llama: resolve(llama), folder }),
  );
}

const seedsOf = (experiment: ExperimentName): SeedResult[] =>
  Array.from({ length: 100 }, (_, seed) => read<SeedResult>(seedName(experiment, seed))).filter(
    (result) => result !== undefined,
  );
const results: Results = {
  a: seedsOf("a"),
  b: seedsOf("b"),
  c: seedsOf("c"),
  d: seedsOf("d"),
  trl: { a: read(`a-${digestOf("a")}-trl`), b: read(`b-${digestOf("b")}-trl`) },
  gguf: read(`gguf-${digestOf("a")}`),
};
mkdirSync(join(flags.page, "../pictures"), { recursive: true });
for (const name of peerNames) {
  const picture = curvePicture(name, results[name], results.trl[name]);
  if (picture !== undefined) writeFileSync(join(flags.page, "..", pictureFile(name)), picture);
}
writeFileSync(flags.page, page(results));
console.log(flags.page);
