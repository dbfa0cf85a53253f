/** The texts of a folder as documents: each Markdown or text file in passages. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { HoneError } from "../../core/errors.ts";
import { fileReason } from "../../core/file-reason.ts";
import type { CorpusDocument } from "./corpus.ts";

/** Words of a passage, at most, but for a longer paragraph. */
const maxWords = 150;

/**
 * The passages of all .md and .txt files under a folder. The title of a passage is the path of its file in the folder, with a "#" and the
 * number of the passage where the file has several.
 * @throws CORPUS_UNREADABLE for a folder that cannot be read, or has no such file with text
 */
export function readCorpusFolder(folder: string): readonly CorpusDocument[] {
  const documents = filesOf(folder).flatMap((file) => {
    return passagesOf(file, textOf(folder, file));
  });
  if (documents.length > 0) return documents;
  throw new HoneError("CORPUS_UNREADABLE", {
    folder,
    reason: "it has no .md or .txt file with text",
  });
}

function filesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => /\.(md|txt)$/i.test(file))
      .map((file) => file.replaceAll("\\", "/"))
      .toSorted((a, b) => (a < b ? -1 : 1));
  } catch (error) {
    throw unreadable(folder, error);
  }
}

function textOf(folder: string, file: string): string {
  try {
    return readFileSync(join(folder, file), "utf8");
  } catch (error) {
    throw unreadable(join(folder, file), error);
  }
}

const unreadable = (folder: string, error: unknown): HoneError =>
  new HoneError("CORPUS_UNREADABLE", { folder, reason: fileReason(error) }, { cause: error });

/**
 * The passages of a text as documents: paragraphs, put together as long as they stay below the limit.
 * @param name  the title, behind which a "#" and the number of the passage stand where there are several
 */
export function passagesOf(name: string, text: string): readonly CorpusDocument[] {
  const paragraphs = text
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replace(/\s+/g, " ").trim());
  const passages: string[] = [];
  for (const paragraph of paragraphs.filter((one) => one !== "")) {
    const joined = passages.length === 0 ? paragraph : `${passages.at(-1)} ${paragraph}`;
    if (passages.length > 0 && joined.split(" ").length <= maxWords) passages.splice(-1, 1, joined);
    else passages.push(paragraph);
  }
  const title = (i: number): string => (passages.length === 1 ? name : `${name}#${i + 1}`);
  return passages.map((passage, i) => ({ title: title(i), text: passage }));
}
