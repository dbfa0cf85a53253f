/**
 * Which tokens could be drawn at a row's positions: those that top-k, top-p and min-p left, which the row carries, or those of a
 * response format, worked out again by following it through the row's tokens.
 */
import { HoneError } from "../../core/errors.ts";
import { writeKept } from "../../core/kept-tokens.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { BoundPart } from "../../core/rollout.ts";
import type { Datum } from "../../ports/training-client.ts";
import { type Formats, type FormatState, writeDrawable } from "./formats.ts";

/** Which tokens could be drawn at a position. It holds the format's state or a packed set: masks of all positions would need a gigabyte. */
export interface BoundPosition {
  /** Writes [V] 1 for the tokens that could be drawn, else 0. */
  writeAllowed(into: Uint8Array): void;
}

/** What a row's positions are read with. */
export interface BoundContext {
  /** Undefined where there are none. */
  readonly formats: Formats | undefined;
  readonly vocabularySize: number;
}

/**
 * The positions of the datum at which not every token could be drawn; undefined for a datum without such. What filters left is
 * among what a format allowed, so where both are known the former is what could be drawn.
 * @throws FORMAT_NOT_FOLLOWED where the datum has a token that its format does not allow; KEPT_TOKENS_INVALID for a set of kept tokens
 *         that cannot be read, or that lacks the target; SHAPE_MISMATCH for a part outside the datum; OPTION_INVALID where the
 *         client has no formats
 */
export function boundPositions(
  datum: Datum,
  name: string,
  context: BoundContext,
): ReadonlyMap<number, BoundPosition> | undefined {
  const formatted = formatPositions(datum, name, context.formats);
  const kept = keptPositions(datum, name, context.vocabularySize);
  if (formatted === undefined || kept === undefined) return kept ?? formatted;
  return new Map([...formatted, ...kept]);
}

function keptPositions(
  datum: Datum,
  row: string,
  vocabularySize: number,
): ReadonlyMap<number, BoundPosition> | undefined {
  const { kept, targets } = datum;
  const cut = kept?.flatMap((set, position) => (set === "" ? [] : [{ set, position }])) ?? [];
  if (cut.length === 0) return undefined;
  checkPlace("kept", { start: 0, length: kept!.length }, datum, row);
  const mask = new Uint8Array(vocabularySize);
  for (const { set, position } of cut) {
    const target = targets[position]!;
    const isReadable = writeKept(set, mask);
    if (isReadable && mask[target] === 1) continue;
    const problem = isReadable
      ? `lacks the token ${target}, which was drawn there`
      : `is no set of tokens below ${vocabularySize}`;
    throw new HoneError("KEPT_TOKENS_INVALID", { row, position, problem });
  }
  return new Map(
    cut.map(({ set, position }) => [position, { writeAllowed: (into) => writeKept(set, into) }]),
  );
}

function formatPositions(
  datum: Datum,
  name: string,
  formats: Formats | undefined,
): ReadonlyMap<number, BoundPosition> | undefined {
  const { bound = [] } = datum;
  if (bound.length === 0) return undefined;
  const check = optionChecks("training");
  if (formats === undefined)
    throw check.invalid("bound", bound, "nothing, since this client has no tokenizer");
  const positions = new Map<number, BoundPosition>();
  for (const part of bound) {
    checkPlace("bound", part, datum, name);
    let state: FormatState | undefined = formats.start(part.format);
    for (let i = part.start; i < part.start + part.length; i++) {
      const target = datum.targets[i]!;
      const before: FormatState | undefined = state;
      state = before?.after(target);
      const mayEnd = before?.isComplete === true && part.stopTokens.includes(target);
      if (before === undefined || (state === undefined && !mayEnd))
        throw new HoneError("FORMAT_NOT_FOLLOWED", { row: name, position: i, token: target });
      positions.set(i, { writeAllowed: (into) => writeDrawable(before, part.stopTokens, into) });
    }
  }
  return positions;
}

function checkPlace(
  field: "bound" | "kept",
  { start, length }: Pick<BoundPart, "start" | "length">,
  { targets, tokens }: Datum,
  name: string,
): void {
  const isInside = start >= 0 && length >= 0 && start + length <= tokens.length;
  if (isInside && targets.length === tokens.length) return;
  throw new HoneError("SHAPE_MISMATCH", {
    where: `"${field}" of datum ${name}`,
    expected: `parts within its ${tokens.length} tokens, with one target each`,
    got: `${length} tokens from ${start}, and ${targets.length} targets`,
  });
}
