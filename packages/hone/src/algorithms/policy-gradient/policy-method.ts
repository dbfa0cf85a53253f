/** What makes a policy-gradient method, beside its formula's options: how the rollouts of a step become advantages. */
import type { AlgorithmParts } from "../../ports/algorithm.ts";
import type { FamilySettings } from "./family-settings.ts";
import type { Advantage, Answer, RolloutBatch } from "./scored-answers.ts";

/** What a method keeps from step to step beside the weights, as plain JSON: a moving average, an adapted coefficient. */
export type MethodState = Readonly<Record<string, unknown>>;

/** Where in a run a step is. */
export interface StepContext {
  /** Counts from 1. */
  readonly step: number;
  readonly parts: AlgorithmParts;
  /** What the step before returned; undefined in the first step. */
  readonly state: MethodState | undefined;
}

/** What a method knows when it gives advantages. */
export interface AdvantageContext extends StepContext {
  /**
   * Whether an answer of the batch is replayed from an earlier step. What a method measures of the present policy (a moving average, a
   * distance) it measures of the other answers only.
   */
  readonly isReplayed: (answer: Pick<Answer, "group">) => boolean;
  /** Whether the loss of an answer is masked (`maskTruncated`): it is compared with, and nothing is learned from it. */
  readonly isMasked: (answer: Pick<Answer, "rollout">) => boolean;
}

/** The advantages of a step. */
export interface GivenAdvantages {
  /** In the order of the batch's answers. */
  readonly advantages: readonly Advantage[];
  /** For the next step, also of a run that is resumed. Default: nothing. */
  readonly state?: MethodState;
  /** Reported with the step. Default: none. */
  readonly metrics?: Readonly<Record<string, number>>;
}

/** What makes a policy-gradient method. */
export interface PolicyMethod {
  /** Names its phase, in errors too, and is a key of its random orders. */
  readonly name: string;
  /** What the loop reads, beside whatever else of it the method reads. Recorded, and compared when a run is resumed. */
  readonly settings: FamilySettings;
  /** Further settings, which only the method reads; likewise recorded. Default: none. */
  readonly own?: Readonly<Record<string, unknown>>;
  /** Whether `parts.critic` must be there. Default false. */
  readonly needsCritic?: boolean;
  /** How the rollouts of a step become advantages. */
  readonly advantages: (
    batch: RolloutBatch,
    context: AdvantageContext,
  ) => GivenAdvantages | Promise<GivenAdvantages>;
}
