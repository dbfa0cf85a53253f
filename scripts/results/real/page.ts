/** docs/results/real.md out of what was measured. */
import { arch, cpus } from "node:os";
import {
  type Interval,
  pairedShareDifference,
  wilson,
} from "../../../packages/hone/src/evaluation/intervals.ts";
import { experimentNames, peerNames, plans } from "./experiments.ts";
import type { GgufResult } from "./gguf.ts";
import type { PeerResult } from "./peer.ts";
import { insideShare, pictureFile } from "./pictures.ts";
import type { SeedResult } from "./seed.ts";
import type { Score, StepLine } from "./step-line.ts";

/** Everything that was measured; what is missing is left out. */
export interface Results {
  readonly a: readonly SeedResult[];
  readonly b: readonly SeedResult[];
  readonly c: readonly SeedResult[];
  readonly d: readonly SeedResult[];
  readonly trl: { readonly a: PeerResult | undefined; readonly b: PeerResult | undefined };
  readonly gguf: GgufResult | undefined;
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
const withInterval = ({ value, low, high }: Interval): string =>
  `${percent(value)} [${percent(low)}, ${percent(high)}]`;
const signed = ({ value, low, high }: Interval): string => {
  const plus = (share: number): string =>
    `${share < 0 ? "−" : "+"}${Math.abs(100 * share).toFixed(0)}`;
  return `${plus(value)} [${plus(low)}, ${plus(high)}]`;
};
const median = (values: readonly number[]): number =>
  values.toSorted((x, y) => x - y)[Math.floor(values.length / 2)] ?? Number.NaN;
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const table = (rows: readonly (readonly (string | number)[])[]): string => {
  const [head, ...body] = rows.map((cells) => `| ${cells.join(" | ")} |`);
  return [head, `|${rows[0]!.map(() => "---").join("|")}|`, ...body].join("\n");
};

/** The share of each task over all seeds, in the order of the tasks. */
const rates = (scores: readonly Score[]): number[] =>
  Object.keys(scores[0]!.success).map((id) => mean(scores.map(({ success }) => success[id]!)));
const shareOf = (share: readonly number[]): Interval =>
  wilson(
    share.reduce((sum, one) => sum + one, 0),
    share.length,
  );

function successTable(seeds: readonly SeedResult[]): string {
  const row = (name: string, some: readonly SeedResult[]): string[] => {
    const [before, after] = [some.map((one) => one.before), some.map((one) => one.after)].map(
      rates,
    );
    const difference = signed(pairedShareDifference(before!, after!));
    return [name, withInterval(shareOf(before!)), withInterval(shareOf(after!)), difference];
  };
  const together = seeds.length > 1 ? [row("**all**", seeds)] : [];
  return table([
    ["seed", "before", "after", "difference in points"],
    ...seeds.map((one) => row(String(one.seed), [one])),
    ...together,
  ]);
}

function componentTable(seeds: readonly SeedResult[]): string {
  const names = Object.keys(seeds[0]!.before.components);
  const of = (side: "before" | "after", name: string): string =>
    percent(mean(seeds.map((one) => one[side].components[name] ?? 0)));
  return table([
    ["part of the reward, mean of the seeds", "before", "after"],
    ...names.map((name) => [`\`${name}\``, of("before", name), of("after", name)]),
  ]);
}

function costTable(results: Results): string {
  const rows = experimentNames.flatMap((name) =>
    results[name].map((one) => [
      `(${name}) ${one.seed}`,
      (one.seconds / 60).toFixed(1),
      (one.processorSeconds / 60).toFixed(1),
      median(one.steps.map(({ seconds }) => seconds)).toFixed(1),
      one.peakMemoryMb,
    ]),
  );
  const head = ["seed", "minutes", "of the processor", "s a step", "peak MB"];
  return table([head, ...rows]);
}

function learned(title: string, text: string, seeds: readonly SeedResult[]): string {
  if (seeds.length === 0) return "";
  const steps = seeds.map(
    ({ seed, steps: lines }) =>
      `seed ${seed}: ${lines.map(({ value }) => value.toFixed(2)).join(" ")}`,
  );
  const { total, trained } = seeds[0]!.parameters;
  const size = `${(trained / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(0)} million numbers are trained.`;
  const parts = [`## ${title}`, `${text} ${size}`, successTable(seeds), componentTable(seeds)];
  return [
    ...parts,
    "Each step's mean reward, or its loss where nothing is sampled:",
    `\`\`\`text\n${steps.join("\n")}\n\`\`\``,
  ].join("\n\n");
}

function peerSection({ trl, a, b }: Results): string {
  const rows = peerNames.flatMap((name) => {
    const peer = trl[name];
    if (peer === undefined) return [];
    const first = (name === "a" ? a : b).find(({ seed }) => seed === 0);
    const row = (who: string, steps: readonly StepLine[], score: Score | undefined): string[] => [
      `(${name}) ${who}`,
      median(steps.map(({ seconds }) => seconds)).toFixed(1),
      median(steps.map(({ processorSeconds }) => processorSeconds)).toFixed(1),
      String(steps.at(-1)!.peakMemoryMb),
      score === undefined ? "not run to the end" : withInterval(shareOf(rates([score]))),
    ];
    return [row("hone", peer.ours, first?.after), row("TRL", peer.theirs, peer.whole?.after)];
  });
  if (rows.length === 0) return "";
  const text =
    "The same model folder, data (a: the same tokens in the same batches; b: the same prompts), adapter, learning rate and AdamW, " +
    "f32, two threads, seed 0. The two took turns, step by step: medians of those steps, and the largest resident size up to " +
    "the last of them. Held-out tasks of TRL's adapter are measured by hone. Other work kept the machine busy, which slows both sides.";
  const head = ["", "s a step", "of the processor", "peak MB", "held-out success, whole run"];
  const curves = peerNames.flatMap((name) => {
    const share = insideShare(name, name === "a" ? a : b, trl[name]);
    if (share === undefined) return [];
    const said = `TRL's curve lies where 95 % of further seeds of hone would in ${share.inside} of ${share.of} steps.`;
    return [`(${name}) ${said}`, `![Curves of hone and TRL](${pictureFile(name)})`];
  });
  const caveat =
    trl.a !== undefined && trl.a.isSameLoss !== true
      ? [
          "TRL's side of (a) was measured before a fault of the script was found: it learned the prompts as well as the answers, and the " +
            "rows in another order. Its times and memory are those of the same rows; what it learned cannot be compared. The script is " +
            "mended, and [SFT of a small model beside TRL](algorithms.md#sft-and-dpo-beside-trl) has equal losses.",
        ]
      : [];
  return ["## Beside TRL and PEFT", text, table([head, ...rows]), ...caveat, ...curves].join(
    "\n\n",
  );
}

function ggufSection({ gguf }: Results): string {
  if (gguf === undefined) return "";
  const counts = gguf.ours.map(({ tokens }) => tokens.length);
  const rows = gguf.files.map(({ name, megabytes, hasSameTokens, equal }) => [
    name,
    megabytes.toFixed(1),
    hasSameTokens ? "equal" : "DIFFERENT",
    equal.map((n, i) => `${n}/${counts[i]}`).join(", "),
  ]);
  const head = ["file", "MB", "tokens of the prompts", "tokens equal to hone's, prompt by prompt"];
  const text =
    "The model with the adapter of (a), seed 0, as GGUF files; the likeliest tokens of llama.cpp beside those of hone on the f32 " +
    "weights. Rounded weights may choose another word where two are nearly as likely.";
  const replies = gguf.ours.map(
    ({ asked, text: reply }) => `${asked}\n  → ${JSON.stringify(reply)}`,
  );
  return [
    "## The exported files in llama.cpp",
    text,
    table([head, ...rows]),
    `\`\`\`text\n${replies.join("\n")}\n\`\`\``,
  ].join("\n\n");
}

/** The page. */
export function page(results: Results): string {
  const { a, b, c, d } = plans;
  const parts = [
    "# A real pretrained model",
    "<!-- made by `npm run results:real`; do not edit -->",
    "SmolLM2-135M-Instruct, out of its Q4_1 file ([models.md](../models.md#a-pretrained-model-for-development)), with adapters of " +
      `rank ${plans.lora.rank} on all linear layers. Held-out tasks, the same for all seeds, are measured with the likeliest tokens, ` +
      "before and after; intervals are 95 %: Wilson's, and Newcombe's for the paired difference; over several seeds a task counts once, with its rate.",
    learned(
      "(a) A form of tool calls, by 200 examples",
      `SFT, ${a.examples} questions with the right call of one of three tools, passes: ${a.epochs}, batches of ${a.batchSize}, learning rate ${a.learningRate}. ` +
        "The template knows no tools, so they are [a text in the system message](../tools.md#how-a-model-is-shown-tools). " +
        `${a.heldOut} held-out questions have other wordings, places and things. Success: one call that is read, fits the schema and is of the right tool, without repairs.`,
      results.a,
    ),
    learned(
      "(b) A calculator, by rewards",
      `GRPO, ${b.steps} steps of ${b.groupsPerStep} questions with ${b.groupSize} answers each, at most ${b.maxTokens} tokens, learning rate ${b.learningRate}. ` +
        "The model writes what is to be calculated (`Split 426 into 6 equal parts.` → `426/6`), a calculator does so. Reward: 1 for the right " +
        `result, 0.2 for another, 0 for anything that is no calculation. ${b.heldOut} held-out questions have other numbers.`,
      results.b,
    ),
    learned(
      "(c) The calculator, by pairs",
      `DPO, ${c.pairs} questions of (b) with two answers each, passes: ${c.epochs}, batches of ${c.batchSize}, learning rate ${c.learningRate}, β ${c.beta}. ` +
        "What is to be calculated is preferred to the same with another operation, or with its result behind it. Held-out questions and " +
        "success are those of (b).",
      results.c,
    ),
    learned(
      "(d) The calculator, with a critic",
      `PPO, ${d.steps} steps of ${d.answersPerStep} questions with one answer each, ${d.epochsPerBatch} passes over a step's answers in ${d.minibatchesPerBatch} minibatches, learning ` +
        `rates ${d.learningRate} and, of the critic, ${d.criticLearningRate}; the critic is a value head and an adapter of its own on the same model. Questions, reward and success are those of (b).`,
      results.d,
    ),
    "## What it costs",
    `${cpus().length} cores, ${cpus()[0]?.model.trim() ?? arch()}, Node ${process.versions.node}. Minutes of a whole seed with both evaluations; where other programs ran ` +
      "beside it the time of the processor, over all threads, says more.",
    costTable(results),
    peerSection(results),
    ggufSection(results),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}
