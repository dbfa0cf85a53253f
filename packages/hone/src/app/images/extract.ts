/** `hone extract`: the images of documents, and of a site's pages, with the words around them, as one file. */
import { dirname, join } from "node:path";
import type { OnProgress } from "../../core/progress.ts";
import type { ContentFolder } from "../../data/content/content-files.ts";
import {
  type ExtractedImages,
  extractImages,
  type ExtractStats,
  MIN_CONFIDENCE,
} from "../../data/content/extract-images.ts";
import { type CrawlReport, crawlSite } from "../../data/crawl/crawl-site.ts";
import { writeImagePairs } from "../../formats/image-pairs-format.ts";
import { writeOutput } from "../../formats/whole-write.ts";

/** What is extracted, and where it goes. */
export interface ExtractToOptions {
  /** Folders of documents. */
  readonly folders?: readonly string[] | undefined;
  /** Folders of content, in which README.md and files at the root are left out. */
  readonly storage?: readonly string[] | undefined;
  /** The site that is fetched first. */
  readonly crawl?: CrawlSettings | undefined;
  /** The file of the pairs. */
  readonly output: string;
  /** Pairs below it are left out. Default 0.4. */
  readonly minConfidence?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** Which pages of a site are fetched. */
export interface CrawlSettings {
  readonly address: string;
  readonly depth: number;
  readonly maxPages: number;
  readonly delayMs: number;
  /** Where the pages are kept. Default: `crawled` beside the file of the pairs. */
  readonly pages?: string | undefined;
}

/** What was found, and what came of the crawl. */
export interface ExtractReport extends ExtractedImages {
  readonly crawl?: CrawlReport;
}

/**
 * Fetches what is to be fetched, extracts, and writes the file, whole or not at all.
 * @throws as `extractImages` and `crawlSite`; DISK_FULL, WRITE_FAILED
 */
export async function extractTo(options: ExtractToOptions): Promise<ExtractReport> {
  const { output, minConfidence = MIN_CONFIDENCE, signal, onProgress } = options;
  const { pages = join(dirname(output), "crawled"), ...site } = options.crawl ?? {};
  const crawl =
    options.crawl && (await crawlSite({ ...options.crawl, out: pages, signal, onProgress }));
  const folders: readonly ContentFolder[] = [
    ...(options.storage ?? []).map((path) => ({ path, isStorage: true })),
    ...(options.folders ?? []).map((path) => ({ path })),
    ...(crawl === undefined ? [] : [{ path: pages }]),
  ];
  const found = await extractImages({ folders, minConfidence, signal, onProgress });
  const config = {
    storage_path: options.storage ?? [],
    docs_path: options.folders ?? [],
    min_confidence: minConfidence,
    ...(crawl && { crawl: site }),
  };
  await writeOutput(output, fileText(found, { config, crawl }));
  return { ...found, ...(crawl && { crawl }) };
}

function fileText(
  { pairs, stats }: ExtractedImages,
  {
    config,
    crawl,
  }: { readonly config: Record<string, unknown>; readonly crawl?: CrawlReport | undefined },
): string {
  return writeImagePairs({
    generated_at: new Date().toISOString(),
    config,
    stats: { ...writtenStats(stats), ...(crawl && { crawl: { ...crawl } }) },
    pairs: pairs.map((pair) => ({ ...pair, headings: [...pair.headings] })),
  });
}

/** The counts with their keys as the file has them. */
function writtenStats(stats: ExtractStats) {
  const { files, filesTooLarge, filesNotUtf8, linesTooLong, images, kept } = stats;
  return {
    files,
    files_too_large: filesTooLarge,
    files_not_utf8: filesNotUtf8,
    lines_too_long: linesTooLong,
    images,
    kept,
    excluded: { ...stats.excluded },
    bands: { ...stats.bands },
    types: { ...stats.types },
  };
}
