/**
 * Texts as the columns of every database can hold them: PostgreSQL takes no NUL, and no database takes half a surrogate pair.
 *
 * These characters are escaped. The escape keeps different texts different, and keeps their order except for halves of
 * surrogate pairs. JSON texts need no such escape, since JSON escapes these characters itself.
 */
const low = "\u0001";
const high = "\u{10ffff}";
const SPECIAL = new RegExp(`[\\u{0}${low}${high}\\p{Surrogate}]`, "gu");
const ESCAPES = new RegExp(`${low}(.)|${high}(....)`, "gsu");

/** The text as a column can hold it. @example toColumn("a\u0000b"); // "a\u0001\u0001b" */
export function toColumn(text: string): string {
  return text.replace(SPECIAL, (character) => {
    if (character === "\u0000") return low + low;
    if (character === low) return `${low}\u0002`;
    return character === high ? `${high}high` : high + character.charCodeAt(0).toString(16);
  });
}

/** The text that `toColumn` was given. */
export function fromColumn(column: string): string {
  if (!column.includes(low) && !column.includes(high)) return column;
  return column.replace(ESCAPES, (_, afterLow?: string, afterHigh?: string) => {
    if (afterLow !== undefined) return afterLow === low ? "\u0000" : low;
    return afterHigh === "high" ? high : String.fromCharCode(Number.parseInt(afterHigh!, 16));
  });
}
