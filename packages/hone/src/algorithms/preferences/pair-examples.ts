/** The pairs that a method learns from: as messages, or as rows of tokens, with what all methods on pairs take. */
import { HoneError } from "../../core/errors.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { problemOfPair } from "../../core/preference-problems.ts";
import type { AnswerPair } from "../../core/preference.ts";
import type { Renderer } from "../../ports/renderer.ts";
import { type OptimizerOptions, optimizerOptionNames } from "../blocks/optimizer.ts";
import { checkedRow, checkWeights, type PairRows, renderPair } from "./preference-rows.ts";

/** Options that all methods on pairs share: the pairs, in how many steps they are learned, and the optimizer's. */
export interface PairOptions extends OptimizerOptions {
  /** Pairs to learn from. Either these or `rows`. */
  readonly pairs?: readonly AnswerPair[];
  /** Pairs that are tokens already. Either these or `pairs`. */
  readonly rows?: readonly PairRows[];
  /** Passes over the pairs; a last, smaller batch ends each. Default 1. */
  readonly epochs?: number;
  /** Optimizer steps in total. With `epochs`, whichever ends first. Default: as many as the epochs take. */
  readonly steps?: number;
  /** Pairs per step. Default 16. */
  readonly batchSize?: number;
}

/** The names of these options. */
export const pairOptionNames = {
  ...optimizerOptionNames,
  pairs: true,
  rows: true,
  epochs: true,
  steps: true,
  batchSize: true,
} as const;

/** A pair by its name in errors; it is made into rows when it is first needed. */
export interface PairExample {
  readonly item: string;
  readonly weight: number;
  read(renderer: Renderer): Promise<PairRows>;
}

/** The pairs of the options, checked. @throws OPTION_INVALID, DATA_EMPTY, PREFERENCE_UNUSABLE */
export function pairExamples(name: string, { pairs, rows }: PairOptions): readonly PairExample[] {
  if (pairs !== undefined && rows !== undefined)
    throw optionChecks(name).invalid("rows", "rows beside pairs", "left out beside pairs");
  const given = rows ?? pairs ?? [];
  if (given.length === 0)
    throw new HoneError("DATA_EMPTY", {
      where: `${name}: ${rows === undefined ? "pairs" : "rows"}`,
      item: "pair",
    });
  checkWeights(name, given);
  checkMargins(name, given);
  const where = name;
  if (rows !== undefined)
    return rows.map((row, i) => {
      const item = `rows[${i}]`;
      const side = (of: "chosen" | "rejected") =>
        checkedRow({ id: `${item} ${of}`, ...row[of] }, { where, item });
      const isSame = ["tokens", "mask"].every((of) => sameNumbers(row, of as "tokens" | "mask"));
      const problem = "its two answers are the same";
      if (isSame) throw new HoneError("PREFERENCE_UNUSABLE", { where, item, problem });
      const { weight = 1, rewardMargin } = row;
      const margin = rewardMargin === undefined ? {} : { rewardMargin };
      const read = { chosen: side("chosen"), rejected: side("rejected"), weight, ...margin };
      return { item, weight, read: async () => read };
    });
  return pairs!.map((pair, i) => {
    const item = `pairs[${i}]`;
    const problem = problemOfPair(pair);
    if (problem !== undefined) throw new HoneError("PREFERENCE_UNUSABLE", { where, item, problem });
    const read = (renderer: Renderer) => renderPair(pair, renderer, { where, item });
    return { item, weight: pair.weight ?? 1, read };
  });
}

function sameNumbers({ chosen, rejected }: PairRows, of: "tokens" | "mask"): boolean {
  const other = rejected[of];
  return chosen[of].length === other.length && chosen[of].every((one, t) => one === other[t]);
}

/** @throws OPTION_INVALID for a margin that is not a number of at least 0 */
function checkMargins(
  name: string,
  given: readonly { readonly rewardMargin?: number | undefined }[],
): void {
  for (const { rewardMargin } of given)
    if (rewardMargin !== undefined)
      optionChecks(name).number("rewardMargin", rewardMargin, { min: 0 });
}
