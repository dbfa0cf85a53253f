/** A training that is a part of a larger run, read back from its own run folder. */
import { join } from "node:path";
import type { Evaluation } from "../../evaluation/evaluate.ts";
import { sum } from "../../evaluation/intervals.ts";
import { findLatest } from "../../runs/load-checkpoint.ts";
import type { ResultRecord } from "../../formats/result-format.ts";
import { readResult } from "../../runs/report-data.ts";
import { runFiles } from "../../runs/run-folder.ts";
import { stateOf } from "../training/run-state.ts";
import type { RunWarning } from "../training/run-warnings.ts";

/** A finished training. */
export interface StoredTraining {
  /** Before it. */
  readonly before: Evaluation;
  readonly after: Evaluation;
  readonly seconds: number;
  readonly parameters: { readonly total: number; readonly trained: number } | undefined;
  readonly warnings: readonly RunWarning[];
  readonly cost: ResultRecord["cost"];
  /** The last numbers of its steps. */
  readonly training: NonNullable<ResultRecord["training"]>;
  /** The folder of the model or the adapter that it trained. */
  readonly trained: string;
}

/**
 * The training of a run folder; undefined where it is not finished.
 * @param phase  the name of its only phase, such as "sft"
 * @throws FILE_DAMAGED, CHECKPOINT_DAMAGED
 */
export async function storedTraining(
  folder: string,
  phase: string,
): Promise<StoredTraining | undefined> {
  const result = await readResult(folder);
  const checkpoint = await findLatest(join(folder, runFiles.checkpoints));
  if (result?.checkpoint === undefined || checkpoint === undefined) return undefined;
  const { evaluations } = stateOf(checkpoint);
  const of = (name: string) => evaluations.find((one) => one.name === name)?.evaluation;
  const [before, after] = [of("start"), of(`after ${phase}`)];
  if (before === undefined || after === undefined) return undefined;
  const { seconds, parameters, cost, warnings = [], training = [] } = result;
  const trained = join(folder, result.checkpoint);
  return { before, after, seconds, parameters, cost, warnings, training, trained };
}

/** What several trainings cost together; undefined where one of them did not count it. */
export function totalCost(costs: readonly StoredTraining["cost"][]): StoredTraining["cost"] {
  const known = costs.filter((cost) => cost !== undefined);
  if (known.length < costs.length) return undefined;
  type Cost = (typeof known)[number];
  const sumOf = (of: (cost: Cost) => number): number => sum(known.map(of));
  return {
    processorSeconds: sumOf(({ processorSeconds }) => processorSeconds),
    peakMemoryBytes: Math.max(...known.map(({ peakMemoryBytes }) => peakMemoryBytes)),
    tokensSampled: sumOf(({ tokensSampled }) => tokensSampled),
    tokensTrained: sumOf(({ tokensTrained }) => tokensTrained),
  };
}
