/** Search for images by the words about them: full text, ranked by bm25, filtered by type and confidence. */
import { imageAddress, type ImagePair, type ImageType } from "../../core/image-pair.ts";
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { plainWords } from "../../core/plain-words.ts";
import { openFullTextIndex } from "../../data/full-text-index.ts";

/** An image that a search has found. */
export interface ImageResult {
  /** Its address on the web, or its file with its folder's name before it. */
  readonly url: string;
  /** The words in place of the image. */
  readonly alt: string;
  /** What it shows. */
  readonly type: ImageType;
  /** The bm25 score: above 0, larger for a better match. */
  readonly score: number;
  /** The document that shows it. */
  readonly source: string;
}

/** How images are searched. */
export interface ImageSearchOptions {
  /** Images at most. Default 5. */
  readonly limit?: number;
  /** The types to find. Default: all. */
  readonly types?: readonly ImageType[];
  /** The least confidence, from 0 to 1. Default 0. */
  readonly minConfidence?: number;
}

const searchNames: OptionNames<ImageSearchOptions> = {
  ...{ limit: true, types: true, minConfidence: true },
};

/** Images that can be searched. */
export interface ImageSearch {
  /** How many images there are. */
  readonly size: number;
  /**
   * The best images for the words of a question, best first. Words are stemmed; words without meaning find nothing of their own.
   * @throws OPTION_INVALID
   */
  search(query: string, options?: ImageSearchOptions): readonly ImageResult[];
  /** Forgets the images. */
  close(): void;
}

/**
 * Makes extracted images searchable, in memory. Alt text, title and caption count three times, headings twice, the context once.
 *
 * @param pairs  as `hone extract` finds them
 * @throws OPTION_INVALID for pairs that are none
 * @example
 * const images = imageSearch(pairs);
 * images.search("connect the pump", { types: ["diagram"], limit: 1 }); // [{ url, alt, type, score, source }]
 */
export function imageSearch(pairs: readonly ImagePair[]): ImageSearch {
  const index = openFullTextIndex({
    fields: { words: 3, headings: 2, context: 1 },
    filters: ["type", "confidence"],
  });
  const byAddress = new Map(pairs.map((pair) => [imageAddress(pair), pair]));
  index.add(
    [...byAddress].map(([id, pair]) => ({
      id,
      fields: {
        words: [pair.alt, pair.title, pair.caption].filter(Boolean).join(" "),
        headings: pair.headings.join(" "),
        context: `${pair.before} ${pair.after}`,
      },
      filters: { type: pair.type, confidence: pair.confidence },
    })),
  );
  return {
    size: byAddress.size,
    search: (query, options = {}) => {
      checkOptions("search", options, searchNames);
      const { limit = 5, types, minConfidence = 0 } = options;
      const found = index.search(plainWords(query).join(" ") || query, {
        limit,
        where: { confidence: { min: minConfidence }, ...(types && { type: [...types] }) },
      });
      return found.map(({ id, score }) => {
        const { alt, type, source } = byAddress.get(id)!;
        return { url: id, alt, type, score: Number(score.toPrecision(3)), source };
      });
    },
    close: () => index.close(),
  };
}
