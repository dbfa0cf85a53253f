/** Why the trainer's log-probs of a row are not the sampler's. */
import type { PromptDifference } from "./rendered-again.ts";
import type { TokenRow } from "./token-rows.ts";

/** A cause of a mismatch, and whether a run is wrong that has it. */
interface CauseRow {
  /** What is so, in words. */
  readonly what: string;
  /** What to do. */
  readonly advice: string;
  /** False for what some methods do on purpose: it is named, and fails no audit. */
  readonly isFault: boolean;
}

/** All causes that are told apart. */
export const mismatchCauses = {
  template: {
    what: "the chat template writes another text than the policy was prompted with",
    advice:
      "Sample and train with one template: give workers, servers and the trainer the same model folder.",
    isFault: true,
  },
  tokenisation: {
    what: "the same text has other tokens than the policy was prompted with",
    advice: "Sample and train with one tokenizer: compare tokenizer.json of the model folders.",
    isFault: true,
  },
  "prompt unreadable": {
    what: "the chat template refuses the messages that the policy was prompted with",
    advice: "Look at the template of the model folder, and at the messages of that turn.",
    isFault: true,
  },
  mask: {
    what: "the trainer learned from another number of tokens than were sampled",
    advice:
      "What makes rows of turns (trajectoriesOf) and what is trained must have one mask; report it with the rollout.",
    isFault: true,
  },
  "older weights": {
    what: "older weights than the step's own sampled the tokens",
    advice:
      "Expected of replayed rollouts and of one-step-off-policy sampling; else let the sampler take the newest weights.",
    isFault: false,
  },
  "temperature or filters": {
    what: "the trainer computed log-probs of the whole distribution, and the tokens were sampled from a tempered or cut one",
    advice:
      "Sample at temperature 1 without top-k, top-p and min-p, or train with --filters-in-training.",
    isFault: true,
  },
  "precision or another server": {
    what: "trainer and sampler compute other log-probs of the same tokens with the same weights",
    advice:
      "Compare precision, kernels and versions of the two programs; a correction (--correction) takes the difference out of the ratios.",
    isFault: true,
  },
} as const satisfies Readonly<Record<string, CauseRow>>;

export type MismatchCause = keyof typeof mismatchCauses;

/** The cause of a prompt that is another when it is rendered again. */
export const causeOfPrompt = ({ kind }: PromptDifference): MismatchCause =>
  kind === "unreadable" ? "prompt unreadable" : kind;

/** Log-probs of sampled tokens by two programs, compared. */
export interface Gap {
  /** Tokens that both have. */
  readonly tokens: number;
  /** Mean and largest |difference|, nats. 0 without tokens. */
  readonly mean: number;
  readonly max: number;
  /** The index of the token that differs most. */
  readonly at: number;
}

/** How far two lists are apart where both have a number. */
export function gapOf(a: ArrayLike<number>, b: ArrayLike<number>): Gap {
  let [tokens, sum, max, at] = [0, 0, 0, -1];
  for (let t = 0; t < a.length; t++) {
    const gap = Math.abs(a[t]! - b[t]!);
    if (Number.isNaN(gap)) continue;
    tokens++;
    sum += gap;
    if (gap > max) [max, at] = [gap, t];
  }
  return { tokens, mean: tokens === 0 ? 0 : sum / tokens, max, at };
}

/**
 * The cause of a row's mismatch; undefined where the two agree within the tolerance, or cannot be compared.
 * @param current    the weights that the step began with
 * @param tolerance  nats that a token's log-probs may differ by
 */
export function causeOfRow(
  row: TokenRow,
  current: string | undefined,
  tolerance: number,
): MismatchCause | undefined {
  if (row.hasWrongMask) return "mask";
  if (current !== undefined && row.weightsVersion !== current) return "older weights";
  // After an update of its own step the trainer is no longer the policy that sampled.
  if (row.updatesBefore !== 0) return undefined;
  if (gapOf(row.trainerLogProbs, row.samplingLogProbs).max <= tolerance) return undefined;
  const isOfWhole = gapOf(row.trainerLogProbs, row.logProbs).max <= tolerance;
  return isOfWhole ? "temperature or filters" : "precision or another server";
}
