/** A rollout token by token: what each was, who chose it, and what training did with it. */
import { trajectoriesOf } from "../../algorithms/blocks/trajectories.ts";
import type { Rollout, TokenIds, Trajectory, Turn } from "../../core/rollout.ts";
import type { TrainedRollout, TrainedRow } from "../../core/trained-rollout.ts";

/** Tokens one after the other that have one origin. */
export interface TokenPart {
  /** The index of its first token in the row, and the one behind its last. */
  readonly start: number;
  readonly end: number;
  /** The turn that the tokens are the prompt or the reply of, from 0. */
  readonly turn: number;
  /**
   * "sampled" by the policy. "prompt": the beginning of a row, which the policy was given. "between": what a later turn's prompt added,
   * such as tool results and the template's own text.
   */
  readonly kind: "prompt" | "between" | "sampled";
}

/** Why the tokens of a part are not learned, in words; undefined for those that may be. */
export const maskReason = {
  prompt: "given: the prompt",
  between: "given: tool results, messages and template text between turns",
  sampled: undefined,
} as const satisfies Record<TokenPart["kind"], string | undefined>;

/**
 * A row of training. Lists have an item for each of its T tokens; NaN where a number is not known: for given tokens, and for what a
 * run did not keep.
 */
export interface TokenRow {
  readonly index: number;
  readonly tokens: TokenIds;
  readonly parts: readonly TokenPart[];
  readonly weightsVersion: string;
  readonly temperature: number;
  /** Whether filters cut the distribution and it is not known which tokens they left. */
  readonly hasUnknownCut: boolean;
  readonly adapter?: string;
  /** Nats, at temperature 1 over the whole vocabulary. */
  readonly logProbs: Float64Array;
  /** Nats, under the distribution that was sampled from. */
  readonly samplingLogProbs: Float64Array;
  /** Nats. */
  readonly entropies: Float64Array;
  /** Nats: the trainer's, of the distribution that was sampled from. */
  readonly trainerLogProbs: Float64Array;
  readonly advantages: Float64Array;
  /** Updates of the step before the row was learned from; undefined where it was not, or where that was not kept. */
  readonly updatesBefore?: number;
  /** True where the trainer learned from another number of tokens than were sampled. */
  readonly hasWrongMask: boolean;
}

/** The rows of a rollout. @param trained  what its step did with it; undefined where that was not kept */
export function tokenRows(
  rollout: Pick<Rollout, "id" | "turns">,
  trained?: TrainedRollout,
): readonly TokenRow[] {
  let first = 0;
  return trajectoriesOf(rollout).rows.map((row, index) => {
    const turns = turnsOf(row, rollout.turns.slice(first));
    const parts = partsOf(row, turns, first);
    first += turns.length;
    return tokenRow(row, {
      ...{ index, parts, turns },
      trained: trained?.rows.find((one) => one.index === index),
    });
  });
}

/** The turns at the start of a list that a row was made of: those whose tokens are as many as the row has sampled ones. */
function turnsOf({ mask }: Trajectory, turns: readonly Turn[]): readonly Turn[] {
  const sampled = mask.filter((one) => one === 1).length;
  let count = 0;
  const end = turns.findIndex(({ tokens }) => (count += tokens.length) >= sampled);
  return turns.slice(0, end + 1);
}

function partsOf({ tokens }: Trajectory, turns: readonly Turn[], first: number): TokenPart[] {
  const parts = turns.flatMap(({ promptTokens, tokens: reply }, i): TokenPart[] => {
    const before = turns[i - 1];
    const start = before === undefined ? 0 : before.promptTokens.length + before.tokens.length;
    const [turn, end] = [first + i, promptTokens.length];
    return [
      { start, end, turn, kind: i === 0 ? "prompt" : "between" },
      { start: end, end: Math.min(tokens.length, end + reply.length), turn, kind: "sampled" },
    ];
  });
  return parts.filter(({ start, end }) => end > start);
}

interface RowFacts {
  readonly index: number;
  readonly parts: readonly TokenPart[];
  readonly turns: readonly Turn[];
  readonly trained: TrainedRow | undefined;
}

function tokenRow(row: Trajectory, { index, parts, turns, trained }: RowFacts): TokenRow {
  const places = row.mask.flatMap((one, t) => (one === 1 ? [t] : []));
  const spread = (valueAt: (k: number, t: number) => number | undefined): Float64Array => {
    const list = new Float64Array(row.tokens.length).fill(NaN);
    places.forEach((t, k) => (list[t] = valueAt(k, t) ?? NaN));
    return list;
  };
  const entropies = turns.flatMap((turn) => turn.entropies ?? turn.tokens.map(() => NaN));
  const advantage = trained?.advantage;
  return {
    index,
    parts,
    tokens: row.tokens,
    weightsVersion: row.weightsVersion,
    temperature: row.temperature,
    hasUnknownCut: row.isTruncated && row.kept === undefined,
    ...(row.adapter !== undefined && { adapter: row.adapter }),
    logProbs: spread((_, t) => row.logProbs[t]),
    samplingLogProbs: spread((_, t) => row.samplingLogProbs[t]),
    entropies: spread((k) => entropies[k]),
    trainerLogProbs: spread((k) => trained?.logProbs[k]),
    advantages: spread((k) => (typeof advantage === "object" ? advantage[k] : advantage)),
    ...(trained !== undefined && { updatesBefore: trained.updatesBefore }),
    hasWrongMask: trained !== undefined && trained.logProbs.length !== places.length,
  };
}
