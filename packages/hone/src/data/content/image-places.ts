/** Where the addresses of a document's images lead: to a file of the folder, or to the web. */
import { existsSync, statSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import type { ContentPlace } from "./content-files.ts";
import type { ExclusionReason } from "./image-exclusions.ts";

/** Where an address leads. */
export type ImagePlace =
  | { readonly kind: "web"; readonly isImage: boolean }
  /** `file`: relative to the folder of documents, with "/" on every system. */
  | { readonly kind: "file"; readonly file: string }
  | { readonly kind: "none"; readonly reason: ExclusionReason };

/** Whether there is a file at an absolute path. */
export type IsFile = (path: string) => boolean;

/** Folders whose files a site's pages address from its root, beside the folder of documents itself. */
const publicFolders = ["", "static", "public", "../static", "../public"];

const IMAGE_FILE = /\.(?:png|jpe?g|gif|svg|webp|avif|apng|bmp|ico|tiff?)(?:[?#]|$)/i;

/**
 * Where an image's address leads from its document.
 * @example imagePlace("../images/pump.png", page); // { kind: "file", file: "images/pump.png" }
 */
export function imagePlace(
  url: string,
  page: ContentPlace,
  isFile: IsFile = isFileOnDisk,
): ImagePlace {
  if (/^(?:https?:)?\/\//i.test(url)) return { kind: "web", isImage: IMAGE_FILE.test(url) };
  // Any other scheme, such as "blob:" or "file:", is no address that a reader of an answer can use.
  if (/^[a-z][a-z0-9+.-]+:/i.test(url)) return { kind: "none", reason: "no_address" };
  const path = decoded(url.replace(/[?#].*$/, "").replace(/^@site\//, "/"));
  const possible = candidates(path, page);
  const allowed = possible.filter((file) => isOfTheSite(file, page));
  const found = allowed.find(isFile);
  if (found === undefined)
    return { kind: "none", reason: allowed.length === 0 ? "outside" : "missing" };
  return { kind: "file", file: relative(page.root, found).split(sep).join("/") };
}

/** "my%20pump.png" is the file "my pump.png"; what cannot be decoded is taken as it is. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** A relative address is one of the document's folder, or, as of many sites, of the address of its page, which ends in "/". */
const candidates = (path: string, { root, path: page }: ContentPlace): readonly string[] =>
  isAbsolute(path)
    ? // The path of some sites' addresses begins with the name of the folder of documents.
      [...publicFolders, ".."].map((folder) => resolve(root, folder, `.${path}`))
    : [resolve(dirname(page), path), resolve(page, path)];

/** Whether a file lies in the folder of documents or in a public one: what else is on the disk is not for a page to name. */
const isOfTheSite = (file: string, { root }: ContentPlace): boolean =>
  publicFolders.some((folder) => file.startsWith(resolve(root, folder, "_").slice(0, -1)));

/** Whether there is a file, and no folder, at an absolute path. */
export const isFileOnDisk: IsFile = (path) =>
  existsSync(path) && (statSync(path, { throwIfNoEntry: false })?.isFile() ?? false);
