/** JSON that a model wrote into a text: fenced, bare, or between sentences. */

/**
 * The JSON objects and arrays in a text, outermost only, in their order; text that is no JSON is left out.
 * @example jsonObjectsIn('Sure: {"score": 1} and [2]'); // [{ score: 1 }, [2]]
 */
export function jsonObjectsIn(text: string): unknown[] {
  const found: unknown[] = [];
  let failures = 0;
  for (let start = 0; start < text.length && failures < maxFailures; start++) {
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
      // These brackets hold no JSON; the search goes on inside them.
      failures++;
    }
  }
  return found;
}

/** Searching stops after this many brackets that begin no JSON, so that a text of brackets alone costs little. */
const maxFailures = 200;

/** Index after the bracket that closes the one at `start`, undefined when none does; brackets in strings do not count. */
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
