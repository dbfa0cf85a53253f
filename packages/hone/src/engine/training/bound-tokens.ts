/** Which tokens could be drawn where a response format bound a row: worked out again by following the format through its tokens. */
import { HoneError } from "../../core/errors.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { BoundPart } from "../../core/rollout.ts";
import type { Datum } from "../../ports/training-client.ts";
import type { Formats, FormatState } from "../grammar/formats.ts";

/**
 * [V] 1 for the tokens that could be drawn, by position of the datum; undefined for a datum that no format bound.
 * @throws FORMAT_NOT_FOLLOWED where the datum has a token that its format does not allow; SHAPE_MISMATCH for a part outside the
 *         datum; OPTION_INVALID where the client has no formats
 */
export function allowedTokens(
  datum: Datum,
  name: string,
  formats: Formats | undefined,
): ReadonlyMap<number, Uint8Array> | undefined {
  const { bound = [] } = datum;
  if (bound.length === 0) return undefined;
  const check = optionChecks("training");
  if (formats === undefined)
    throw check.invalid("bound", bound, "nothing, since this client has no tokenizer");
  const allowed = new Map<number, Uint8Array>();
  for (const part of bound) {
    checkPlace(part, datum, name);
    let state: FormatState | undefined = formats.start(part.format);
    for (let i = part.start; i < part.start + part.length; i++) {
      const tokens: Uint8Array | undefined = state && allowedIn(state, part.stopTokens);
      const target = datum.targets[i]!;
      if (tokens?.[target] !== 1)
        throw new HoneError("FORMAT_NOT_FOLLOWED", { row: name, position: i, token: target });
      allowed.set(i, tokens);
      state = state!.after(target);
    }
  }
  return allowed;
}

/** As the sampler fills its mask: what the format allows, and once the text is complete the tokens that end it. */
function allowedIn(state: FormatState, stopTokens: readonly number[]): Uint8Array {
  if (!state.isComplete || stopTokens.length === 0) return state.allowed;
  const allowed = state.allowed.slice();
  for (const token of stopTokens) allowed[token] = 1;
  return allowed;
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
