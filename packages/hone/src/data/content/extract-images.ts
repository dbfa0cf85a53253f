/** Every image of folders of documents with its words, what was left out and why. */
import { HoneError } from "../../core/errors.ts";
import {
  bandOf,
  type ConfidenceBand,
  imageAddress,
  type ImagePair,
  type ImageType,
} from "../../core/image-pair.ts";
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { OnProgress } from "../../core/progress.ts";
import { type ContentFile, type ContentFolder, placesOf, readContent } from "./content-files.ts";
import { documentImages, type PlacedImage } from "./document-images.ts";
import { imageConfidence } from "./image-confidence.ts";
import { type ExclusionReason, excludedBy, exclusionReasons } from "./image-exclusions.ts";
import { imagePlace, type IsFile } from "./image-places.ts";
import { imageType } from "./image-type.ts";
import { longLines } from "./plain-markdown.ts";

/** What is extracted, and from where. */
export interface ExtractOptions {
  /** Folders of documents. */
  readonly folders: readonly ContentFolder[];
  /** Pairs below it are left out. Default 0.4. */
  readonly minConfidence?: number;
  /** Aborts the extraction. */
  readonly signal?: AbortSignal | undefined;
  /** Told how many of the documents are read. */
  readonly onProgress?: OnProgress | undefined;
}

const optionNames: OptionNames<ExtractOptions> = {
  ...{ folders: true, minConfidence: true, signal: true, onProgress: true },
};

/** How much there was. */
export interface ExtractStats {
  /** Documents that were read. */
  readonly files: number;
  /** Documents larger than 20 MB, which were not. */
  readonly filesTooLarge: number;
  /** Documents that are no UTF-8. They were read as UTF-16, by their mark, or as Windows-1252. */
  readonly filesNotUtf8: number;
  /** Lines longer than 100,000 characters, which were left blank. */
  readonly linesTooLong: number;
  /** Images that were found. */
  readonly images: number;
  /** Pairs that were kept. */
  readonly kept: number;
  /** The other images by the reason that they were left out for. */
  readonly excluded: Readonly<Partial<Record<ExclusionReason, number>>>;
  /** The pairs by their band. */
  readonly bands: Readonly<Record<ConfidenceBand, number>>;
  /** The pairs by their type. */
  readonly types: Readonly<Partial<Record<ImageType, number>>>;
}

/** What was found. */
export interface ExtractedImages {
  /** How much there was, and what was left out. */
  readonly stats: ExtractStats;
  /** In the order of the documents, and in each as they stand in it. */
  readonly pairs: readonly ImagePair[];
}

/** The least confidence that is kept unless another is given. */
export const MIN_CONFIDENCE = 0.4;

/**
 * Extracts the images of documents with the words around them.
 *
 * @throws CONTENT_UNREADABLE for a folder or a document that cannot be read; CONTENT_NAMES_ALIKE; CONTENT_EMPTY where there is no document; CANCELLED
 * @example
 * const { pairs, stats } = await extractImages({ folders: [{ path: "docs" }] });
 */
export async function extractImages(options: ExtractOptions): Promise<ExtractedImages> {
  checkOptions("extractImages", options, optionNames);
  const { folders, minConfidence = MIN_CONFIDENCE, signal, onProgress } = options;
  optionChecks("extractImages").share("minConfidence", minConfidence);
  const places = await placesOf(folders);
  if (places.length === 0)
    throw new HoneError("CONTENT_EMPTY", { folders: folders.map(({ path }) => path) });
  const counts = { files: 0, filesTooLarge: 0, filesNotUtf8: 0, linesTooLong: 0 };
  const found: (ImagePair | ExclusionReason)[] = [];
  for (const [i, place] of places.entries()) {
    if (signal?.aborted) throw new HoneError("CANCELLED", { what: "The extraction of images" });
    onProgress?.({ what: "reading documents", share: i / places.length });
    const page = await readContent(place);
    if (page === undefined) {
      counts.filesTooLarge += 1;
      continue;
    }
    counts.files += 1;
    counts.filesNotUtf8 += page.isUtf8 ? 0 : 1;
    counts.linesTooLong += longLines(page.text);
    found.push(...pairsOf(page));
  }
  return chosen(found, counts, minConfidence);
}

