/** DPO beside TRL: the same start, rows, batches and settings; the loss and the margin of every step, and the held-out tasks. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { batchOfStep } from "../../../packages/hone/src/algorithms/blocks/minibatches.ts";
import type { PairRows } from "../../../packages/hone/src/algorithms/preferences/preference-rows.ts";
import type { SupervisedRow } from "../../../packages/hone/src/algorithms/blocks/datums.ts";
import { randomBits } from "../../../packages/hone/src/core/random.ts";
import { startSide } from "../real/side.ts";
import { type MethodParts, methods } from "./methods.ts";
import { plan } from "./plan.ts";
import { meanOf } from "./statistics.ts";
import type { Start } from "./start.ts";

/** A step of either side. */
interface DpoStep {
  readonly loss: number;
  readonly margin: number;
}

/** One seed of both sides. */
export interface BesideTrl {
  readonly seed: number;
  readonly ours: readonly DpoStep[];
  readonly theirs: readonly DpoStep[];
  /** Held-out success: of the start, and after either side. Theirs is measured by hone. */
  readonly success: { readonly start: number; readonly ours: number; readonly theirs: number };
}

/** What is compared. */
export interface BesideOptions {
  readonly seed: number;
  readonly start: Start;
  readonly parts: MethodParts;
  readonly python: string;
  /** A new folder for both sides. */
  readonly folder: string;
}

/** Trains both, one after the other. */
export async function besideTrl(options: BesideOptions): Promise<BesideTrl> {
  const { seed, start, folder } = options;
  mkdirSync(folder, { recursive: true });
  const pairs = wholeAnswers(start.data.pairs);
  const parts = { ...options.parts, data: { ...start.data, pairs } };
  const ours: DpoStep[] = [];
  const success: number[] = [];
  const { threads, problem } = parts;
  const run = { model: start.model, seed, threads };
  const algorithm = methods["dpo"]!.algorithm(parts);
  for await (const event of problem.train({ ...run, algorithm, out: join(folder, "ours") })) {
    if (event.kind === "evaluated")
      success.push(meanOf(event.evaluation.tasks.map((task) => task.success)));
    if (event.kind === "step") {
      const { loss, reward_margin: margin } = event.step.metrics;
      ours.push({ loss: loss!, margin: margin! });
    }
  }
  const theirs = await trlSteps({ ...options, parts }, algorithm.steps);
  const measured = await problem.heldOut({ ...run, model: join(folder, "theirs") });
  return {
    ...{ seed, ours, theirs },
    success: { start: success[0]!, ours: success.at(-1)!, theirs: measured },
  };
}

/**
 * The pairs in whole batches, with all tokens behind the first prompt in the loss: TRL's trainer learns the words of the environment
 * between two turns like those of the model, so here hone does, too.
 */
function wholeAnswers(pairs: readonly PairRows[]): PairRows[] {
  const { batchSize } = plan.offline;
  const whole = ({ tokens, mask }: SupervisedRow): SupervisedRow => {
    const prompt = mask.indexOf(1);
    return { tokens, mask: tokens.map((_, t) => (t < prompt ? 0 : 1)) };
  };
  return pairs
    .slice(0, batchSize * Math.floor(pairs.length / batchSize))
    .map(({ chosen, rejected }) => ({ chosen: whole(chosen), rejected: whole(rejected) }));
}

async function trlSteps(
  { seed, start, parts, python, folder }: BesideOptions,
  steps: number,
): Promise<DpoStep[]> {
  const { batchSize } = plan.offline;
  const { pairs } = parts.data;
  // The seed of a phase is made of the run's seed and the phase's name.
  const keys = ["dpo", randomBits(seed, "dpo")];
  const order = Array.from(
    { length: steps },
    (_, i) => batchOfStep(pairs.length, batchSize, i + 1, keys).indices,
  );
  const rows = order.flat().map((index) => {
    const { chosen, rejected } = pairs[index]!;
    const prompt = chosen.mask.indexOf(1);
    const answer = ({ tokens }: SupervisedRow): readonly number[] => tokens.slice(prompt);
    return {
      prompt_ids: chosen.tokens.slice(0, prompt),
      chosen_ids: answer(chosen),
      rejected_ids: answer(rejected),
    };
  });
  const work = join(folder, "work.json");
  const settings = { batchSize, steps, beta: 0.1, learningRate: plan.rates.preferences };
  const place = { model: start.model, out: join(folder, "theirs"), threads: parts.threads };
  writeFileSync(work, JSON.stringify({ ...settings, ...place, adam: plan.adam, rows }));
  const side = startSide(python, [join(import.meta.dirname, "trl_dpo.py"), work], false);
  const lines: DpoStep[] = [];
  for (let line = await side.next(); line !== undefined; line = await side.next())
    lines.push({ loss: Number(line["loss"]), margin: Number(line["margin"]) });
  return lines;
}
