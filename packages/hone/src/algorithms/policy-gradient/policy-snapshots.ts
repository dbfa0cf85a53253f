import { HoneError } from "../../core/errors.ts";
import type { AlgorithmParts } from "../../ports/algorithm.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";

/** The policy's newest snapshot and the reference; old snapshots are closed as soon as nothing reads them. */
export class PolicySnapshots {
  readonly #parts: AlgorithmParts;
  readonly #needsReference: boolean;
  #policy: SamplingClient | undefined;
  #isStale = false;
  #reference: SamplingClient | undefined;

  /**
   * @param algorithm      named in errors
   * @param klCoefficient  0: no reference is kept
   * @throws REFERENCE_MISSING when a resumed run with a KL term was given no reference
   */
  constructor(algorithm: string, klCoefficient: number, parts: AlgorithmParts) {
    this.#parts = parts;
    this.#needsReference = klCoefficient > 0;
    if (!this.#needsReference) return;
    this.#reference = parts.reference;
    if (parts.reference === undefined && parts.startStep > 0) {
      throw new HoneError("REFERENCE_MISSING", { where: algorithm, coefficient: klCoefficient });
    }
  }

  /** A snapshot of the weights as they are now; the same one again while nothing was updated. */
  async current(): Promise<SamplingClient> {
    if (this.#policy !== undefined && !this.#isStale) return this.#policy;
    const old = this.#policy;
    this.#policy = await this.#parts.training.saveWeightsForSampler();
    this.#isStale = false;
    if (old !== undefined && old !== this.#reference) await old.close();
    if (this.#needsReference) this.#reference ??= this.#policy;
    return this.#policy;
  }

  /** Says that the weights have changed, so that the next `current` takes a new snapshot. */
  invalidate(): void {
    this.#isStale = true;
  }

  /** The policy that a KL term compares with; undefined without such a term, and before the first snapshot. */
  reference(): SamplingClient | undefined {
    return this.#reference;
  }

  /** Closes the snapshots that this object took. */
  async close(): Promise<void> {
    const own = new Set([this.#policy, this.#reference]);
    own.delete(this.#parts.reference);
    for (const snapshot of own) await snapshot?.close();
  }
}
