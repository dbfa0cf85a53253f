/** Tokens, as whoever counted them tells. */
import type { TokenUsage } from "../core/span.ts";

const count = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;

/** Counts of tokens, whatever stands in their places; nothing where neither side is a number. */
export function tokenUsage(
  input: unknown,
  output: unknown,
  parts: { readonly reasoning?: unknown; readonly cached?: unknown } = {},
): { readonly usage?: TokenUsage } {
  const given = count(input);
  const made = count(output);
  if (given === undefined && made === undefined) return {};
  const reasoning = count(parts.reasoning);
  const cached = count(parts.cached);
  return {
    usage: {
      input: given ?? 0,
      output: made ?? 0,
      ...(reasoning === undefined ? {} : { reasoning }),
      ...(cached === undefined ? {} : { cached }),
    },
  };
}
