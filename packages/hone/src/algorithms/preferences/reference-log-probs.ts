import { HoneError } from "../../core/errors.ts";
import type { TokenIds } from "../../core/rollout.ts";
import type { AlgorithmParts } from "../../ports/algorithm.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";

/**
 * Log-probs of rows under the reference policy, which is an immutable snapshot: each row's are computed when it is first needed,
 * and then kept.
 */
export class ReferenceLogProbs {
  readonly #reference: SamplingClient;
  readonly #isOwn: boolean;
  readonly #kept = new Map<string, Promise<Float32Array>>();

  private constructor(reference: SamplingClient, isOwn: boolean) {
    this.#reference = reference;
    this.#isOwn = isOwn;
  }

  /**
   * The reference that the run gives; a run from its first step may take its own weights as they are.
   * @throws REFERENCE_MISSING when a resumed run was given none
   */
  static async open(
    where: string,
    { reference, startStep, training }: AlgorithmParts,
  ): Promise<ReferenceLogProbs> {
    if (reference !== undefined) return new ReferenceLogProbs(reference, false);
    if (startStep > 0) throw new HoneError("REFERENCE_MISSING", { where });
    return new ReferenceLogProbs(await training.saveWeightsForSampler(), true);
  }

  /**
   * @param key     names the row; the same key again gives the log-probs that are kept
   * @param tokens  [T + 1]
   * @returns       [T] log-probs of the second token and all that follow, nats
   */
  of(key: string, tokens: TokenIds): Promise<Float32Array> {
    const kept = this.#kept.get(key) ?? this.once(tokens);
    this.#kept.set(key, kept);
    return kept;
  }

  /**
   * As `of`, for a row that is not needed again.
   * @param adapter  that of the reference that scores it, where it has several
   */
  async once(tokens: TokenIds, adapter?: string): Promise<Float32Array> {
    const own = adapter === undefined ? undefined : this.#reference.adapter?.(adapter);
    return (await (own ?? this.#reference).logProbs(tokens)).slice(1);
  }

  async close(): Promise<void> {
    if (this.#isOwn) await this.#reference.close();
  }
}
