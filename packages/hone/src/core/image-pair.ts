/** An image of a document with the words around it: what `hone extract` finds, and what image search finds again. */

/** What an image shows, by the words about it. */
export const imageTypes = [
  "screenshot",
  "diagram",
  "chart",
  "photo",
  "logo",
  "icon",
  "animation",
  "other",
] as const;
/** See `imageTypes`. */
export type ImageType = (typeof imageTypes)[number];

/** How much a pair teaches: high from a confidence of 0.7, medium from 0.4, low below. */
export const confidenceBands = ["high", "medium", "low"] as const;
/** See `confidenceBands`. */
export type ConfidenceBand = (typeof confidenceBands)[number];

/** An image with the words around it. */
export interface ImagePair {
  /** The address as the document has it. */
  readonly url: string;
  /** The file that the address means, relative to the folder that was read; absent for an address on the web. */
  readonly file?: string;
  /** The words in place of the image; "" where there are none. */
  readonly alt: string;
  /** The image's title, which a reader sees while pointing at it. */
  readonly title?: string;
  /** The words below the image. */
  readonly caption?: string;
  /** The headings above it, the outermost first. */
  readonly headings: readonly string[];
  /** What the section says before the image. */
  readonly before: string;
  /** What the section says after it. */
  readonly after: string;
  /** The document, relative to the folder that was read, and the folder's name before it. */
  readonly source: string;
  /** The line of the document, from 1. */
  readonly line: number;
  /** What it shows, by the words about it and its file's name. */
  readonly type: ImageType;
  /** From 0 to 1; `imageConfidence` has the formula. */
  readonly confidence: number;
  /** The band of the confidence. */
  readonly band: ConfidenceBand;
}

/** The band of a confidence. @example bandOf(0.55); // "medium" */
export const bandOf = (confidence: number): ConfidenceBand =>
  confidence >= 0.7 ? "high" : confidence >= 0.4 ? "medium" : "low";

/**
 * What an image is called outside of its document: its address on the web, or its file with the folder's name before it.
 * @example imageAddress(pair); // "docs/images/pump.svg"
 */
export const imageAddress = ({
  url,
  file,
  source,
}: Pick<ImagePair, "url" | "file" | "source">): string =>
  file === undefined ? url : `${source.split("/")[0]}/${file}`;
