/**
 * A tool agent of three turns from `tiny`, as docs/results/tools.md: SFT on 100 expert episodes, then GRPO.
 *
 *     npm run results:tools                     three seeds, one after the other; about 2 minutes each on two cores
 *     npm run results:tools -- --seeds 1
 *
 * Each seed's result is kept in `--cache`, and the page is written of all that are there.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { EXPERTS, type Interval, type SeedCommand, type SeedResult } from "./tools/seed.ts";
import { heldOut, known } from "./tools/shop.ts";

const { values: flags } = parseArgs({
  options: {
    seeds: { type: "string", default: "3" },
    threads: { type: "string", default: "2" },
    "sft-steps": { type: "string", default: "285" },
    "grpo-steps": { type: "string", default: "20" },
    "grpo-rate": { type: "string", default: "5e-5" },
    cache: { type: "string", default: "runs/results-tools" },
    page: { type: "string", default: "docs/results/tools.md" },
  },
});

const whole = (name: "seeds" | "threads" | "sft-steps" | "grpo-steps"): number => {
  const value = Number(flags[name]);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new Error(`--${name} is a whole number from 1, not "${flags[name]}"`);
};
const grpoRate = Number(flags["grpo-rate"]);
if (!(grpoRate > 0)) throw new Error(`--grpo-rate is above 0, not "${flags["grpo-rate"]}"`);
const steps = { sftSteps: whole("sft-steps"), grpoSteps: whole("grpo-steps"), grpoRate };
const cache = resolve(flags.cache);
mkdirSync(cache, { recursive: true });

function seedResult(seed: number): SeedResult {
  const name = join(
    cache,
    `sft-${steps.sftSteps}-grpo-${steps.grpoSteps}-at-${grpoRate}-seed-${seed}`,
  );
  const file = `${name}.json`;
  if (!existsSync(file)) {
    rmSync(name, { recursive: true, force: true });
    const command: SeedCommand = { seed, threads: whole("threads"), out: name, ...steps };
    const script = join(import.meta.dirname, "tools/seed.ts");
    const output = execFileSync(process.execPath, [script, JSON.stringify(command)], {
      stdio: ["ignore", "pipe", "inherit"],
      encoding: "utf8",
    });
    writeFileSync(file, output.trimEnd().split("\n").at(-1)!);
  }
  return JSON.parse(readFileSync(file, "utf8")) as SeedResult;
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
const interval = ({ value, low, high }: Interval): string =>
  `${percent(value)} (${percent(low)} to ${percent(high)})`;

function page(results: readonly SeedResult[]): string {
  const rows = results.map(({ seed, measured, gained, minutes, processorMinutes }) => {
    const cells = measured.map(({ success }) => interval(success));
    const times = [minutes.toFixed(1), processorMinutes.toFixed(1)];
    return `| ${[seed, ...cells, interval(gained), ...times].join(" | ")} |`;
  });
  const parts = results.flatMap(({ seed, measured }) =>
    measured.map(({ name, parts: { looked = 0, computed = 0, said = 0 } }) => {
      return `| ${[seed, name, ...[looked, computed, said].map(percent)].join(" | ")} |`;
    }),
  );
  return `# A tool agent of three turns, from random weights

Made by \`npm run results:tools\`. The model is \`tiny\`, new for each seed. A question asks what two of a thing cost; the agent is
hone's \`toolLoop\` with two tools: it looks the price up, has it doubled, and says the sum. Done is a question of which all three
replies are right. SFT takes ${steps.sftSteps} steps of 8 out of ${EXPERTS} expert episodes, GRPO ${steps.grpoSteps} steps of 6 groups of 8
at a learning rate of ${grpoRate}. ${heldOut.length} questions in
words that are asked of no such thing in training are held out, ${known.length} are known. Intervals are of 95 %.

| seed | before | after SFT | after GRPO | GRPO added | minutes | of the processor |
|---|---|---|---|---|---|---|
${rows.join("\n")}

The three replies, as shares of the held-out questions of which each was right:

| seed | when | price looked up | doubled | said |
|---|---|---|---|---|
${parts.join("\n")}
`;
}

const results = Array.from({ length: whole("seeds") }, (_, seed) => seedResult(seed));
const target = resolve(flags.page);
mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, page(results));
console.log(`${results.length} seeds in ${target}`);
