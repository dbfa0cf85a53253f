/** `hone reward`: rewards of trajectories by rules, with statistics. */
import { InvalidArgumentError } from "commander";
import { type PartWeights, rewardParts } from "../../app/data/reward-parts.ts";
import type { RewardAnalysis } from "../../app/data/reward-trajectories.ts";
import { mixtureOf } from "../../app/training/mixture.ts";
import { defineCommand } from "../command.ts";
import { tableText } from "../terminal/figures.ts";

interface Flags {
  readonly out: string;
  readonly domain: string;
  readonly quality?: string;
  readonly partWeights?: PartWeights;
  readonly rewarded?: string;
  readonly stats?: true;
}

export const command = defineCommand<Flags>({
  examples: [
    'npx hone reward "data/raw/*/*.traj.json" --out analysis.json --stats',
    "npx hone reward sqlite:./hone.db --out a.json --rewarded good.jsonl",
  ],
  notes: [
    "0.4 completion + 0.2 efficiency + 0.3 quality + 0.1 reasoning, each from 0 to 1;",
    "--part-weights gives parts other weights (docs/trajectories.md). --rewarded",
    "writes the trajectories with their rewards, for `npx hone dataset`; --stats",
    "shows the spread of each part and domain.",
  ],
  otherFlags: { "--trajectory-glob": "", "--trajectories": "", "--output": "--out" },
  define: (command) =>
    void command
      .argument("<sources...>", 'files, patterns in quotes ("raw/*.json"), stores')
      .requiredOption("--out <file>", "the analysis, as JSON")
      .option("--domain <name>", "the field of what says none", "general")
      .option("--quality <file>", "a .ts file: how good a trajectory's result is")
      .option("--part-weights <list>", "as quality=0.5,reasoning=0", readPartWeights)
      .option("--rewarded <path>", "a .jsonl file or a folder")
      .option("--stats", "show the statistics"),
  run: async ({ values, flags, terminal, signal }) => {
    const { rewardTrajectories } = await import("../../app/data/reward-trajectories.ts");
    const { out, domain, quality, partWeights: weights, rewarded } = flags;
    const { progress: onProgress } = terminal;
    const analysis = await rewardTrajectories({
      ...{ sources: values, domain, out, quality, weights, rewarded, signal, onProgress },
    });
    const { count, statistics, leftOut, replaced } = analysis;
    const { mean } = statistics["all"]!["total"]!;
    terminal.tell(
      { trajectories: count, statistics, leftOut, replaced, out },
      [
        `${count === 1 ? "1 trajectory" : `${count} trajectories`}, mean reward ${mean.toFixed(3)}, in ${out}`,
        ...leftOut.map(
          ({ reason, count: n, first }) => `  ${n} left out: ${reason}, the first is ${first}`,
        ),
        ...(replaced === 0
          ? []
          : [
              `  ${replaced} had a reward already; these are other numbers, by the rules of hone reward`,
            ]),
        ...(flags.stats === true ? ["", statisticsText(analysis)] : []),
      ].join("\n"),
    );
  },
});

/** A parser of weights of parts: "quality=0.5,reasoning=0". */
function readPartWeights(text: string): PartWeights {
  const weights = mixtureOf(text);
  const isKnown = Object.entries(weights).every(
    ([name, weight]) => rewardParts.some((part) => part === name) && weight >= 0,
  );
  if (isKnown) return weights;
  throw new InvalidArgumentError(
    `It must be weights of at least 0 of ${rewardParts.join(", ")}, as quality=0.5`,
  );
}

/** A table of every domain and part, then the histogram of all totals. */
function statisticsText({ statistics }: RewardAnalysis): string {
  // Of a single domain "all" says the same.
  const domains = Object.entries(statistics).slice(
    0,
    Object.keys(statistics).length === 2 ? 1 : undefined,
  );
  const rows = domains.flatMap(([domain, parts]) =>
    Object.entries(parts).map(([part, { count, mean, deviation, min, quartiles, max }]) => [
      ...[domain, part, String(count)],
      ...[mean, deviation, min, ...quartiles, max].map((value) => value.toFixed(3)),
    ]),
  );
  const head = ["domain", "part", "n", "mean", "sd", "min", "25 %", "50 %", "75 %", "max"];
  const { histogram } = statistics["all"]!["total"]!;
  const most = Math.max(...histogram.map(({ count }) => count));
  const digits = digitsOf(histogram.map(({ from }) => from));
  const bars = histogram.map(
    ({ from, to, count }) =>
      `${from.toFixed(digits)}–${to.toFixed(digits)}  ${"█".repeat(Math.ceil((30 * count) / most))} ${count}`,
  );
  return [tableText([head, ...rows]), "", "total of all", ...bars].join("\n");
}

/** How many decimals tell the bounds of a histogram apart: 2, more where the values lie close together. */
function digitsOf(bounds: readonly number[]): number {
  const isTold = (digits: number): boolean =>
    new Set(bounds.map((bound) => bound.toFixed(digits))).size === bounds.length;
  let digits = 2;
  while (digits < maxDigits && !isTold(digits)) digits++;
  return digits;
}

/** Numbers have about 16 digits: beyond this, bounds differ by rounding alone. */
const maxDigits = 15;
