/**
 * Lets the model calls of rollouts that run side by side through in waves, in the order of the rollouts.
 *
 * A wave starts when every running rollout waits for the model. What the sampler sees then depends on the rollouts
 * alone and not on which reply came back first, so the same seed gives the same bytes. The price: a rollout that is
 * busy with something else holds up the others, until its deadline at most; theirs do not run meanwhile.
 */
import { HoneError } from "../core/errors.ts";
import type { SampledSequence, SamplingClient, SamplingParams } from "../ports/sampling-client.ts";
import type { TokenIds } from "../core/rollout.ts";

/** A running rollout's place in the queue. */
interface Place {
  readonly order: number;
  waiting: (() => void)[];
  inFlight: number;
  onWaiting: (isWaiting: boolean) => void;
}

/** What a rollout gets from the gate. */
export interface Entered {
  /** The policy as this rollout sees it. */
  readonly policy: SamplingClient;
  /** Says from now on whether a call of this rollout waits for others, so that its deadline can wait too. */
  readonly watch: (onWaiting: (isWaiting: boolean) => void) => void;
  /** When the rollout is over; calls after that pass at once. */
  readonly leave: () => void;
}

export class TurnGate {
  readonly #places = new Set<Place>();
  #isScheduled = false;

  enter(policy: SamplingClient, order: number): Entered {
    const place: Place = { order, waiting: [], inFlight: 0, onWaiting: () => {} };
    this.#places.add(place);
    return {
      policy: this.#gated(policy, place),
      watch: (onWaiting) => {
        place.onWaiting = onWaiting;
      },
      leave: () => {
        this.#places.delete(place);
        letGo(place);
        this.#schedule();
      },
    };
  }

  #gated(policy: SamplingClient, place: Place): SamplingClient {
    const sample = async (
      prompt: TokenIds,
      n: number,
      params: SamplingParams,
      signal?: AbortSignal,
    ): Promise<SampledSequence[]> => {
      if (this.#places.has(place)) await this.#turn(place);
      if (signal?.aborted) throw new HoneError("CANCELLED", { what: "A call to the policy" });
      place.inFlight += 1;
      try {
        return await policy.sample(prompt, n, params, signal);
      } finally {
        place.inFlight -= 1;
        this.#schedule();
      }
    };
    return {
      weightsVersion: policy.weightsVersion,
      sample,
      stream: (prompt, params, signal) => policy.stream(prompt, params, signal),
      logProbs: (tokens) => policy.logProbs(tokens),
      close: () => policy.close(),
    };
  }

  #turn(place: Place): Promise<void> {
    return new Promise((resolve) => {
      place.waiting.push(resolve);
      place.onWaiting(true);
      this.#schedule();
    });
  }

  /** After the current callbacks, so that calls an agent makes together go together. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#release();
    });
  }

  #release(): void {
    const places = [...this.#places].toSorted((a, b) => a.order - b.order);
    const isWave = places.every((place) => place.waiting.length > 0 && place.inFlight === 0);
    if (!isWave) return;
    for (const place of places) letGo(place);
  }
}

function letGo(place: Place): void {
  place.onWaiting(false);
  for (const go of place.waiting.splice(0)) go();
}
