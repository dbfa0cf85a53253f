/** Reads a user's file of examples as a whole: the entries of data-entries.ts, and the digest by which a resumed run knows the file. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { HoneError } from "../core/errors.ts";
import { dataEntries, unreadableData } from "./data-entries.ts";
import type { DataEntry } from "./data-line-error.ts";

/** A file of examples. */
export interface DataFile {
  readonly entries: readonly DataEntry[];
  /** SHA-256 of the file, by which a resumed run knows that the file is the same. */
  readonly digest: string;
}

/**
 * The examples of a file, in its order; empty lines are skipped.
 * @param holds  what each example is, for the error's advice
 * @throws DATA_UNREADABLE, DATA_EMPTY; DATA_LINE_INVALID as `dataEntries`
 */
export async function readDataFile(
  file: string,
  holds: "conversations" | "tasks",
): Promise<DataFile> {
  // The file is read once, so that a pipe can be one.
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw unreadableData(file, holds)(cause);
  });
  const entries: DataEntry[] = [];
  for await (const entry of dataEntries({ file, holds, bytes })) entries.push(entry);
  if (entries.length === 0) throw new HoneError("DATA_EMPTY", { where: file });
  return { entries, digest: createHash("sha256").update(bytes).digest("hex") };
}
