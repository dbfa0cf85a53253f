/** TRL with PEFT on the same work: the same rows in the same batches, or the same prompts, adapter and settings. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { toolSettings } from "../../../packages/hone/src/agents.ts";
import { batchOfStep } from "../../../packages/hone/src/algorithms/blocks/minibatches.ts";
import { randomBits } from "../../../packages/hone/src/core/random.ts";
import { openRenderer } from "../../../packages/hone/src/text/renderer.ts";
import { askedCalculation, calculations } from "./calculations.ts";
import { type ExperimentName, plans } from "./experiments.ts";
import { lastLine, type Side, startSide } from "./side.ts";
import type { SeedCommand } from "./seed.ts";
import type { Score, StepLine } from "./step-line.ts";
import { expertCall, toolQuestions, tools } from "./tool-questions.ts";

/** What was measured side by side. */
export interface PeerResult {
  /** Steps that were taken in turns. */
  readonly ours: readonly StepLine[];
  readonly theirs: readonly StepLine[];
  /**
   * Whether their loss was that of the answers alone and their batches were hone's. Absent in results of before 2026-11-30, whose
   * SFT learned the prompts, too, in another order.
   */
  readonly isSameLoss?: boolean;
  /** Their largest resident size after the libraries were loaded and before the model was. */
  readonly baselineMemoryMb: number | undefined;
  /** All their steps, where they went to the end: the reward or loss of each, and the held-out tasks, measured by hone. */
  readonly whole:
    | {
        readonly values: readonly number[];
        readonly after: Score;
        readonly seconds: number;
        readonly processorSeconds: number;
      }
    | undefined;
}

/** How the two are compared. */
export interface PeerOptions {
  readonly experiment: ExperimentName;
  readonly model: string;
  readonly python: string;
  /** Steps that the two take in turns. */
  readonly turns: number;
  /** Whether theirs goes on to the end, so that what it learned is measured. */
  readonly isWhole: boolean;
  /** A folder for both, new. */
  readonly folder: string;
}

/** The rows of (a) as tokens, batch by batch in the order of hone's steps. */
async function supervised(model: string, seed: number) {
  const { examples, batchSize, epochs } = plans.a;
  const renderer = await openRenderer(model);
  const settings = toolSettings(tools);
  const conversations = toolQuestions("train", examples, seed).map(expertCall);
  const rows = await Promise.all(
    conversations.map((messages) => renderer.conversation(messages, settings)),
  );
  const steps = epochs * Math.ceil(examples / batchSize);
  const order = Array.from(
    { length: steps },
    // The seed of a phase is made of the run's seed and the phase's name.
    (_, i) => batchOfStep(examples, batchSize, i + 1, ["sft", randomBits(seed, "sft")]).indices,
  );
  const learned = order.flat().map((index) => rows[index]!);
  return { kind: "sft", rows: learned, rowsPerStep: batchSize, steps };
}

/** The prompts of (b) as text, with their results. */
async function rewarded(model: string, seed: number) {
  const { questions, steps, groupSize, groupsPerStep, maxTokens } = plans.b;
  const renderer = await openRenderer(model);
  const prompts = await Promise.all(
    calculations("train", questions, seed).map(async (task) => ({
      prompt: await renderer.decode(await renderer.prompt(askedCalculation(task))),
      result: task.result,
    })),
  );
  const rowsPerStep = groupSize * groupsPerStep;
  return { kind: "grpo", prompts, rowsPerStep, groupSize, maxTokens, steps };
}

/** Their work as the file that trl_side.py reads. */
async function workFile({ experiment, model, folder }: PeerOptions): Promise<string> {
  const work = experiment === "a" ? await supervised(model, 0) : await rewarded(model, 0);
  const { learningRate } = plans[experiment];
  const file = join(folder, "work.json");
  const shared = { model, seed: 0, threads: 2, out: join(folder, "theirs"), lora: plans.lora };
  writeFileSync(file, JSON.stringify({ ...work, ...shared, learningRate, adam: plans.adam }));
  return file;
}

/** Steps in turns, then, where wanted, theirs to the end. */
export async function besideTrl(options: PeerOptions): Promise<PeerResult> {
  const { experiment, model, python, turns, isWhole, folder } = options;
  mkdirSync(folder, { recursive: true });
  const script = join(import.meta.dirname, "trl_side.py");
  const theirs = startSide(python, [script, await workFile(options)], true);
  const command: SeedCommand = {
    experiment,
    model,
    seed: 0,
    out: join(folder, "ours"),
    isPaced: true,
    heldOut: 1,
  };
  const seedScript = join(import.meta.dirname, "seed.ts");
  const ours = startSide(process.execPath, [seedScript, JSON.stringify(command)], true);
  const steps = { ours: [] as StepLine[], theirs: [] as StepLine[] };
  for (let i = 0; i < turns; i++) {
    steps.ours.push(await stepOf(ours));
    steps.theirs.push(await stepOf(theirs));
    console.log(
      `  ${experiment} step ${i + 1}: hone ${steps.ours[i]!.seconds.toFixed(1)} s, TRL ${steps.theirs[i]!.seconds.toFixed(1)} s`,
    );
  }
  ours.stop();
  if (!isWhole) {
    theirs.stop();
    return { ...steps, isSameLoss: true, baselineMemoryMb: undefined, whole: undefined };
  }
  theirs.release();
  const values = steps.theirs.map(({ value }) => value);
  const last = await lastLine(theirs, (line) => {
    values.push(Number(line["value"]));
    console.log(`  ${experiment} TRL step ${String(line["step"])}: ${String(line["value"])}`);
  });
  return {
    ...steps,
    isSameLoss: true,
    baselineMemoryMb: Number(last["baselineMemoryMb"]),
    whole: {
      values,
      after: await scoreAdapter(experiment, model, String(last["adapter"])),
      seconds: Number(last["seconds"]),
      processorSeconds: Number(last["processorSeconds"]),
    },
  };
}

async function stepOf(side: Side): Promise<StepLine> {
  side.turn();
  const line: unknown = await side.next();
  if (line === undefined) throw new Error("a side ended before its steps were done");
  return line as StepLine;
}

/** The held-out tasks with an adapter of theirs, measured as ours is. */
async function scoreAdapter(
  experiment: ExperimentName,
  model: string,
  adapter: string,
): Promise<Score> {
  const script = join(import.meta.dirname, "score.ts");
  const command = JSON.stringify({ experiment, model, adapter });
  const score: unknown = await lastLine(startSide(process.execPath, [script, command], false));
  return score as Score;
}
