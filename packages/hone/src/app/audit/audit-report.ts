/** What an audit of a run is asked, and what it reports. */
import type { StoredRollout } from "../../rollouts/stored-rollouts.ts";
import type { StepName, StepRollouts } from "./audited-run.ts";
import type { Gap, MismatchCause } from "./mismatch.ts";
import type { TokenRow } from "./token-rows.ts";

/** What is audited, and how. */
export interface AuditOptions {
  /** Steps of this phase only. Default: of all. */
  readonly phase?: string | undefined;
  /** This step only. Default: 20 steps at most, evenly over the run, the first and the last among them. */
  readonly step?: number | undefined;
  /** The rollout of this id only. */
  readonly rollout?: string | undefined;
  /** The model by whose template and tokenizer the prompts are rendered again. Default: the one that the run started from. */
  readonly model?: string | undefined;
  /** Whether log-probs are computed again where the weights that sampled stand. Default true. */
  readonly recompute?: boolean | undefined;
  /** Nats that the log-probs of a token may differ by. Default 0.01. */
  readonly tolerance?: number | undefined;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One mismatch. */
export interface AuditFinding extends StepName {
  readonly cause: MismatchCause;
  readonly rolloutId: string;
  /** The turn of a prompt, or the row of log-probs, from 0. */
  readonly turn?: number;
  readonly row?: number;
  /** Of a prompt, the index of the first token that differs; of log-probs, that of the token with the largest difference. */
  readonly at: number;
  /** What differs, in words. */
  readonly text: string;
  /** The text around the place as it was sampled and as it is rendered now, where the prompt differs. */
  readonly sampled?: string;
  readonly now?: string;
}

/** What was found of a step. */
export interface AuditedStep extends StepName {
  readonly weightsVersion: string | undefined;
  readonly rollouts: number;
  /** Rollouts that something was learned from. */
  readonly learned: number;
  readonly sampledTokens: number;
  readonly trainedTokens: number;
  /** Trainer against sampler, over rows that were learned from before any update of the step. */
  readonly mismatch: Gap;
  /** The weights that computed log-probs again, and how far those are from the sampler's. Absent where they do not stand. */
  readonly recomputed?: Gap & { readonly weights: string; readonly rollouts: number };
  readonly findings: readonly AuditFinding[];
  /** Rollouts by why nothing was learned from them. */
  readonly notLearned: Readonly<Record<string, number>>;
}

/** An audited rollout, for a file of its tokens. */
export interface AuditedRollout {
  readonly step: StepRollouts;
  readonly rollout: StoredRollout;
  readonly rows: readonly TokenRow[];
  readonly findings: readonly AuditFinding[];
}

/** A whole audit. */
export interface RunAudit {
  readonly run: string;
  readonly folder: string;
  readonly steps: readonly AuditedStep[];
  /** Steps that the run has. */
  readonly stepCount: number;
  /** How many rollouts have a mismatch of each cause. */
  readonly causes: Readonly<Partial<Record<MismatchCause, number>>>;
  /** Whether some cause is a fault. */
  readonly hasFault: boolean;
  /** What could not be audited, in words. */
  readonly notes: readonly string[];
}

/** Whether a run did not keep what a step did with its tokens. */
export const isUnknown = ({ learned, notLearned }: AuditedStep): boolean =>
  learned === 0 && notLearned["not kept"] !== undefined;
