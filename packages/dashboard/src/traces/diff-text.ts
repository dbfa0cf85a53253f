/** What differs between two texts, word by word. */

/** Words that are in both texts, only in the first, or only in the second. */
export interface TextPart {
  readonly kind: "both" | "removed" | "added";
  readonly text: string;
}

/** Words of a text that are compared; longer texts are compared by their lines. */
const MAX_WORDS = 1500;

/** The parts of two texts in their order: a longest common subsequence of words, or of lines where texts are long. */
export function diffText(before: string, after: string): readonly TextPart[] {
  const [a, b] = [pieces(before, /(?<=\s)(?=\S)/), pieces(after, /(?<=\s)(?=\S)/)];
  if (a.length <= MAX_WORDS && b.length <= MAX_WORDS) return joined(diffList(a, b));
  const [left, right] = [pieces(before, /(?<=\n)/), pieces(after, /(?<=\n)/)];
  const isLong = left.length > MAX_WORDS || right.length > MAX_WORDS;
  if (isLong && before !== after) return whole(before, after);
  return joined(diffList(left, right));
}

const pieces = (text: string, ends: RegExp): readonly string[] =>
  text === "" ? [] : text.split(ends);

const whole = (before: string, after: string): readonly TextPart[] => [
  { kind: "removed", text: before },
  { kind: "added", text: after },
];

/** The parts of two lists by their longest common subsequence. */
export function diffList(a: readonly string[], b: readonly string[]): readonly TextPart[] {
  const width = b.length + 1;
  const longest = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      longest[i * width + j] =
        a[i] === b[j]
          ? longest[(i + 1) * width + j + 1]! + 1
          : Math.max(longest[(i + 1) * width + j]!, longest[i * width + j + 1]!);
  const parts: TextPart[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      parts.push({ kind: "both", text: a[i]! });
      [i, j] = [i + 1, j + 1];
    } else if (
      j >= b.length ||
      (i < a.length && longest[(i + 1) * width + j]! >= longest[i * width + j + 1]!)
    ) {
      parts.push({ kind: "removed", text: a[i++]! });
    } else parts.push({ kind: "added", text: b[j++]! });
  }
  return parts;
}

/** Neighbours of one kind as one part. */
function joined(parts: readonly TextPart[]): readonly TextPart[] {
  const list: { kind: TextPart["kind"]; text: string }[] = [];
  for (const { kind, text } of parts) {
    const last = list.at(-1);
    if (last?.kind === kind) last.text += text;
    else list.push({ kind, text });
  }
  return list;
}
