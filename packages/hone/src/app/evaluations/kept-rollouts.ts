/** The rollouts that a run or an evaluation kept, for reading: both lie in one folder and are named alike. */
import { join } from "node:path";
import { HoneError } from "../../core/errors.ts";
import { readRollouts } from "../../rollouts/stored-rollouts.ts";
import { runNames } from "../../runs/find-run.ts";
import { evaluationFiles, evaluationNames, readEvaluation } from "../../runs/kept-evaluations.ts";
import { runNameOf } from "../../runs/open-run.ts";
import { type AuditedRun, openAuditedRun, rendererIfThere } from "../audit/audited-run.ts";
import { openStore } from "../open-store.ts";
import { EVALUATION_STAGE } from "./keep-evaluation.ts";

/** Rollouts that are open for reading. Those of an evaluation have one stage and no steps. */
export interface KeptRollouts extends Omit<AuditedRun, "folder" | "record"> {
  readonly kind: "run" | "evaluation";
}

/**
 * Opens the rollouts of a run or an evaluation. Only names of the folder's own are known: nothing outside of it is reached by one.
 * @throws RUN_NOT_FOUND; as `openAuditedRun`
 */
export async function openKeptRollouts(root: string, name: string): Promise<KeptRollouts> {
  const runs = await runNames(root);
  if (runs.includes(name)) return { kind: "run", ...(await openAuditedRun(join(root, name))) };
  if ((await evaluationNames(root)).includes(name)) return openEvaluation(root, name);
  throw new HoneError("RUN_NOT_FOUND", { name, root, known: runs });
}

async function openEvaluation(root: string, name: string): Promise<KeptRollouts> {
  const record = await readEvaluation(root, name);
  // What was said is shown also where the model's folder is gone.
  const read = await rendererIfThere(async () => record.modelFolder);
  const store = await openStore(`sqlite:${join(root, name, evaluationFiles.rollouts)}`, {
    mustExist: true,
  });
  const run = runNameOf(record);
  return {
    ...{ kind: "evaluation", name },
    ...read,
    steps: async () => [],
    rolloutsOf: async (step) => ({
      ...step,
      ...{ groups: [], trained: new Map(), weightsVersion: undefined },
    }),
    evaluations: async () => [EVALUATION_STAGE],
    evaluation: async (phase) => (await readRollouts(store, { run, phase, split: "test" })).groups,
    close: () => store.close(),
  };
}
