/** A run's rollouts with what training did with them, and the tokenizer and template to read them by: of `hone audit` and `hone ui`. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { HoneError, isHoneError } from "../../core/errors.ts";
import type { TrainedRollout } from "../../core/trained-rollout.ts";
import type { RunRecord } from "../../formats/run-format.ts";
import { stageName } from "../../evaluation/before-and-after.ts";
import { metricsFormat } from "../../formats/metrics-format.ts";
import type { Renderer } from "../../ports/renderer.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { readRollouts, type StoredGroup } from "../../rollouts/stored-rollouts.ts";
import { runName } from "../../runs/find-run.ts";
import { readJsonl } from "../../runs/jsonl-log.ts";
import { readRunRecord, runNameOf } from "../../runs/open-run.ts";
import { runFiles } from "../../runs/run-folder.ts";
import { TrainedSteps } from "../../runs/trained-steps.ts";
import { openRenderer } from "../../text/renderer.ts";
import { baseOfRun, findModel } from "../models/find-model.ts";
import { openStore } from "../open-store.ts";

/** A step of a phase. */
export interface StepName {
  readonly phase: string;
  readonly step: number;
}

/** The steps of each phase in words, for errors. @example stepRanges(names); // ["grpo 1 to 80"] */
export const stepRanges = (names: readonly StepName[]): string[] =>
  [...Map.groupBy(names, ({ phase }) => phase)].map(
    ([phase, some]) => `${phase} ${some[0]!.step} to ${some.at(-1)!.step}`,
  );

/** A step's rollouts, with what it did with them. */
export interface StepRollouts extends StepName {
  /** The weights that the step began with; undefined where that was not kept. */
  readonly weightsVersion: string | undefined;
  readonly groups: readonly StoredGroup[];
  /** By the id of the rollout. Empty where the run did not keep it. */
  readonly trained: ReadonlyMap<string, TrainedRollout>;
}

/** A run that is open for reading. */
export interface AuditedRun {
  readonly name: string;
  readonly folder: string;
  readonly record: RunRecord;
  /** The steps that had rollouts, in order. */
  steps(): Promise<readonly StepName[]>;
  /** @throws what the store throws; FILE_DAMAGED */
  rolloutsOf(name: StepName): Promise<StepRollouts>;
  /** The names of the evaluations so far, such as "start", in order. */
  evaluations(): Promise<readonly string[]>;
  /** The held-out rollouts of an evaluation. */
  evaluation(name: string): Promise<readonly StoredGroup[]>;
  /** The model's tokenizer and template; undefined where they cannot be read, and then `rendererProblem` says why. */
  readonly renderer: Renderer | undefined;
  readonly rendererProblem?: string;
  close(): Promise<void>;
}

/** How a run is opened. */
export interface AuditedRunOptions {
  /** The model by whose template and tokenizer the prompts are rendered again: a folder, a run or an id. Default: the one that the run started from. */
  readonly model?: string | undefined;
}

/** @throws AUDIT_NO_ROLLOUTS for a run that kept none; RUN_FOLDER_INVALID; what opening the store or a named model throws */
export async function openAuditedRun(
  folder: string,
  { model }: AuditedRunOptions = {},
): Promise<AuditedRun> {
  const record = await readRunRecord(folder);
  const read = await rendererOf(folder, record, model);
  const store = await storeOf(folder, record);
  const trained = new TrainedSteps(join(folder, runFiles.trained));
  const run = runNameOf(record);
  return {
    ...{ name: runName(folder), folder, record },
    ...read,
    steps: () => stepsOf(folder, trained),
    rolloutsOf: async ({ phase, step }) => {
      const kept = await trained.read(phase, step);
      const { groups } = await readRollouts(store, { run, phase, step, split: "train" });
      return {
        ...{ phase, step, groups, weightsVersion: kept?.weightsVersion },
        trained: new Map((kept?.rollouts ?? []).map((one) => [one.rolloutId, asTrained(one)])),
      };
    },
    evaluations: () => evaluationsOf(folder),
    evaluation: async (phase) => (await readRollouts(store, { run, phase, split: "test" })).groups,
    close: () => store.close(),
  };
}

/** What a file holds, without fields that are not there. */
const asTrained = ({
  notLearned,
  isReplayed,
  ...rest
}: {
  readonly rolloutId: string;
  readonly rows: TrainedRollout["rows"];
  readonly notLearned?: TrainedRollout["notLearned"] | undefined;
  readonly isReplayed?: boolean | undefined;
}): TrainedRollout => ({
  ...rest,
  ...(notLearned !== undefined && { notLearned }),
  ...(isReplayed !== undefined && { isReplayed }),
});

/** Those of which is known what they did; of a run that did not keep that, those that measured rollouts. */
async function stepsOf(folder: string, trained: TrainedSteps): Promise<readonly StepName[]> {
  const places = await trained.places();
  if (places.length > 0) return places.map(({ phase, step }) => ({ phase, step }));
  const rows = await readJsonl(join(folder, runFiles.metrics), metricsFormat);
  return rows.flatMap(({ section, step, values = {} }) =>
    section !== "evaluation" && "reward" in values ? [{ phase: section, step }] : [],
  );
}

/** The first one is "start"; then there is one after each phase. */
async function evaluationsOf(folder: string): Promise<readonly string[]> {
  const rows = await readJsonl(join(folder, runFiles.metrics), metricsFormat);
  const sections = [...new Set(rows.map(({ section }) => section))];
  const phases = sections.filter((name) => name !== "evaluation").map((name) => ({ name }));
  const count = rows.filter(({ section }) => section === "evaluation").length;
  return Array.from({ length: Math.min(count, phases.length + 1) }, (_, i) => stageName(phases, i));
}

async function storeOf(folder: string, { config }: RunRecord): Promise<TraceStore> {
  const named = config["store"];
  const own = join(folder, runFiles.rollouts);
  if (typeof named === "string") return openStore(named, { mustExist: true });
  if (existsSync(own)) return openStore(`sqlite:${own}`, { mustExist: true });
  throw new HoneError("AUDIT_NO_ROLLOUTS", { folder });
}

type ReadRenderer = Pick<AuditedRun, "renderer" | "rendererProblem">;

/** A run is also shown without its model, whose folder may be gone; a model that was named must be there. */
async function rendererOf(
  folder: string,
  { config }: RunRecord,
  model: string | undefined,
): Promise<ReadRenderer> {
  if (model !== undefined) {
    const found = await findModel(model, { team: "allowed", valueHead: "allowed" });
    return { renderer: await openRenderer(found.folder) };
  }
  return rendererIfThere(async () => (await baseOfRun(folder, config, {})).folder);
}

/**
 * The tokenizer and template of a model's folder; where they cannot be read, why.
 * @param findFolder  finds the folder
 */
export async function rendererIfThere(findFolder: () => Promise<string>): Promise<ReadRenderer> {
  try {
    return { renderer: await openRenderer(await findFolder()) };
  } catch (error) {
    if (!isHoneError(error)) throw error;
    return { renderer: undefined, rendererProblem: error.message };
  }
}
