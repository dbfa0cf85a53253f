/** The weights of a run as files that workers read: a folder for each snapshot, named by the hash of its content. */
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { assert } from "../../core/errors.ts";
import { systemCode, writeError } from "../../formats/write-error.ts";
import { folderHash } from "../../runs/checkpoint-files.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import type { TrainedPolicy } from "../training/trained-policy.ts";
import type { QueuedJob } from "./rollout-job.ts";

/** Where a job's weights are. */
export type WeightsPlace = QueuedJob["weights"];

/** Writes the weights of every snapshot that a run takes. */
export class SharedWeights {
  readonly #folder: string;
  readonly #kept: number;
  /** The name of a snapshot → its files. */
  readonly #places = new Map<string, WeightsPlace>();

  /**
   * @param folder  the run's folder of weights
   * @param kept    snapshots whose files are kept; older ones are deleted
   */
  constructor(folder: string, kept: number) {
    this.#folder = folder;
    this.#kept = kept;
  }

  /**
   * The policy, with the files of each snapshot written before the snapshot is given out.
   * @param given  makes what is given out of a snapshot and the hash of its weights
   */
  of(
    policy: TrainedPolicy,
    given: (snapshot: SamplingClient, hash: string) => SamplingClient,
  ): TrainedPolicy {
    return {
      ...policy,
      saveWeightsForSampler: async (name) => {
        const snapshot = await policy.saveWeightsForSampler(name);
        // Whoever updates the weights waits for the snapshot, so they are still those.
        await this.#save(policy, snapshot);
        return given(snapshot, this.placeOf(snapshot).hash);
      },
    };
  }

  /** The files of a snapshot. */
  placeOf({ weightsVersion }: Pick<SamplingClient, "weightsVersion">): WeightsPlace {
    const place = this.#places.get(weightsVersion);
    assert(place !== undefined, `the weights ${weightsVersion} were not shared`);
    return place;
  }

  /** Deletes all files. */
  async clear(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #save(policy: TrainedPolicy, { weightsVersion: name }: SamplingClient): Promise<void> {
    const temporary = join(this.#folder, "saving");
    await rm(temporary, { recursive: true, force: true });
    const path = await policy.saveTrained(temporary);
    const hash = await folderHash(path);
    const target = join(this.#folder, hash);
    await rename(temporary, target).catch(async (error: unknown) => {
      // A folder of this name has the same content: both are named by its hash.
      const isThere = ["EEXIST", "ENOTEMPTY"].includes(systemCode(error) ?? "");
      if (!isThere) throw writeError(error, target);
      await rm(temporary, { recursive: true, force: true });
    });
    const kind = policy.addedCount > 0 ? "adapter" : "model";
    this.#places.delete(name);
    this.#places.set(name, { kind, folder: this.#folder, hash, step: stepOf(name), name });
    await this.#deleteOld();
  }

  async #deleteOld(): Promise<void> {
    const old = [...this.#places].slice(0, -this.#kept);
    for (const [name] of old) this.#places.delete(name);
    const used = new Set([...this.#places.values()].map(({ hash }) => hash));
    for (const [, { hash }] of old) {
      if (!used.has(hash)) await rm(join(this.#folder, hash), { recursive: true, force: true });
    }
  }
}

/** Updates that led to weights, which end their name; 0 for a name that says none, such as that of the reference. */
const stepOf = (name: string): number => Number(/@(\d+)$/.exec(name)?.[1] ?? 0);
