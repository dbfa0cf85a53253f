/** The documents that `hone run multimodal` asks about: the user's folders, or the sample, and the file of their images. */
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { HoneError } from "../../../core/errors.ts";
import {
  type ContentFile,
  type ContentFolder,
  placesOf,
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
import { isFileOnDisk } from "../../../data/content/image-places.ts";
import { extractTo } from "../../images/extract.ts";
import type { MultimodalSettings } from "../multimodal-settings.ts";

type ContentSettings = Pick<MultimodalSettings, "storagePath" | "docsPath" | "minConfidence">;

/** Where the content lies: the user's folders; none where the sample is asked about. */
const foldersOf = ({ storagePath, docsPath }: ContentSettings): readonly ContentFolder[] => [
  ...(storagePath === undefined ? [] : [{ path: resolve(storagePath), isStorage: true }]),
  ...(docsPath === undefined ? [] : [{ path: resolve(docsPath) }]),
];

/** What is asked about. */
interface Content {
  readonly made: Documentation;
  /** The digest of the user's documents and their images, by which a resumed run knows that they are the same. */
  readonly digest?: string;
  /** What of the documents was not read, or not as it was written: a line each. */
  readonly notes: readonly string[];
}

/** Opens what is asked about. @throws CONTENT_UNREADABLE, CONTENT_NAMES_ALIKE; QUESTIONS_TOO_FEW where it answers no question */
export async function openContent(settings: ContentSettings): Promise<Content> {
  const folders = foldersOf(settings);
  if (folders.length === 0) return { made: sampleDocumentation(), notes: [] };
  const places = await placesOf(folders);
  const pages = await Promise.all(places.map(readContent));
  const known = pages.filter((page) => page !== undefined);
  const made = documentation(known, isFileOnDisk, settings.minConfidence);
  const counts = (["train", "test"] as const).map(
    (split) => made.questions({ split, count: 2, seed: 0 }).length,
  );
  if (counts.every((count) => count > 0)) {
    const notes = oddNotes({
      filesTooLarge: pages.length - known.length,
      filesNotUtf8: known.filter(({ isUtf8 }) => !isUtf8).length,
    });
    return { made, digest: digestOf(known, made), notes };
  }
  made.images.close();
  const facts = { folders: folders.map(({ path }) => path), documents: known.length };
  throw new HoneError("QUESTIONS_TOO_FEW", facts);
}

const digestOf = (pages: readonly ContentFile[], { pairs }: Documentation): string =>
  createHash("sha256")
    .update(JSON.stringify([pages.map(({ source, text }) => [source, text]), pairs]))
    .digest("hex");

/** Lines about documents that were not read, or not as UTF-8; none where there are none. */
export const oddNotes = ({
  filesTooLarge,
  filesNotUtf8,
}: Pick<ExtractStats, "filesTooLarge" | "filesNotUtf8">): readonly string[] => [
  ...(filesTooLarge === 0 ? [] : [`documents larger than 20 MB, not read: ${filesTooLarge}`]),
  ...(filesNotUtf8 === 0
    ? []
    : [`documents not in UTF-8, read as UTF-16 or Windows-1252: ${filesNotUtf8}`]),
];

/** The name of the folder of data. */
export const DATA_FOLDER = "rl_data";

/** The file of pairs in a folder. */
export const pairsFile = (folder: string): string =>
  join(folder, DATA_FOLDER, "training_data.json");

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
  const file = pairsFile(folder);
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
