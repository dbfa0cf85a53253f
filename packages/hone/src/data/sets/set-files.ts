/** The files of sets while they are written: one for each set and split, in a folder that gets its name at the end. */
import { createWriteStream, type WriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { once } from "node:events";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { encodeName } from "../../formats/file-names.ts";
import { jsonLine } from "../export-lines.ts";
import type { SetSplit } from "./task-splits.ts";

/** What a set's split holds. */
export interface SplitCounts {
  rows: number;
  characters: number;
}

/** Opens a file with the first row of its set and split. */
export class SetFiles {
  readonly #folder: string;
  readonly #streams = new Map<string, WriteStream>();
  /** The first error of a file, which streams report between two writes. */
  #error: Error | undefined;
  readonly counts = new Map<string, Map<SetSplit, SplitCounts>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * @param set  names the set: a tool, or "" for a set without a folder of its own
   * @throws the system's error of any file
   */
  async add(set: string, split: SetSplit, row: object): Promise<void> {
    const stream = await this.#streamOf(set, split);
    if (this.#error !== undefined) throw this.#error;
    const line = jsonLine(row);
    const splits = this.counts.get(set) ?? new Map<SetSplit, SplitCounts>();
    this.counts.set(set, splits);
    const counts = splits.get(split) ?? { rows: 0, characters: 0 };
    splits.set(split, counts);
    counts.rows++;
    counts.characters += line.length;
    if (!stream.write(line)) await once(stream, "drain");
  }

  /** Ends every file, whole. @throws the system's error of any file */
  async end(): Promise<void> {
    for (const stream of this.#streams.values()) {
      stream.end();
      await finished(stream);
    }
    if (this.#error !== undefined) throw this.#error;
  }

  /** The folder of a set. */
  folderOf(set: string): string {
    return set === "" ? this.#folder : join(this.#folder, encodeName(set));
  }

  async #streamOf(set: string, split: SetSplit): Promise<WriteStream> {
    const key = JSON.stringify([set, split]);
    const known = this.#streams.get(key);
    if (known !== undefined) return known;
    const folder = this.folderOf(set);
    await mkdir(folder, { recursive: true });
    const stream = createWriteStream(join(folder, `${split}.jsonl`), { flush: true });
    this.#streams.set(key, stream);
    stream.on("error", (error) => (this.#error ??= error));
    await once(stream, "open");
    return stream;
  }
}