type FileCounts = Pick<ExtractStats, "files" | "filesTooLarge" | "filesNotUtf8" | "linesTooLong">;

/** A document that is in memory. */
export type KnownDocument = Omit<ContentFile, "isUtf8">;

/**
 * The pairs of documents that are in memory.
 * @param isFile  whether there is a file at an absolute path
 */
export const pairsOfDocuments = (
  pages: readonly KnownDocument[],
  {
    isFile,
    minConfidence = MIN_CONFIDENCE,
  }: { readonly isFile: IsFile; readonly minConfidence?: number },
): readonly ImagePair[] => {
  const found = pages.flatMap((page) => pairsOf(page, isFile));
  return chosen(found, noFiles, minConfidence).pairs;
};

const noFiles: FileCounts = { files: 0, filesTooLarge: 0, filesNotUtf8: 0, linesTooLong: 0 };

/** The pairs of a document, and the reason of each image that is none. */
const pairsOf = (page: KnownDocument, isFile?: IsFile): readonly (ImagePair | ExclusionReason)[] =>
  documentImages(page.text, page.isMdx).map((image) => pairOf(image, page, isFile));

function pairOf(
  image: PlacedImage,
  page: KnownDocument,
  isFile: IsFile | undefined,
): ImagePair | ExclusionReason {
  const reason = excludedBy(image);
  if (reason !== undefined) return reason;
  const place = imagePlace(image.url, page, isFile);
  if (place.kind === "none") return place.reason;
  const { url, alt, title, caption, headings, before, after, line } = image;
  const isThere = place.kind === "file" || place.isImage;
  const confidence = imageConfidence({ ...image, isThere });
  return {
    url,
    ...(place.kind === "file" && { file: place.file }),
    alt,
    ...(title !== undefined && { title }),
    ...(caption !== undefined && { caption }),
    ...{ headings, before, after, source: page.source, line },
    ...{ type: imageType(image), confidence, band: bandOf(confidence) },
  };
}

/** Keeps each image once, and those that are confident enough. */
function chosen(
  found: readonly (ImagePair | ExclusionReason)[],
  counts: FileCounts,
  minConfidence: number,
): ExtractedImages {
  const excluded: Partial<Record<ExclusionReason, number>> = {};
  const leaveOut = (reason: ExclusionReason): void => {
    excluded[reason] = (excluded[reason] ?? 0) + 1;
  };
  const best = bestOfEach(found.filter((one) => typeof one !== "string"));
  const pairs = found.flatMap((one) => {
    const reason = typeof one === "string" ? one : reasonAgainst(one, best, minConfidence);
    if (reason === undefined) return [one as ImagePair];
    leaveOut(reason);
    return [];
  });
  const known = Object.keys(exclusionReasons) as readonly ExclusionReason[];
  const inOrder = known.flatMap((reason) =>
    excluded[reason] === undefined ? [] : [[reason, excluded[reason]] as const],
  );
  return {
    stats: {
      ...counts,
      images: found.length,
      kept: pairs.length,
      excluded: Object.fromEntries(inOrder),
      ...pairCounts(pairs),
    },
    pairs,
  };
}

function reasonAgainst(
  pair: ImagePair,
  best: ReadonlyMap<string, ImagePair>,
  minConfidence: number,
): ExclusionReason | undefined {
  if (best.get(imageAddress(pair)) !== pair) return "duplicate";
  return pair.confidence < minConfidence ? "confidence" : undefined;
}

/** Of the pairs of one image the most confident; of equal ones the first. */
function bestOfEach(pairs: readonly ImagePair[]): ReadonlyMap<string, ImagePair> {
  const best = new Map<string, ImagePair>();
  for (const pair of pairs) {
    const other = best.get(imageAddress(pair));
    if (other === undefined || pair.confidence > other.confidence)
      best.set(imageAddress(pair), pair);
  }
  return best;
}

function pairCounts(pairs: readonly ImagePair[]): Pick<ExtractStats, "bands" | "types"> {
  const bands = { high: 0, medium: 0, low: 0 };
  const types: Partial<Record<ImageType, number>> = {};
  for (const { band, type } of pairs) {
    bands[band] += 1;
    types[type] = (types[type] ?? 0) + 1;
  }
  return { bands, types };
}
