/** Opens a model that was found, as a policy to talk to or to measure. */
import type { EngineTrainingClient } from "../../engine/clients/training-client.ts";
import { type Engine, type EngineOptions, openEngine } from "../../engine/engine.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import { adaptersSamplingClient } from "../adapters/adapters-sampling-client.ts";
import type { FoundCheckpoint, FoundModel, FoundTeam } from "./find-model.ts";
import { type OnProgress, progressMeter } from "../../core/progress.ts";

/** How a policy is opened. */
export interface OpenFoundOptions extends Pick<EngineOptions, "threads" | "signal"> {
  readonly onProgress?: OnProgress;
}

/** The options that opening a policy takes, without keys that are undefined. */
export function openOptions({
  threads,
  signal,
  onProgress,
}: MaybeUndefined<OpenFoundOptions>): OpenFoundOptions {
  return {
    ...(threads === undefined ? {} : { threads }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  };
}

/** The same options, where each may also be undefined. */
type MaybeUndefined<T> = { readonly [Key in keyof T]?: T[Key] | undefined };

/** An open policy. */
export interface OpenedPolicy {
  /** The engine that it runs on, for the caller to close. */
  readonly engine: Engine;
  /** The model with its adapter, or those of a team, or with the weights of the checkpoint. */
  readonly policy: SamplingClient;
}

/** Opens the engine and the policy; the caller closes the engine. Errors as `openEngine` and `loadState`. */
export async function openFound(
  found: FoundModel,
  { onProgress, ...options }: OpenFoundOptions = {},
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
  { name, adapter, checkpoint, team }: FoundModel,
): Promise<SamplingClient> {
  if (team !== undefined) return teamPolicy(engine, { name, ...team });
  if (checkpoint === undefined) {
    return engine.createSamplingClient(adapter === undefined ? {} : { adapter });
  }
  const training = await openCheckpoint(engine, checkpoint);
  const policy = await training.saveWeightsForSampler(checkpoint.name);
  await training.close();
  return policy;
}

/** The adapters of a team as one policy. Snapshots that were opened before one that cannot be are closed with the engine. */
async function teamPolicy(
  engine: Engine,
  { name, folders }: FoundTeam & Pick<FoundModel, "name">,
): Promise<SamplingClient> {
  const snapshots = new Map<string, SamplingClient>();
  for (const [part, adapter] of Object.entries(folders))
    snapshots.set(part, await engine.createSamplingClient({ adapter }));
  return adaptersSamplingClient(snapshots, name);
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
