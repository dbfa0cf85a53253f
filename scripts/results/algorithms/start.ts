/** Where all methods begin: a small model that has learned from an expert that makes mistakes, and its rollouts. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type {
  PairRows,
  RatedRow,
} from "../../../packages/hone/src/algorithms/preferences/preference-rows.ts";
import {
  pairsOfRollouts,
  rowOfRollout,
} from "../../../packages/hone/src/algorithms/preferences/rollout-pairs.ts";
import { sft } from "../../../packages/hone/src/algorithms/supervised/sft.ts";
import type { Message } from "../../../packages/hone/src/core/message.ts";
import type { Rollout } from "../../../packages/hone/src/core/rollout.ts";
import { newModel } from "../../../packages/hone/src/engine/model-files/new-model.ts";
import { plan } from "./plan.ts";
import type { ExpertEpisode, Problem } from "./problem.ts";

/** The start of one seed. */
export interface Start {
  /** The model's folder. */
  readonly model: string;
  readonly data: StartData;
}

/** What the start's rollouts on the training tasks give to learn from. */
export interface StartData {
  readonly rated: readonly (RatedRow & { readonly reward: number; readonly task: string })[];
  readonly pairs: readonly PairRows[];
  /** Tokens that were sampled for it. */
  readonly tokens: number;
  /** Of the processor, for the model and its rollouts. */
  readonly processorSeconds: number;
}

/** How a start is made. */
export interface StartOptions {
  readonly seed: number;
  readonly threads: number;
  /** Where it is kept; what is there already is read. */
  readonly folder: string;
}

/** The start of a seed: made once and saved. */
export async function startOf(problem: Problem, options: StartOptions): Promise<Start> {
  const file = join(options.folder, "data.json");
  if (!existsSync(file)) {
    const making = `${options.folder}.new`;
    rmSync(making, { recursive: true, force: true });
    mkdirSync(making, { recursive: true });
    const data = await make(problem, { ...options, folder: making });
    writeFileSync(join(making, "data.json"), JSON.stringify(data));
    rmSync(options.folder, { recursive: true, force: true });
    renameSync(making, options.folder);
  }
  return {
    model: join(options.folder, "model"),
    data: JSON.parse(readFileSync(file, "utf8")) as StartData,
  };
}

async function make(problem: Problem, options: StartOptions): Promise<StartData> {
  const { seed, threads, folder } = options;
  const before = process.cpuUsage();
  const model = join(folder, "model");
  renameSync(await taught(problem, options), model);
  rmSync(join(folder, "run"), { recursive: true });
  const rollouts = await problem.rollouts({ model, seed, threads }, plan.samplesPerTask);
  const { user, system } = process.cpuUsage(before);
  return { ...dataOf(rollouts), processorSeconds: (user + system) / 1e6 };
}

/** The model after SFT, in the folder of its run. */
async function taught(problem: Problem, { seed, threads, folder }: StartOptions): Promise<string> {
  const { mistakeRate, steps, told: _, ...settings } = plan.start;
  const conversations = toldSome(
    await problem.experts(mistakeRate, seed),
    await problem.experts(0, seed),
  );
  const base = join(folder, "base");
  await newModel({ ...plan.model, folder: base, texts: conversations, seed });
  const algorithm = sft({
    ...settings,
    conversations,
    steps: steps[problem.name],
    schedule: "cosine",
    adam: plan.adam,
  });
  const run = { model: base, algorithm, seed, threads, out: join(folder, "run") };
  for await (const event of problem.train(run)) {
    if (event.kind === "done") return event.result.checkpoint;
  }
  throw new Error("the run ended without a result");
}

/**
 * The expert's episodes, and as the given share of all, ones in which the last turn is told the solution and is right, so that the
 * model has learned to use a solution where it is told one.
 */
function toldSome(
  faulty: readonly ExpertEpisode[],
  faultless: readonly ExpertEpisode[],
): (readonly Message[])[] {
  const { told } = plan.start;
  const count = Math.round((told / (1 - told)) * faulty.length);
  const some = Array.from({ length: count }, (_, i) => {
    const { messages, hint } = faultless[i % faultless.length]!;
    const turn = i % (messages.length / 2);
    return messages
      .slice(0, 2 * turn + 2)
      .map((message, k) =>
        k === 2 * turn ? { ...message, content: `${message.content}\n\n${hint}` } : message,
      );
  });
  return [...faulty.map(({ messages }) => messages), ...some];
}

function dataOf(rollouts: readonly Rollout[]): Omit<StartData, "processorSeconds"> {
  const groups = Map.groupBy(rollouts, ({ task }) => task.id);
  const pairs = [...groups.values()].flatMap((group) => pairsOfRollouts(group).pairs);
  const rated = rollouts.flatMap((rollout) => {
    const row = rowOfRollout(rollout);
    if (row === undefined || typeof row === "string") return [];
    const { tokens, mask } = row;
    const { isSuccess, reward, task } = rollout;
    return { tokens, mask, isDesirable: isSuccess, reward: reward!.total, task: task.id };
  });
  const tokens = rollouts.flatMap(({ turns }) => turns.map((turn) => turn.tokens.length));
  return {
    rated,
    pairs: pairs.map(({ chosen, rejected }) => ({ chosen, rejected })),
    tokens: tokens.reduce((sum, one) => sum + one, 0),
  };
}
