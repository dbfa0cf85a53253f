/** JSON that a model wrote into a text: fenced, bare, or between sentences. */

/**
 * The JSON objects and arrays in a text, outermost only, in their order; what does not parse is passed over.
 * @example jsonObjectsIn('Sure: {"score": 1} and [2]'); // [{ score: 1 }, [2]]
 */
export function jsonObjectsIn(text: string): unknown[] {
  const found: unknown[] = [];
  let failures = 0;
  for (let start = 0; start < text.length && failures < mostFailures; start++) {
    if (text[start] !== "{" && text[start] !== "[") continue;
    const end = endOfValue(text, start);
    if (end === undefined) {
      failures++;
      continue;
    }
    try {
      found.push(JSON.parse(text.slice(start, end)));
      start = end - 1;
    } catch {
      // Braces that are no JSON: what is inside them may be.
      failures++;
    }
  }
  return found;
}

/** A text of a million opening brackets is not searched a million times. */
const mostFailures = 200;

/** The place after the bracket that closes the one at `start`; brackets in strings do not count. */
function endOfValue(text: string, start: number): number | undefined {
  let depth = 0;
  let isString = false;
  for (let i = start; i < text.length; i++) {
    const character = text[i]!;
    if (isString) {
      if (character === "\\") i++;
      else if (character === '"') isString = false;
    } else if (character === '"') isString = true;
    else if (character === "{" || character === "[") depth++;
    else if ((character === "}" || character === "]") && --depth === 0) return i + 1;
  }
  return undefined;
}
