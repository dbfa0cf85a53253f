/** SFT and DPO beside TRL: the same start, rows, batches and settings; the numbers of every step, and the held-out tasks. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SupervisedRow } from "../../../packages/hone/src/algorithms/blocks/datums.ts";
import { batchOfStep } from "../../../packages/hone/src/algorithms/blocks/minibatches.ts";
import type { PairRows } from "../../../packages/hone/src/algorithms/preferences/preference-rows.ts";
import { randomBits } from "../../../packages/hone/src/core/random.ts";
import { openRenderer } from "../../../packages/hone/src/text/renderer.ts";
import { startSide } from "../real/side.ts";
import { meanOf } from "../statistics.ts";
import { type MethodParts, methods } from "./methods.ts";
import { plan } from "./plan.ts";
import type { Start } from "./start.ts";

/** What is compared. */
export const besideMethods = ["sft", "dpo"] as const;
export type BesideMethod = (typeof besideMethods)[number];

/** A step of either side: the loss, and of DPO the reward margin. */
interface BesideStep {
  readonly loss: number;
  readonly margin: number | undefined;
}

/** One seed of both sides. */
export interface BesideTrl {
  readonly seed: number;
  readonly ours: readonly BesideStep[];
  readonly theirs: readonly BesideStep[];
  /** Held-out success: of the start, and after either side. Theirs is measured by hone. */
  readonly success: { readonly start: number; readonly ours: number; readonly theirs: number };
}

/** How it is compared. */
export interface BesideOptions {
  readonly method: BesideMethod;
  readonly seed: number;
  readonly start: Start;
  readonly parts: MethodParts;
  readonly python: string;
  /** A folder for both sides. */
  readonly folder: string;
}

/** Trains both, one after the other. */
export async function besideTrl(options: BesideOptions): Promise<BesideTrl> {
  const { method, seed, start, folder } = options;
  mkdirSync(folder, { recursive: true });
  const { batchSize } = plan.offline;
  const whole = <T>(items: readonly T[]): T[] =>
    items.slice(0, batchSize * Math.floor(items.length / batchSize));
  const data = { ...start.data, pairs: whole(start.data.pairs).map(wholeAnswers) };
  const parts = { ...options.parts, data, experts: whole(options.parts.experts) };
  const ours: BesideStep[] = [];
  const success: number[] = [];
  const { threads, problem } = parts;
  const run = { model: start.model, seed, threads };
  const algorithm = methods[method]!.algorithm(parts);
  for await (const event of problem.train({ ...run, algorithm, out: join(folder, "ours") })) {
    if (event.kind === "evaluated")
      success.push(meanOf(event.evaluation.tasks.map((task) => task.success)));
    if (event.kind === "step") {
      const { loss, reward_margin: margin } = event.step.metrics;
      ours.push({ loss: loss!, margin });
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
 * A pair with all tokens behind the first prompt in the loss: TRL's DPO learns the words of the environment between two turns like
 * those of the model, so here hone's does, too.
 */
function wholeAnswers({ chosen, rejected }: PairRows): PairRows {
  const whole = ({ tokens, mask }: SupervisedRow): SupervisedRow => {
    const prompt = mask.indexOf(1);
    return { tokens, mask: tokens.map((_, t) => (t < prompt ? 0 : 1)) };
  };
  return { chosen: whole(chosen), rejected: whole(rejected) };
}

async function trlSteps(
  { method, seed, start, parts, python, folder }: BesideOptions,
  steps: number,
): Promise<BesideStep[]> {
  const { batchSize } = plan.offline;
  const rows =
    method === "sft" ? await conversationRows(start.model, parts) : parts.data.pairs.map(pairRow);
  // The seed of a phase is made of the run's seed and the phase's name.
  const keys = [method, randomBits(seed, method)];
  const order = Array.from(
    { length: steps },
    (_, i) => batchOfStep(rows.length, batchSize, i + 1, keys).indices,
  );
  const learned = order.flat().map((index) => rows[index]!);
  const { supervised, preferences } = plan.rates.prices;
  const learningRate = method === "sft" ? supervised : preferences;
  const settings = { kind: method, batchSize, steps, beta: 0.1, learningRate, adam: plan.adam };
  const place = { model: start.model, out: join(folder, "theirs"), threads: parts.threads };
  const work = join(folder, "work.json");
  writeFileSync(work, JSON.stringify({ ...settings, ...place, rows: learned }));
  const side = startSide(python, [join(import.meta.dirname, "trl_side.py"), work], false);
  const lines: BesideStep[] = [];
  for (let line = await side.next(); line !== undefined; line = await side.next()) {
    const margin = line["margin"];
    lines.push({
      loss: Number(line["loss"]),
      margin: typeof margin === "number" ? margin : undefined,
    });
  }
  return lines;
}

async function conversationRows(model: string, { experts }: MethodParts): Promise<object[]> {
  const renderer = await openRenderer(model);
  return Promise.all(
    experts.map(async ({ messages }) => {
      const { tokens, mask } = await renderer.conversation(messages);
      return { input_ids: tokens, completion_mask: mask };
    }),
  );
}

function pairRow({ chosen, rejected }: PairRows): object {
  const prompt = chosen.mask.indexOf(1);
  return {
    prompt_ids: chosen.tokens.slice(0, prompt),
    chosen_ids: chosen.tokens.slice(prompt),
    rejected_ids: rejected.tokens.slice(prompt),
  };
}
