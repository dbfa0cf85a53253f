/** The page of results, and what it is made of. */
import type { Interval } from "../../../packages/hone/src/evaluation/intervals.ts";
import { plan } from "./recorded.ts";

/** What came out. */
export interface PeopleResult {
  readonly answers: number;
  readonly ratings: number;
  readonly alpha: string;
  /** Raters, how many both judged, in how many they said the same, Cohen's κ: as the page shows it. */
  readonly pairs: readonly (readonly string[])[];
  readonly conflicts: number;
  readonly openConflicts: number;
  readonly comparisons: { readonly decided: number; readonly neither: number };
  readonly sides: string;
  readonly corrections: { readonly changed: number; readonly kept: number };
  readonly keys: number;
  readonly training: {
    readonly rows: number;
    readonly steps: number;
    readonly learningRate: number;
    readonly seconds: number;
  };
  readonly before: Interval;
  readonly after: Interval;
  readonly difference: Interval;
  /** Words said instead of right calculations, before and after: the share of answers that are no calculation. */
  readonly noCalculation: { readonly before: number; readonly after: number };
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
const points = (share: number): string =>
  `${share < 0 ? "−" : "+"}${Math.abs(100 * share).toFixed(0)}`;
const within = ({ value, low, high }: Interval, as = percent): string =>
  `${as(value)} [${as(low)}, ${as(high)}]`;

/** docs/results/people.md */
export const page = (result: PeopleResult): string => `# People judge, and a model learns from it

<!-- made by \`npm run results:people\`; do not edit -->

SmolLM2-135M-Instruct ([models.md](../models.md#a-pretrained-model-for-development)) says what a calculator is to calculate
(\`Split 426 into 6 equal parts.\` → \`426/6\`): ${result.answers} answers to ${plan.questions} questions, sampled at temperature 1, kept as traces. Then \`hone ui --allow-training\`, Chromium, and three raters,
each in a browser of their own, two of them at the same time, who use no pointer: ${result.keys} keys, those of making the queues and starting the training included.

The raters are programs that read what the page shows and judge by a rule of their own, so that this can be done again; they differ in what they think of a right calculation with more behind it and of a
wrong one. Nothing else is a stand-in: server, store, pages, keys, training and measurement are those of everybody.

| what people did | |
|---|---|
| rated from 1 to 5, each answer by two people | ${result.ratings} |
| Krippendorff’s α, ordinal | ${result.alpha} |
${result.pairs.map(([raters, both, same, kappa]) => `| Cohen’s κ of ${raters}, quadratic; ${both} judged by both, ${same} the same | ${kappa} |`).join("\n")}
| answers on which they were two points or more apart; open after a third one’s second look | ${result.conflicts}; ${result.openConflicts} |
| compared two answers blind: one is better, neither is | ${result.comparisons.decided}, ${result.comparisons.neither} |
| corrected in place: changed, right as it was | ${result.corrections.changed}, ${result.corrections.kept} |

${result.sides}

## DPO on the pairs, started from the page

${result.training.rows} pairs, of which the command holds one back; ${result.training.steps} steps at ${result.training.learningRate}, an adapter of rank 8 on \`q_proj\` and \`v_proj\`, else as the command has it; ${result.training.seconds.toFixed(0)} s on two
cores that other work kept busy. ${plan.heldOut} held-out questions have other numbers, and are answered with the likeliest tokens. Success is the right result.

| before | after | paired difference in points |
|---|---|---|
| ${within(result.before)} | ${within(result.after)} | ${within(result.difference, points)} |

Answers that are no calculation at all: ${percent(result.noCalculation.before)} before, ${percent(result.noCalculation.after)} after. Ten pairs are few, and ${plan.heldOut} questions, too: a difference whose interval holds 0 is not shown to be one.
`;
