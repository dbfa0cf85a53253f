/**
 * The policy that a KL term of a phase refers to: as it was when the phase began. Of the first phase that is the policy before any
 * training, which every session can open anew; of a later one it is what the phases before it made, kept in the run folder until the
 * run is done, since its checkpoint may be gone when the run is resumed.
 */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import { runFiles } from "../../runs/run-folder.ts";
import type { TrainedPolicy } from "./trained-policy.ts";

export class PhaseReference {
  readonly #training: TrainedPolicy;
  readonly #folder: string;
  #policy: SamplingClient | undefined;

  constructor(training: TrainedPolicy, runFolder: string) {
    this.#training = training;
    this.#folder = join(runFolder, runFiles.reference);
  }

  /** The policy of the phase that runs; undefined for a model that says values. */
  get policy(): SamplingClient | undefined {
    return this.#policy;
  }

  /** Opens the reference of a session, before a checkpoint is loaded: in the middle of a later phase that of the session before. */
  async open(phase: number, step: number): Promise<void> {
    // A run of an older version has none, and refers to the policy before any training as it did.
    if (phase > 0 && step > 0 && existsSync(this.#folder))
      await this.#training.loadState({ path: this.#folder }, { optimizer: false });
    if (phase === 0 || step > 0) await this.#take();
  }

  /** A phase begins: the first one has its reference already. */
  async begin(phase: number): Promise<void> {
    if (phase === 0 || this.#training.head === "value") return;
    await rm(this.#folder, { recursive: true, force: true });
    await this.#training.saveState(this.#folder);
    await this.#take();
  }

  /** Deletes what is kept for a resume. */
  remove(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }

  async #take(): Promise<void> {
    if (this.#training.head === "value") return;
    await this.#policy?.close();
    this.#policy = await this.#training.saveWeightsForSampler("reference");
  }
}
