/** How much a pair of an image and its words teaches. */
import { searchWords } from "../../core/search-words.ts";
import { plainWords } from "../../core/plain-words.ts";

/** What the confidence is of. */
export interface RatedImage {
  /** The words in place of the image; "" where there are none. */
  readonly alt: string;
  /** The image's title. */
  readonly title?: string | undefined;
  /** The words below it. */
  readonly caption?: string | undefined;
  /** The headings above it. */
  readonly headings: readonly string[];
  /** What the section says before it. */
  readonly before: string;
  /** What the section says after it. */
  readonly after: string;
  /** Whether the image is known to be there: its file exists, or its address is an absolute one of an image. */
  readonly isThere: boolean;
}

/** Words that say only that there is an image. */
const empty: ReadonlySet<string> = new Set(
  "image img picture pic photo figure fig screenshot screen shot diagram chart graph alt text untitled icon logo file here see above below".split(
    " ",
  ),
);

/** Words of context that are enough. */
const ENOUGH_WORDS = 10;

/**
 * The confidence of a pair, from 0 to 1: a sum of what is there.
 *
 *     0.15  alt text that is no file name
 *     0.15  alt text of 3 words or more, of which one says more than "image of"
 *     0.10  a caption or a title
 *     0.15  10 words of context before          0.10  10 words of context after
 *     0.05  a heading above
 *     0.10  one word of alt text or caption that context or headings have, too; 0.20 for three
 *     0.10  the file is there, or the address is an absolute one of an image
 *
 * @returns the sum, rounded to hundredths
 * @example imageConfidence({ alt: "", headings: ["Pump"], before: "", after: "", isThere: true }); // 0.15
 */
export function imageConfidence(image: RatedImage): number {
  const { alt, title, caption, headings, before, after, isThere } = image;
  const shared = sharedWords([alt, caption ?? ""], [...headings, before, after]);
  const parts = [
    [0.15, alt !== "" && !isFileName(alt)],
    [0.15, saysSomething(alt)],
    [0.1, Boolean(caption ?? title)],
    [0.15, searchWords(before).length >= ENOUGH_WORDS],
    [0.1, searchWords(after).length >= ENOUGH_WORDS],
    [0.05, headings.length > 0],
    [0.1, shared >= 1],
    [0.1, shared >= 3],
    [0.1, isThere],
  ] as const;
  const sum = parts.reduce((total, [worth, isSo]) => total + (isSo ? worth : 0), 0);
  return Math.round(100 * sum) / 100;
}

/** "pump-2.png", "IMG_0231" */
const isFileName = (alt: string): boolean =>
  /^\S+\.(?:png|jpe?g|gif|svg|webp|avif|apng|bmp|ico|tiff?)$/i.test(alt.trim()) ||
  /^(?:img|dsc|image|screenshot)?[_-]?\d+$/i.test(alt.trim());

const saysSomething = (alt: string): boolean =>
  !isFileName(alt) &&
  searchWords(alt).length >= 3 &&
  plainWords(alt).some((word) => !empty.has(word));

/** How many words of the one are in the other, too; words of grammar do not count. */
function sharedWords(some: readonly string[], others: readonly string[]): number {
  const known = new Set(others.flatMap(plainWords));
  const words = new Set(some.flatMap(plainWords));
  return [...words].filter((word) => !empty.has(word) && known.has(word)).length;
}
