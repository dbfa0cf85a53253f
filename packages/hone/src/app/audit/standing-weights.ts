/** The weights that sampled a step, where they still stand on the disk: a checkpoint, or the model that a run began with. */
import { join } from "node:path";
import type { TokenIds } from "../../core/rollout.ts";
import type { CheckpointManifest } from "../../formats/checkpoint-format.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import { listCheckpoints } from "../../runs/checkpoints.ts";
import { runFiles } from "../../runs/run-folder.ts";
import { baseOfRun, findModel } from "../models/find-model.ts";
import { openFound } from "../models/open-found.ts";
import type { AuditedRun, StepName } from "./audited-run.ts";

/** Weights that compute log-probs again. */
export interface StandingWeights {
  /** The name of the checkpoint, or "the model that the run began with". */
  readonly name: string;
  /** [T] of a row's tokens, at temperature 1 over the whole vocabulary; nats. */
  logProbs(row: TokensOf): Promise<Float32Array>;
  close(): Promise<void>;
}

interface TokensOf {
  readonly tokens: TokenIds;
  readonly adapter?: string;
}

/** Where the weights lie that a step began with; undefined where no checkpoint has them. */
export async function standingBefore(
  { folder }: Pick<AuditedRun, "folder">,
  { phase, step }: StepName,
): Promise<string | undefined> {
  const checkpoints = await listCheckpoints(join(folder, runFiles.checkpoints));
  const inPhase = checkpoints.find((one) => one.section === phase && one.step === step - 1);
  if (inPhase !== undefined || step > 1) return inPhase?.name;
  const index = phaseIndex(checkpoints, phase);
  if (index === 0) return BASE;
  return checkpoints.find(({ state }) => state["phase"] === index && state["step"] === 0)?.name;
}

/**
 * The number of a phase among those of its run, from 0. What a checkpoint keeps at the end of a phase is the beginning of the next one:
 * its number, and 0 steps.
 */
function phaseIndex(checkpoints: readonly CheckpointManifest[], phase: string): number {
  const own = checkpoints.find(({ section }) => section === phase);
  const { state } = own ?? checkpoints[0] ?? {};
  if (state === undefined) return 0;
  const isEnd = own !== undefined && state["step"] === 0;
  return Number(state["phase"]) - (isEnd ? 1 : 0);
}

const BASE = "the model that the run began with";

/** Opens them. @throws what finding and opening the model throws */
export async function openStanding(
  { folder, record }: Pick<AuditedRun, "folder" | "record">,
  name: string,
  threads?: number,
): Promise<StandingWeights> {
  const found =
    name === BASE
      ? await baseOfRun(folder, record.config, {})
      : await findModel(folder, { checkpoint: name, team: "allowed" });
  const { engine, policy } = await openFound(found, threads === undefined ? {} : { threads });
  const of = (adapter: string | undefined): SamplingClient =>
    (adapter === undefined ? undefined : policy.adapter?.(adapter)) ?? policy;
  return {
    name,
    logProbs: ({ tokens, adapter }) => of(adapter).logProbs(tokens),
    close: () => engine.close(),
  };
}
