/**
 * Texts as columns of both databases can hold them: PostgreSQL takes no NUL, neither takes half a surrogate pair.
 *
 * Those few characters are written as an escape that keeps different texts different and, but for halves of surrogate
 * pairs, in their order. JSON texts need none of it: they escape those characters themselves.
 */
const low = "\u0001";
const high = "\u{10ffff}";
const SPECIAL = new RegExp(`[\\u{0}${low}${high}\\p{Surrogate}]`, "gu");
const ESCAPES = new RegExp(`${low}(.)|${high}(....)`, "gsu");

/** @example toColumn("a\u0000b"); // "a\u0001\u0001b" */
export function toColumn(text: string): string {
  return text.replace(SPECIAL, (character) => {
    if (character === "\u0000") return low + low;
    if (character === low) return `${low}\u0002`;
    return character === high ? `${high}high` : high + character.charCodeAt(0).toString(16);
  });
}

/** The text that `toColumn` was given. */
export function fromColumn(column: string): string {
  return column.replace(ESCAPES, (_, afterLow?: string, afterHigh?: string) => {
    if (afterLow !== undefined) return afterLow === low ? "\u0000" : low;
    return afterHigh === "high" ? high : String.fromCharCode(Number.parseInt(afterHigh!, 16));
  });
}
