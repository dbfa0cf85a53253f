/** Writes a page in Markdown with its pictures, and beside it the same as one HTML file that needs no other. */
import { dirname, join } from "node:path";
import { htmlPage } from "./report-html.ts";
import type { Picture } from "./report-pictures.ts";
import { runFiles } from "./run-folder.ts";
import { makeFolder, writeWhole } from "./run-files.ts";

/** The Markdown of a picture in the folder `pictures/` beside the page. */
export const pictureLink = ({ file, caption }: Picture): string =>
  `![${caption}](${runFiles.pictures}/${file})`;

/**
 * Writes the page, the pictures in `pictures/` beside it, and the HTML file, whose name ends with .html. Older ones are replaced.
 * The page is written last.
 * @throws DISK_FULL, RUN_FOLDER_NOT_WRITABLE, WRITE_FAILED
 */
export async function writePage(
  path: string,
  markdown: string,
  pictures: readonly Picture[],
): Promise<void> {
  const folder = dirname(path);
  await makeFolder(join(folder, runFiles.pictures));
  for (const { file, svg } of pictures)
    await writeWhole(join(folder, runFiles.pictures, file), svg);
  await writeWhole(path.replace(/\.md$/, ".html"), htmlPage(markdown, pictures));
  await writeWhole(path, markdown);
}
