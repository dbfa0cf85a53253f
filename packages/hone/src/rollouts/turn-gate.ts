/**
 * Holds back the model calls of rollouts that run side by side, and passes them on in waves, in the order of the rollouts.
 *
 * A wave starts when every running rollout waits for the model. The order in which the sampler sees the calls then depends on
 * the rollouts alone and not on which reply came back first, so the same seed gives the same bytes. The price: a rollout that
 * is busy with something else delays the others, until its deadline at most. Their deadlines pause meanwhile.
 */
import { HoneError } from "../core/errors.ts";
import type {
  SampledChunk,
  SampledSequence,
  SamplingClient,
  SamplingParams,
} from "../ports/sampling-client.ts";
import type { TokenIds } from "../core/rollout.ts";

/** A running rollout in the queue. */
interface QueuedRollout {
  /** Its place in the order of the request's jobs. */
  readonly order: number;
  /** Lets its calls through that wait for the next wave. */
  waiting: (() => void)[];
  /** Its calls that the policy is answering. */
  inFlight: number;
  onWaiting: (isWaiting: boolean) => void;
}

/** What a rollout gets when it enters the gate. */
export interface EnteredRollout {
  /** The policy, whose calls wait for their wave. */
  readonly policy: SamplingClient;
  /** Calls the given function whenever a call of this rollout begins or ends to wait, so that its deadline can pause. */
  readonly watch: (onWaiting: (isWaiting: boolean) => void) => void;
  /** Takes the rollout out of the queue at its end. Later calls pass at once. */
  readonly leave: () => void;
}

/** Lets the model calls of one request's rollouts through in waves, so that the same seed gives the same order of calls. */
export class TurnGate {
  readonly #rollouts = new Set<QueuedRollout>();
  #isScheduled = false;

  /** @param order  the rollout's place in the order of the request's jobs */
  enter(policy: SamplingClient, order: number): EnteredRollout {
    const rollout: QueuedRollout = { order, waiting: [], inFlight: 0, onWaiting: () => {} };
    this.#rollouts.add(rollout);
    return {
      policy: this.#gated(policy, rollout),
      watch: (onWaiting) => {
        rollout.onWaiting = onWaiting;
      },
      leave: () => {
        this.#rollouts.delete(rollout);
        releaseCalls(rollout);
        this.#schedule();
      },
    };
  }

  #gated(policy: SamplingClient, rollout: QueuedRollout): SamplingClient {
    const sample = async (
      prompt: TokenIds,
      n: number,
      params: SamplingParams,
      signal?: AbortSignal,
    ): Promise<SampledSequence[]> => {
      if (this.#rollouts.has(rollout)) await this.#turn(rollout);
      if (signal?.aborted) throw new HoneError("CANCELLED", { what: "A call to the policy" });
      rollout.inFlight += 1;
      try {
        return await policy.sample(prompt, n, params, signal);
      } finally {
        rollout.inFlight -= 1;
        this.#schedule();
      }
    };
    const stream = async function* (
      this: TurnGate,
      prompt: TokenIds,
      params: SamplingParams,
      signal?: AbortSignal,
    ): AsyncGenerator<SampledChunk, void> {
      if (this.#rollouts.has(rollout)) await this.#turn(rollout);
      if (signal?.aborted) throw new HoneError("CANCELLED", { what: "A call to the policy" });
      rollout.inFlight += 1;
      try {
        yield* policy.stream(prompt, params, signal);
      } finally {
        rollout.inFlight -= 1;
        this.#schedule();
      }
    };
    return {
      weightsVersion: policy.weightsVersion,
      sample,
      stream: stream.bind(this),
      logProbs: (tokens) => policy.logProbs(tokens),
      close: () => policy.close(),
    };
  }

  #turn(rollout: QueuedRollout): Promise<void> {
    return new Promise((resolve) => {
      rollout.waiting.push(resolve);
      rollout.onWaiting(true);
      this.#schedule();
    });
  }

  /** Starts the wave after the current callbacks, so that calls that an agent makes together are in one wave. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#release();
    });
  }

  #release(): void {
    const rollouts = [...this.#rollouts].toSorted((a, b) => a.order - b.order);
    const isWave = rollouts.every(
      (rollout) => rollout.waiting.length > 0 && rollout.inFlight === 0,
    );
    if (!isWave) return;
    for (const rollout of rollouts) releaseCalls(rollout);
  }
}

/** Lets the waiting calls of a rollout through. */
function releaseCalls(rollout: QueuedRollout): void {
  rollout.onWaiting(false);
  for (const go of rollout.waiting.splice(0)) go();
}
