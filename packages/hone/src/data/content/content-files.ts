/** The documents of folders: their Markdown files, as text. */
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, posix, relative, resolve, sep } from "node:path";
import { HoneError } from "../../core/errors.ts";
import { fileReason } from "../../core/file-reason.ts";

/** A folder of documents. */
export interface ContentFolder {
  /** The folder. */
  readonly path: string;
  /** Whether it is a storage of content, in which README.md and files at the root are about the storage itself. Default false. */
  readonly isStorage?: boolean;
}

/** A document that was read. */
export interface ContentFile {
  /** Its path, with the folder's name before it, with "/" on every system. */
  readonly source: string;
  /** The folder as an absolute path. */
  readonly root: string;
  /** The file as an absolute path. */
  readonly path: string;
  /** The whole text. */
  readonly text: string;
  /** Whether it is MDX, whose imports and expressions are no text. */
  readonly isMdx: boolean;
  /** False where its bytes were no UTF-8 and were read as UTF-16, by their mark, or as Windows-1252. */
  readonly isUtf8: boolean;
}

/** Largest document, in bytes; a larger one is no text that people wrote. */
const MAX_DOCUMENT = 20 * 1024 * 1024;

const isDocument = (name: string): boolean => /\.(?:md|mdx|markdown)$/i.test(name);

/** Folders that hold no documents of the project's own. */
const isLeftOut = (name: string): boolean => name.startsWith(".") || name === "node_modules";

/** A file's place in the folders. */
export type ContentPlace = Pick<ContentFile, "source" | "root" | "path">;

/**
 * The documents of folders, one folder after the other.
 * @throws CONTENT_NAMES_ALIKE for two folders of one name, which begins the address of each document and image; as `contentPlaces`
 */
export async function placesOf(
  folders: readonly ContentFolder[],
): Promise<readonly ContentPlace[]> {
  const byName = Map.groupBy(
    folders.map(({ path }) => resolve(path)),
    (path) => basename(path),
  );
  const alike = [...byName.values()].find((paths) => paths.length > 1);
  if (alike !== undefined) throw new HoneError("CONTENT_NAMES_ALIKE", { folders: alike });
  return (await Promise.all(folders.map(contentPlaces))).flat();
}

/**
 * The documents of a folder, in the order of their paths, by their places. Hidden folders, node_modules and linked folders are not
 * entered.
 * @throws CONTENT_UNREADABLE for a folder that is none, or that cannot be read
 */
async function contentPlaces({
  path: folder,
  isStorage = false,
}: ContentFolder): Promise<readonly ContentPlace[]> {
  const root = resolve(folder);
  const names = await documentsBelow(root);
  return names
    .filter((name) => !isStorage || (name.includes("/") && !/(?:^|\/)readme\.\w+$/i.test(name)))
    .map((name) => ({
      ...{ source: posix.join(basename(root), name), root, path: join(root, name) },
    }));
}

async function documentsBelow(root: string): Promise<readonly string[]> {
  const names: string[] = [];
  const enter = async (folder: string): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
      const facts = { path: folder, reason: fileReason(cause) };
      throw new HoneError("CONTENT_UNREADABLE", facts, { cause });
    });
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !isLeftOut(entry.name)) await enter(path);
      else if (isDocument(entry.name) && (entry.isFile() || (await isLinkedFile(entry, path))))
        names.push(relative(root, path).split(sep).join("/"));
    }
  };
  await enter(root);
  return names;
}

async function isLinkedFile(
  entry: { readonly isSymbolicLink: () => boolean },
  path: string,
): Promise<boolean> {
  if (!entry.isSymbolicLink()) return false;
  const target = await stat(path).catch(() => undefined);
  return target?.isFile() === true;
}

/**
 * Reads a document.
 * @returns undefined for one that is larger than `MAX_DOCUMENT`
 * @throws CONTENT_UNREADABLE
 */
export async function readContent(place: ContentPlace): Promise<ContentFile | undefined> {
  try {
    if ((await stat(place.path)).size > MAX_DOCUMENT) return undefined;
    const decoded = decodedText(await readFile(place.path));
    return { ...place, ...decoded, isMdx: /\.mdx$/i.test(place.path) };
  } catch (cause) {
    const facts = { path: place.path, reason: fileReason(cause) };
    throw new HoneError("CONTENT_UNREADABLE", facts, { cause });
  }
}

/** The text of bytes, which say their encoding by a mark or are UTF-8, else are taken as Windows-1252, which reads any byte. */
function decodedText(bytes: Uint8Array): Pick<ContentFile, "text" | "isUtf8"> {
  const mark = [bytes[0], bytes[1]].join();
  if (mark === "255,254" || mark === "254,255") {
    const encoding = mark === "255,254" ? "utf-16le" : "utf-16be";
    return { text: new TextDecoder(encoding).decode(bytes), isUtf8: false };
  }
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), isUtf8: true };
  } catch {
    return { text: new TextDecoder("windows-1252").decode(bytes), isUtf8: false };
  }
}
