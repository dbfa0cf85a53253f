/** The documents that `hone run multimodal` asks about: the user's folders, or the sample, and the file of their images. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { ImagePair } from "../../../core/image-pair.ts";
import { HoneError } from "../../../core/errors.ts";
import {
  type ContentFolder,
  contentPlaces,
  readContent,
} from "../../../data/content/content-files.ts";
import type { ExtractStats } from "../../../data/content/extract-images.ts";
import {
  type Documentation,
  documentation,
  sampleDocumentation,
} from "../../../domains/multimodal/documentation.ts";
import { sampleSite } from "../../../domains/multimodal/sample-site.ts";
import { writeFolderWhole } from "../../../formats/whole-write.ts";
import { extractTo } from "../../images/extract.ts";
import type { MultimodalSettings } from "../multimodal-settings.ts";

type ContentSettings = Pick<MultimodalSettings, "storagePath" | "docsPath" | "minConfidence">;

/** Where the content lies: the user's folders; none where the sample is asked about. */
const foldersOf = ({ storagePath, docsPath }: ContentSettings): readonly ContentFolder[] => [
  ...(storagePath === undefined ? [] : [{ path: resolve(storagePath), isStorage: true }]),
  ...(docsPath === undefined ? [] : [{ path: resolve(docsPath) }]),
];

/** Opens what is asked about. @throws CONTENT_UNREADABLE, CONTENT_EMPTY; QUESTIONS_TOO_FEW where it answers no question */
export async function openContent(settings: ContentSettings): Promise<Documentation> {
  const folders = foldersOf(settings);
  if (folders.length === 0) return sampleDocumentation();
  const places = (await Promise.all(folders.map(contentPlaces))).flat();
  const pages = await Promise.all(places.map(readContent));
  const known = pages.filter((page) => page !== undefined);
  const made = documentation(known, existsSync, settings.minConfidence);
  const counts = (["train", "test"] as const).map(
    (split) => made.questions({ split, count: 2, seed: 0 }).length,
  );
  if (counts.every((count) => count > 0)) return made;
  made.images.close();
  const facts = { folders: folders.map(({ path }) => path), documents: known.length };
  throw new HoneError("QUESTIONS_TOO_FEW", facts);
}

/** The digest of the images, by which a resumed run knows that the documents are the same. */
export const contentDigest = (pairs: readonly ImagePair[]): string =>
  createHash("sha256").update(JSON.stringify(pairs)).digest("hex");

/** The name of the folder of data, and of the file of pairs in it. */
export const DATA_FOLDER = "rl_data";
const PAIRS = "training_data.json";

/**
 * Writes the images' file, and the sample's documents where it is asked about, into `rl_data` of a folder.
 * @returns the file's path, and what was found
 * @throws as `extractTo`
 */
export async function writeContent(
  folder: string,
  settings: ContentSettings,
): Promise<{ readonly file: string; readonly stats: ExtractStats }> {
  const data = join(folder, DATA_FOLDER);
  const file = join(data, PAIRS);
  const { storagePath, docsPath, minConfidence } = settings;
  const isSample = storagePath === undefined && docsPath === undefined;
  const sample = join(data, "content");
  if (isSample) await writeSample(sample);
  const { stats } = await extractTo({
    storage: isSample ? [sample] : storagePath === undefined ? undefined : [storagePath],
    folders: docsPath === undefined ? undefined : [docsPath],
    ...{ output: file, minConfidence },
  });
  return { file, stats };
}

const writeSample = (folder: string): Promise<void> =>
  writeFolderWhole(
    folder,
    async (target) => {
      for (const { path, content } of sampleSite(0)) {
        await mkdir(dirname(join(target, path)), { recursive: true });
        await writeFile(join(target, path), content);
      }
    },
    { replace: true },
  );
