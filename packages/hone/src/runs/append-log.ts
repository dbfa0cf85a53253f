/**
 * A file that only grows: a header, then whole records.
 *
 * A killed process can leave half a record at the end, which is cut off when the log is opened again. A resume cuts the log
 * back to its length at the checkpoint, so that records written after the checkpoint do not appear twice.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from "node:fs";
import { storageError } from "./run-files.ts";

/** The format of a log. */
export interface LogLayout {
  /** The first bytes of the file. */
  readonly header: Uint8Array;
  /** The length of header and whole records at the start of these bytes. */
  wholeLength(bytes: Uint8Array): number;
}

/** An open log. */
export class AppendLog {
  readonly path: string;
  readonly #file: number;
  #length: number;

  /**
   * Opens a log, or starts one.
   * @param keep  bytes to keep of an existing file; the rest is cut off. Default: every whole record
   */
  constructor(path: string, layout: LogLayout, keep = Infinity) {
    this.path = path;
    const existing = existsSync(path) ? readFileSync(path) : new Uint8Array();
    const whole = Math.min(layout.wholeLength(existing), keep);
    try {
      this.#file = openSync(path, existsSync(path) ? "r+" : "wx+");
      this.#length = whole < layout.header.length ? 0 : whole;
      ftruncateSync(this.#file, this.#length);
    } catch (error) {
      throw storageError(error, path);
    }
    if (this.#length === 0) this.append(layout.header);
  }

  /** The length of the file in bytes, to which a later resume can cut it back. */
  get length(): number {
    return this.#length;
  }

  /** Appends a record, whole or not at all. @throws DISK_FULL, WRITE_FAILED */
  append(record: Uint8Array): void {
    try {
      for (let done = 0; done < record.length;) {
        done += writeSync(this.#file, record, done, record.length - done, this.#length + done);
      }
      this.#length += record.length;
    } catch (error) {
      ftruncateSync(this.#file, this.#length);
      throw storageError(error, this.path);
    }
  }

  /** Flushes to the disk. */
  sync(): void {
    try {
      fsyncSync(this.#file);
    } catch (error) {
      throw storageError(error, this.path);
    }
  }

  close(): void {
    closeSync(this.#file);
  }
}
