/** The files of sets while they are written: one for each set and split, in a folder that gets its name at the end. */
import { createWriteStream, type WriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { once } from "node:events";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { encodeName } from "../../formats/file-names.ts";
import { jsonLine } from "../export-lines.ts";
import type { SetSplit } from "./task-splits.ts";

/** Opens a file with the first row of its set and split. */
export class SetFiles {
  readonly #folder: string;
  readonly #streams = new Map<string, WriteStream>();
  /** The first error of a file, which streams report between two writes. */
  #error: Error | undefined;
  /** How many rows each set has in each split. */
  readonly counts = new Map<string, Map<SetSplit, number>>();

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
    const splits = this.counts.get(set) ?? new Map<SetSplit, number>();
    this.counts.set(set, splits.set(split, (splits.get(split) ?? 0) + 1));
    if (!stream.write(jsonLine(row))) await once(stream, "drain");
  }

  /** Ends every file, whole. @throws the system's error of any file */
  async end(): Promise<void> {
    for (const stream of this.#streams.values()) {
      stream.end();
      await finished(stream);
    }
    if (this.#error !== undefined) throw this.#error;
  }

  /** The files that were opened. */
  get paths(): readonly string[] {
    return [...this.#streams.values()].map(({ path }) => String(path));
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
