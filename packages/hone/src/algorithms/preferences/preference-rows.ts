/** Examples of preferences → rows of tokens of which only the answers are learned. */
import { asContext } from "../../core/conversation-turns.ts";
import { HoneError } from "../../core/errors.ts";
import type { Message } from "../../core/message.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { AnswerPair, RatedAnswer } from "../../core/preference.ts";
import type { Renderer } from "../../ports/renderer.ts";
import type { SupervisedRow } from "../blocks/datums.ts";
import { countMasked } from "../blocks/masks.ts";

/** The two answers of a pair as rows: the prompt and an answer each, with the mask on the answer. */
export interface PairRows {
  /** The better answer behind the prompt. */
  readonly chosen: SupervisedRow;
  /** The worse answer behind the same prompt. */
  readonly rejected: SupervisedRow;
  /** How much the pair counts, relative to the others, above 0. Default 1. */
  readonly weight?: number;
  /** By how much a reward model is to value the better answer more, at least 0; other methods do not read it. Default 0. */
  readonly rewardMargin?: number;
}

/** A rated answer as a row: the prompt and the answer, with the mask on the answer. */
export interface RatedRow extends SupervisedRow {
  /** Whether the model is to answer like this. */
  readonly isDesirable: boolean;
  /** How much the answer counts, relative to the others, above 0. Default 1. */
  readonly weight?: number;
}

/** Renders a pair. @throws PREFERENCE_UNUSABLE for an answer without a token to learn; what the renderer throws */
export async function renderPair(
  pair: AnswerPair,
  renderer: Renderer,
  name: { readonly where: string; readonly item: string },
): Promise<PairRows> {
  const prompt = asContext(pair.prompt);
  const side = async (answer: readonly Message[], of: string): Promise<SupervisedRow> => {
    const { tokens, mask } = await renderer.conversation([...prompt, ...answer], pair.settings);
    return checkedRow({ id: `${name.item} ${of}`, tokens, mask }, name);
  };
  return {
    chosen: await side(pair.chosen, "chosen"),
    rejected: await side(pair.rejected, "rejected"),
    weight: pair.weight ?? 1,
    ...(pair.rewardMargin !== undefined && { rewardMargin: pair.rewardMargin }),
  };
}

/** Renders a rated answer. @throws as `renderPair` */
export async function renderRated(
  rated: RatedAnswer,
  renderer: Renderer,
  name: { readonly where: string; readonly item: string },
): Promise<RatedRow> {
  const messages = [...asContext(rated.prompt), ...rated.answer];
  const { tokens, mask } = await renderer.conversation(messages, rated.settings);
  const row = checkedRow({ id: name.item, tokens, mask }, name);
  return { ...row, isDesirable: rated.isDesirable, weight: rated.weight ?? 1 };
}

/** @throws PREFERENCE_UNUSABLE for a row in which nothing is learned, or whose mask does more than say what is an answer */
export function checkedRow<Row extends SupervisedRow>(
  row: Row,
  { where, item }: { readonly where: string; readonly item: string },
): Row {
  const other = row.mask.find((m) => m !== 0 && m !== 1);
  if (other === undefined && countMasked(row.mask.slice(1)) > 0) return row;
  const problem =
    other === undefined
      ? "it has no token of an answer to learn"
      : `its mask holds ${other}, and here a token is an answer's (1) or not (0)`;
  throw new HoneError("PREFERENCE_UNUSABLE", { where, item: row.id ?? item, problem });
}

/** @throws OPTION_INVALID for a weight that is not a number above 0 */
export function checkWeights(
  name: string,
  given: readonly { readonly weight?: number | undefined }[],
): void {
  const wrong = given.find(({ weight = 1 }) => !(weight > 0 && weight < Infinity));
  if (wrong !== undefined)
    throw optionChecks(name).invalid("weight", wrong.weight, "a number above 0");
}
