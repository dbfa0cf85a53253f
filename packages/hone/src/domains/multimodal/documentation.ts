/** A documentation to ask about: its images as a search, and its questions. */
import { posix, resolve } from "node:path";
import type { ImagePair } from "../../core/image-pair.ts";
import { type KnownDocument, pairsOfDocuments } from "../../data/content/extract-images.ts";
import type { IsFile } from "../../data/content/image-places.ts";
import { type ImageSearch, imageSearch } from "./image-search.ts";
import { documentQuestions, type DrawQuestions } from "./questions.ts";
import { type SampleFile, sampleSite } from "./sample-site.ts";

/** What is asked about. */
export interface Documentation {
  /** Its images with the words around them. */
  readonly pairs: readonly ImagePair[];
  /** The same, to be searched. */
  readonly images: ImageSearch;
  /** Draws questions that its sections answer. */
  readonly questions: DrawQuestions;
}

/**
 * A documentation of documents that are in memory.
 *
 * @param isFile         whether there is a file at an absolute path
 * @param minConfidence  images below it are left out. Default 0.4
 * @example documentation([{ source: "docs/pump.md", root: "/docs", path: "/docs/pump.md", text, isMdx: false }], existsSync);
 */
export function documentation(
  pages: readonly KnownDocument[],
  isFile: IsFile,
  minConfidence?: number,
): Documentation {
  const least = minConfidence === undefined ? {} : { minConfidence };
  const pairs = pairsOfDocuments(pages, { isFile, ...least });
  return {
    pairs,
    images: imageSearch(pairs),
    questions: documentQuestions({ pages, pairs, isFile }),
  };
}

/** The name of the folder of the sample documentation. */
const NAME = "content";

/** The sample documentation of `sampleSite`, in memory. @example sampleDocumentation().questions({ split: "test", count: 5, seed: 0 }); */
export function sampleDocumentation(seed = 0): Documentation {
  const files = sampleSite(seed);
  const root = resolve("/", NAME);
  const paths = new Set(files.map(({ path }) => resolve(root, path)));
  return documentation(samplePages(files, root), (path) => paths.has(path));
}

const samplePages = (files: readonly SampleFile[], root: string): readonly KnownDocument[] =>
  files.flatMap(({ path, content }) =>
    typeof content === "string" && path.endsWith(".md") && path.includes("/")
      ? [
          {
            ...{ source: posix.join(NAME, path), root, path: resolve(root, path) },
            ...{ text: content, isMdx: false },
          },
        ]
      : [],
  );
