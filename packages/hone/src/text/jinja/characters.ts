/** Classes of characters as Python has them, to be put between the brackets of a pattern. */

/** What Python takes for white space: more than JavaScript's \s by the four separators and U+0085, less by U+FEFF. */
export const SPACE =
  " \\t\\n\\r\\f\\v\\x1c-\\x1f\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

/** The characters at which Python's `splitlines` ends a line, but for three separators of old files (U+001C to U+001E). */
export const LINE_END = /\r\n|[\n\r\v\f\p{Zl}\p{Zp}\u0085]/u;

/** The control characters that JSON does not let stand in a string. */
export const CONTROL = "\\x00-\\x1f";
