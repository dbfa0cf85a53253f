/**
 * Advantages of the sampled tokens of an answer from a critic's values: an episode is all its turns, over all its rows.
 *
 * A step of the episode is a token or a turn. With turns, a turn's state is the one before its first token, every token of the turn has the
 * turn's advantage, and the critic learns at first tokens only. The reward is earned by the last step; what tokens pay for KL is paid
 * where it arises. Tokens that were given (prompts, tool results) are no steps, so neither γ nor λ counts them.
 */
import type { Trajectory } from "../../core/rollout.ts";
import { type GaeOptions, generalizedAdvantages } from "./gae.ts";
import type { MethodChoice } from "./policy-choices.ts";
import type { Answer } from "./scored-answers.ts";

/** A critic's values of a row: [T + 1], before each of its tokens and after the last. What was not asked for is 0. */
export type RowValues = ReadonlyMap<Trajectory, ArrayLike<number>>;

/** What a step is, and how far rewards reach back. */
export interface EpisodeOptions extends Required<GaeOptions> {
  /** What takes an advantage: each token, or each turn as a whole. */
  readonly steps: MethodChoice<"gaeSteps">;
  /** Whether the critic's value is added where the last turn ended by the token limit. */
  readonly bootstrap: boolean;
}

/** What a row learns from: arrays [T] by its tokens. */
export interface RowAdvantages {
  readonly row: Trajectory;
  /** A of each sampled token; 0 elsewhere. */
  readonly advantages: Float64Array;
  /** What the critic should say before each token. */
  readonly returns: Float64Array;
  /** What it said. */
  readonly values: Float64Array;
  /** 1 where the critic learns. */
  readonly mask: Float64Array;
}

/** A sampled token: its row, and its index there. */
export interface Place {
  readonly row: number;
  readonly token: number;
}

/** Whether the last turn of an answer was cut off by the token limit. */
export const isCut = ({ rollout }: Pick<Answer, "rollout">): boolean =>
  rollout.turns.at(-1)?.stopReason === "length";

/** The advantages of an answer's rows, in their order. */
export function episodeAdvantages(
  answer: Answer,
  values: RowValues,
  { steps, bootstrap, discount, lambda }: EpisodeOptions,
): RowAdvantages[] {
  const rows = answer.rows.map((row): RowAdvantages => {
    const [advantages, returns, said, mask] = Array.from(
      { length: 4 },
      () => new Float64Array(row.tokens.length),
    ) as [Float64Array, Float64Array, Float64Array, Float64Array];
    return { row, advantages, returns, values: said, mask };
  });
  const actions =
    steps === "turns"
      ? turnPlaces(answer).filter(({ length }) => length > 0)
      : tokenPlaces(answer).map((one) => [one]);
  if (actions.length === 0) return rows;
  const valueOf = ({ row, token }: Place): number => values.get(answer.rows[row]!)![token]!;
  const earned = actions.map(
    (places) => 0 - places.reduce((sum, place) => sum + penaltyOf(answer, place), 0),
  );
  earned[earned.length - 1]! += answer.reward;
  const { row, token } = actions.at(-1)!.at(-1)!;
  const episode = {
    rewards: earned,
    values: actions.map((places) => valueOf(places[0]!)),
    ...(bootstrap && isCut(answer) && { lastValue: valueOf({ row, token: token + 1 }) }),
  };
  const { advantages, returns } = generalizedAdvantages(episode, { discount, lambda });
  actions.forEach((places, k) => {
    const [first] = places as [Place];
    for (const place of places) rows[place.row]!.advantages[place.token] = advantages[k]!;
    rows[first.row]!.returns[first.token] = returns[k]!;
    rows[first.row]!.values[first.token] = episode.values[k]!;
    rows[first.row]!.mask[first.token] = 1;
  });
  return rows;
}

const penaltyOf = ({ penalties }: Answer, { row, token }: Place): number =>
  penalties?.[row]![token] ?? 0;

/** The sampled tokens of all rows, in the order in which they were sampled. */
function tokenPlaces({ rows }: Pick<Answer, "rows">): Place[] {
  return rows.flatMap(({ mask }, row) =>
    [...mask.keys()].flatMap((token) => (mask[token] === 0 ? [] : [{ row, token }])),
  );
}

/** The same, for each turn: rows hold the turns of the rollout one after the other. */
export function turnPlaces(answer: Answer): Place[][] {
  const places = tokenPlaces(answer);
  let start = 0;
  return answer.rollout.turns.map(({ tokens: { length } }) =>
    places.slice(start, (start += length)),
  );
}
