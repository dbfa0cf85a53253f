/** What was found, opened: a policy to talk to or to measure. */
import type { EngineTrainingClient } from "../../engine/clients/training-client.ts";
import { type Engine, type EngineOptions, openEngine } from "../../engine/engine.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import type { FoundCheckpoint, FoundModel } from "./find-model.ts";
import { type OnProgress, progressMeter } from "../../core/progress.ts";

export interface OpenPolicyOptions extends Pick<EngineOptions, "threads" | "signal"> {
  readonly onProgress?: OnProgress;
}

/** The part of some options that opening takes, without keys that are not set. */
export function openOptions({
  threads,
  signal,
  onProgress,
}: Unset<OpenPolicyOptions>): OpenPolicyOptions {
  return {
    ...(threads === undefined ? {} : { threads }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  };
}

type Unset<T> = { readonly [Key in keyof T]?: T[Key] | undefined };

export interface OpenedPolicy {
  readonly engine: Engine;
  /** The model with its adapter, or as the checkpoint has it. */
  readonly policy: SamplingClient;
}

/** Opens the engine and the policy; whoever calls closes the engine. Errors as `openEngine` and `loadState`. */
export async function openPolicy(
  found: FoundModel,
  { onProgress, ...options }: OpenPolicyOptions = {},
): Promise<OpenedPolicy> {
  const engine = await openEngine(found.folder, {
    ...options,
    onProgress: progressMeter("reading weights", onProgress),
  });
  try {
    return { engine, policy: await policyOf(engine, found) };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

async function policyOf(
  engine: Engine,
  { adapter, checkpoint }: FoundModel,
): Promise<SamplingClient> {
  if (checkpoint === undefined) {
    return engine.createSamplingClient(adapter === undefined ? {} : { adapter });
  }
  const training = await openCheckpoint(engine, checkpoint);
  const policy = await training.saveWeightsForSampler(checkpoint.name);
  await training.close();
  return policy;
}

/** A training client with the weights of a checkpoint. */
export async function openCheckpoint(
  engine: Engine,
  { state, trained }: FoundCheckpoint,
): Promise<EngineTrainingClient> {
  const training = await engine.createTrainingClient(trained);
  await training.loadState({ path: state }, { optimizer: false });
  return training;
}
