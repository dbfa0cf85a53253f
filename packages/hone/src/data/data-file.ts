/** Reads a user's file of examples: one JSON object a line, or one JSON list of objects; both may be gzipped. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { HoneError } from "../core/errors.ts";
import { fileReason } from "../core/file-reason.ts";
import { elementsOf } from "../core/json-text.ts";
import { type DataEntry, parseEntry } from "./data-line-error.ts";

/** A file of examples. */
export interface DataFile {
  readonly entries: readonly DataEntry[];
  /** SHA-256 of the file, by which a resumed run knows that the file is the same. */
  readonly digest: string;
}

/**
 * The examples of a file, in its order; empty lines are skipped.
 * @param holds  what each example is, for the error's advice
 * @throws DATA_UNREADABLE, DATA_EMPTY; DATA_LINE_INVALID for a list that is not JSON
 */
export async function readDataFile(
  file: string,
  holds: "conversations" | "tasks",
): Promise<DataFile> {
  const { bytes, text } = await readText(file, holds);
  const entries = /^\s*\[/.test(text) ? listEntries(file, text) : lineEntries(file, text);
  if (entries.length === 0) throw new HoneError("DATA_EMPTY", { where: file });
  return { entries, digest: createHash("sha256").update(bytes).digest("hex") };
}

async function readText(
  file: string,
  holds: "conversations" | "tasks",
): Promise<{ bytes: Buffer; text: string }> {
  try {
    const bytes = await readFile(file);
    const isZipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const plain = isZipped ? await promisify(gunzip)(bytes) : bytes;
    return { bytes, text: new TextDecoder("utf-8", { fatal: true }).decode(plain) };
  } catch (cause) {
    throw new HoneError("DATA_UNREADABLE", { file, reason: fileReason(cause), holds }, { cause });
  }
}

const lineEntries = (file: string, text: string): DataEntry[] =>
  text
    .split("\n")
    .flatMap((line, i) =>
      line.trim() === "" ? [] : [{ file, text: line, line: i + 1, column: 1 }],
    );

function listEntries(file: string, text: string): DataEntry[] {
  parseEntry({ file, text, line: 1, column: 1 });
  let [line, lineStart] = [1, 0];
  return elementsOf(text).map((element) => {
    for (;;) {
      const at = text.indexOf("\n", lineStart);
      if (at < 0 || at >= element.start) break;
      [line, lineStart] = [line + 1, at + 1];
    }
    return { file, text: element.text, line, column: element.start - lineStart + 1 };
  });
}
