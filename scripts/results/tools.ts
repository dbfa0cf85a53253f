/**
 * A tool agent of three turns from `tiny`, as docs/results/tools.md: SFT on 100 expert episodes, then GRPO.
 *
 *     npm run results:tools                     three seeds, one after the other; about 9 minutes each on one core
 *     npm run results:tools -- --seeds 1
 *
 * Each seed's result is kept in `--cache`, and the page is written of all that are there.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import {
  EXPERTS,
  GRPO,
  type Interval,
  type SeedCommand,
  type SeedResult,
  SFT,
  TEMPERATURE,
} from "./tools/seed.ts";
import { heldOut, known } from "./tools/shop.ts";

const { values: flags } = parseArgs({
  options: {
    seeds: { type: "string", default: "3" },
    threads: { type: "string", default: "2" },
    "sft-steps": { type: "string", default: "600" },
    "grpo-steps": { type: "string", default: "40" },
    cache: { type: "string", default: "runs/results-tools" },
    page: { type: "string", default: "docs/results/tools.md" },
  },
});

const whole = (name: "seeds" | "threads" | "sft-steps" | "grpo-steps"): number => {
  const value = Number(flags[name]);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new Error(`--${name} is a whole number from 1, not "${flags[name]}"`);
};
const steps = { sftSteps: whole("sft-steps"), grpoSteps: whole("grpo-steps") };
const cache = resolve(flags.cache);
mkdirSync(cache, { recursive: true });

function seedResult(seed: number): SeedResult {
  const name = join(cache, `sft-${steps.sftSteps}-grpo-${steps.grpoSteps}-seed-${seed}`);
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
    measured.map(({ name, parts: { looked = 0, computed = 0, said = 0, cheapest = 0 } }) => {
      return `| ${[seed, name, ...[looked, computed, said, cheapest].map(percent)].join(" | ")} |`;
    }),
  );
  return `# A tool agent of three turns, from random weights

Made by \`npm run results:tools\`. The model is \`tiny\`, new for each seed. A question asks what two of a thing cost; the agent is
hone's \`toolLoop\` with three tools: it looks the price up in one of two shops, has it doubled, and says the sum. One shop is cheaper, which only the
reward knows, after the last turn: two of three of the ${EXPERTS} expert episodes go to the other. Done is a question of which all is right and the price is the lower.

SFT takes ${steps.sftSteps} steps of ${SFT.batchSize} episodes at ${SFT.learningRate} (cosine), GRPO ${steps.grpoSteps} steps of ${GRPO.groupsPerStep} groups of ${GRPO.groupSize}
at ${GRPO.learningRate}, sampled at temperature ${TEMPERATURE}. ${heldOut.length} questions in words that are asked of no such thing in
training are held out, ${known.length} are known; they are answered greedily. Intervals are of 95 %.

| seed | before | after SFT | after GRPO | GRPO added | minutes | of the processor |
|---|---|---|---|---|---|---|
${rows.join("\n")}

The parts of the reward, as shares of the held-out questions of which each was right:

| seed | when | price looked up | doubled | said | the lower price |
|---|---|---|---|---|---|
${parts.join("\n")}
`;
}

const results = Array.from({ length: whole("seeds") }, (_, seed) => seedResult(seed));
const target = resolve(flags.page);
mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, page(results));
console.log(`${results.length} seeds in ${target}`);
