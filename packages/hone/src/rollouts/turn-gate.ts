/**
 * Holds back the model calls of rollouts that run side by side, and passes them on in waves, in the order of the rollouts.
 *
 * A wave starts when every running rollout waits for the model. The order in which the sampler sees the calls then depends on
 * the rollouts alone and not on which reply came back first, so the same seed gives the same bytes. The price: a rollout that
 * is busy with something else delays the others, until its deadline at most. Their deadlines pause meanwhile, and of the time in
 * which the policy answers each rollout is charged its share: n calls that are answered side by side cost it an n-th each.
 * Otherwise a large model or a busy machine would make all rollouts of a wave miss their deadlines.
 */
import { HoneError } from "../core/errors.ts";
import type { SampledChunk, SamplingClient } from "../ports/sampling-client.ts";

/** A running rollout in the queue. */
interface QueuedRollout {
  /** Its place in the order of the request's jobs. */
  readonly order: number;
  /** Lets its calls through that wait for the next wave. */
  waiting: (() => void)[];
  /** Its calls that the policy is answering. */
  inFlight: number;
  /** Calls of these whose answer, or next part of it, the policy computes now. */
  answering: number;
  clock: RolloutClock;
}

/** The time limit of a rollout, as far as the gate decides about it. */
export interface RolloutClock {
  /** Stops the clock while the rollout waits for others or for the policy, or starts it again. */
  setPaused(isPaused: boolean): void;
  /** Takes so many ms off the time that is left. */
  spend(ms: number): void;
}

/** For a rollout that has no time limit. */
const noClock: RolloutClock = { setPaused: () => {}, spend: () => {} };

/** What a rollout gets when it enters the gate. */
export interface EnteredRollout {
  /** The policy, whose calls wait for their wave. */
  readonly policy: SamplingClient;
  /** Sets the clock that pauses while calls of this rollout wait, and is charged its share of the policy's time. */
  readonly watch: (clock: RolloutClock) => void;
  /** Takes the rollout out of the queue at its end. Later calls pass at once. */
  readonly leave: () => void;
}

/** Lets the model calls of one request's rollouts through in waves, so that the same seed gives the same order of calls. */
export class TurnGate {
  readonly #rollouts = new Set<QueuedRollout>();
  #isScheduled = false;
  /** Calls that the policy answers now, of all rollouts. */
  #answering = 0;
  /** How many ms a call would have been charged that was answered from the beginning until `#chargedAt`. */
  #share = 0;
  #chargedAt = 0;

  /** @param order  the rollout's place in the order of the request's jobs */
  enter(policy: SamplingClient, order: number): EnteredRollout {
    const rollout: QueuedRollout = {
      ...{ order, waiting: [], inFlight: 0, answering: 0 },
      clock: noClock,
    };
    this.#rollouts.add(rollout);
    return {
      policy: this.#gated(policy, rollout),
      watch: (clock) => {
        rollout.clock = clock;
      },
      leave: () => {
        this.#rollouts.delete(rollout);
        releaseCalls(rollout);
        this.#schedule();
      },
    };
  }

  #gated(policy: SamplingClient, rollout: QueuedRollout): SamplingClient {
    return {
      weightsVersion: policy.weightsVersion,
      sample: async (prompt, n, params, signal) => {
        await this.#beginCall(rollout, signal);
        try {
          return await this.#charged(rollout, () => policy.sample(prompt, n, params, signal));
        } finally {
          this.#endCall(rollout);
        }
      },
      stream: (prompt, params, signal) =>
        this.#streamed(rollout, () => policy.stream(prompt, params, signal), signal),
      logProbs: (tokens) => policy.logProbs(tokens),
      ...(policy.adapter && {
        adapter: (name: string) => this.#gated(policy.adapter!(name), rollout),
      }),
      close: () => policy.close(),
    };
  }

  async *#streamed(
    rollout: QueuedRollout,
    open: () => AsyncIterable<SampledChunk>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<SampledChunk, void> {
    await this.#beginCall(rollout, signal);
    try {
      const chunks = open()[Symbol.asyncIterator]();
      try {
        // Between two parts it is the agent that takes its time.
        for (;;) {
          const { done, value } = await this.#charged(rollout, () => chunks.next());
          if (done === true) return;
          yield value;
        }
      } finally {
        await chunks.return?.();
      }
    } finally {
      this.#endCall(rollout);
    }
  }

  /** Waits for the call's wave. @throws CANCELLED where the signal aborted meanwhile */
  async #beginCall(rollout: QueuedRollout, signal: AbortSignal | undefined): Promise<void> {
    if (this.#rollouts.has(rollout)) await this.#turn(rollout);
    if (signal?.aborted) throw new HoneError("CANCELLED", { what: "A call to the policy" });
    rollout.inFlight += 1;
  }

  #endCall(rollout: QueuedRollout): void {
    rollout.inFlight -= 1;
    this.#schedule();
  }

  /** Waits for the policy; the rollout's clock is charged its share of the time. */
  async #charged<T>(rollout: QueuedRollout, work: () => Promise<T>): Promise<T> {
    const before = this.#countAnswering(+1);
    rollout.answering++;
    rollout.clock.setPaused(true);
    try {
      return await work();
    } finally {
      rollout.clock.spend(this.#countAnswering(-1) - before);
      if (--rollout.answering === 0) rollout.clock.setPaused(false);
    }
  }

  /** Brings the share up to now, before the number of calls that share the policy changes. */
  #countAnswering(change: number): number {
    const now = performance.now();
    if (this.#answering > 0) this.#share += (now - this.#chargedAt) / this.#answering;
    this.#chargedAt = now;
    this.#answering += change;
    return this.#share;
  }

  #turn(rollout: QueuedRollout): Promise<void> {
    return new Promise((resolve) => {
      rollout.waiting.push(resolve);
      rollout.clock.setPaused(true);
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
  if (rollout.answering === 0) rollout.clock.setPaused(false);
  for (const go of rollout.waiting.splice(0)) go();
}
