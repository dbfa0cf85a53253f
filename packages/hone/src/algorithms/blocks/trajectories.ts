/**
 * Rollout turns → rows that hold exactly the tokens that were sampled.
 *
 * A turn whose prompt starts with all tokens of the row so far continues that row; what its prompt adds (tool results,
 * template glue, the end-of-turn token a cut-off answer never said) is given, not sampled, and masked. A turn whose
 * prompt does not start so (history was rewritten, reasoning was removed, text was tokenised again) starts a row of its own:
 * the policy read that other prompt, and in the old row its tokens would be trained in a context they never had. Such splits
 * are counted and reported. A turn of another adapter starts a row, too, which is not counted: it is another policy's.
 */
import { HoneError } from "../../core/errors.ts";
import type { KeptSet } from "../../core/kept-tokens.ts";
import type { BoundPart, Rollout, TokenIds, Trajectory, Turn } from "../../core/rollout.ts";

/** A rollout as rows to train. */
export interface MergedRollout {
  /** In the order of their first turns. */
  readonly rows: readonly Trajectory[];
  /** Turns after the first that started a row of their own although the adapter was the same. */
  readonly splits: number;
}

/** A row under construction: the fields of a Trajectory, growing. */
interface GrowingRow {
  readonly first: Turn;
  readonly tokens: number[];
  readonly mask: number[];
  readonly logProbs: number[];
  readonly samplingLogProbs: number[];
  readonly bound: BoundPart[];
  readonly kept: KeptSet[];
  isTruncated: boolean;
  /** Whether a turn was cut and does not say which tokens were left. */
  hasUnknownCut: boolean;
}

/**
 * The rows of one rollout, in order of their first turn.
 *
 * Turns that differ in temperature, adapter or weights' version never share a row: a row has one of each.
 *
 * @throws SHAPE_MISMATCH when a turn's log-probs or sets of kept tokens do not match its tokens
 * @example trajectoriesOf(rollout).rows[0].tokens; // prompt, answer, tool result, answer, …
 */
export function trajectoriesOf(rollout: Pick<Rollout, "id" | "turns">): MergedRollout {
  const rows: GrowingRow[] = [];
  let splits = 0;
  rollout.turns.forEach((turn, index) => {
    checkTurn(rollout.id, turn, index);
    const open = rows.at(-1);
    const continues = open !== undefined && canContinue(open, turn);
    if (open !== undefined && !continues && open.first.adapter === turn.adapter) splits++;
    const row = continues ? open : emptyRow(turn);
    if (!continues) rows.push(row);
    appendTurn(row, turn);
  });
  return { rows: rows.map((row) => toTrajectory(rollout.id, row)), splits };
}

function checkTurn(rolloutId: string, turn: Turn, index: number): void {
  for (const name of ["logProbs", "samplingLogProbs", "kept"] as const) {
    const length = turn[name]?.length ?? turn.tokens.length;
    if (length === turn.tokens.length) continue;
    const items = name === "kept" ? "sets" : "numbers";
    throw new HoneError("SHAPE_MISMATCH", {
      where: `rollout ${rolloutId}, turn ${index}`,
      expected: `${turn.tokens.length} ${items} in ${name}, one for each token`,
      got: `${length}`,
    });
  }
}

function canContinue(row: GrowingRow, turn: Turn): boolean {
  return (
    row.first.temperature === turn.temperature &&
    row.first.adapter === turn.adapter &&
    row.first.weightsVersion === turn.weightsVersion &&
    startsWith(turn.promptTokens, row.tokens)
  );
}

function startsWith(tokens: TokenIds, prefix: TokenIds): boolean {
  return prefix.every((token, i) => tokens[i] === token);
}

function emptyRow(first: Turn): GrowingRow {
  const arrays = { tokens: [], mask: [], logProbs: [], samplingLogProbs: [], bound: [] };
  return { first, ...arrays, kept: [], isTruncated: false, hasUnknownCut: false };
}

function appendTurn(row: GrowingRow, turn: Turn): void {
  for (let t = row.tokens.length; t < turn.promptTokens.length; t++) {
    appendToken(row, turn.promptTokens[t]!, 0, 0, 0);
    row.kept.push("");
  }
  if (turn.bound !== undefined)
    row.bound.push({ ...turn.bound, start: row.tokens.length, length: turn.tokens.length });
  turn.tokens.forEach((token, t) => {
    appendToken(row, token, 1, turn.logProbs[t]!, turn.samplingLogProbs[t]!);
    row.kept.push(turn.kept?.[t] ?? "");
  });
  row.isTruncated ||= turn.isTruncated;
  row.hasUnknownCut ||= turn.isTruncated && turn.kept === undefined;
}

function appendToken(
  row: GrowingRow,
  token: number,
  mask: number,
  logProb: number,
  samplingLogProb: number,
): void {
  row.tokens.push(token);
  row.mask.push(mask);
  row.logProbs.push(logProb);
  row.samplingLogProbs.push(samplingLogProb);
}

function toTrajectory(rolloutId: string, row: GrowingRow): Trajectory {
  const { first, bound, kept, hasUnknownCut, ...rest } = row;
  return {
    rolloutId,
    ...rest,
    ...(bound.length === 0 ? {} : { bound }),
    ...(row.isTruncated && !hasUnknownCut ? { kept } : {}),
    temperature: first.temperature,
    ...(first.adapter === undefined ? {} : { adapter: first.adapter }),
    weightsVersion: first.weightsVersion,
  };
}
