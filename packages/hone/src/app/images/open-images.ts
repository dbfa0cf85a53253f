/** The images of a file that `hone extract` wrote, to be searched. */
import { readFile } from "node:fs/promises";
import { HoneError } from "../../core/errors.ts";
import { fileReason } from "../../core/file-reason.ts";
import { type ImageSearch, imageSearch } from "../../domains/multimodal/image-search.ts";
import { readImagePairs } from "../../formats/image-pairs-format.ts";

/** @throws IMAGES_UNREADABLE; FILE_DAMAGED, FORMAT_UNKNOWN_VERSION for a file of something else */
export async function openImages(file: string): Promise<ImageSearch> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new HoneError("IMAGES_UNREADABLE", { file, reason: fileReason(cause) }, { cause });
  });
  return imageSearch(readImagePairs(text, file));
}
