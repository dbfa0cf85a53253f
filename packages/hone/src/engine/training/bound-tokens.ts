/** Which tokens could be drawn where a response format bound a row: worked out again by following the format through its tokens. */
import { HoneError } from "../../core/errors.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { BoundPart } from "../../core/rollout.ts";
import type { Datum } from "../../ports/training-client.ts";
import { type Formats, type FormatState, writeDrawable } from "../grammar/formats.ts";

/** Which tokens could be drawn at a position. It holds the format's state: masks of all positions would need a gigabyte. */
export interface BoundPosition {
  /** Writes [V] 1 for the tokens that could be drawn, else 0. */
  writeAllowed(into: Uint8Array): void;
}

/**
 * The positions of the datum that a format bound; undefined for a datum that no format bound.
 * @throws FORMAT_NOT_FOLLOWED where the datum has a token that its format does not allow; SHAPE_MISMATCH for a part outside the
 *         datum; OPTION_INVALID where the client has no formats
 */
export function boundPositions(
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
    checkPlace(part, datum, name);
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

function checkPlace({ start, length }: BoundPart, { targets, tokens }: Datum, name: string): void {
  const isInside = start >= 0 && length >= 0 && start + length <= tokens.length;
  if (isInside && targets.length === tokens.length) return;
  throw new HoneError("SHAPE_MISMATCH", {
    where: `"bound" of datum ${name}`,
    expected: `parts within its ${tokens.length} tokens, with one target each`,
    got: `${length} tokens from ${start}, and ${targets.length} targets`,
  });
}
