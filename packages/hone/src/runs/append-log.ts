/**
 * A file that only grows: a header, then records, each of them whole.
 *
 * A kill can leave half a record at the end; it is dropped when the log is opened again. A resume cuts the log back to
 * the length it had when the checkpoint was saved, so that rows written after it do not appear twice.
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

export interface LogLayout {
  readonly header: Uint8Array;
  /** Length in bytes of the part of a file that consists of whole records, its header included. */
  wholeLength(bytes: Uint8Array): number;
}

export class AppendLog {
  readonly path: string;
  readonly #file: number;
  #length: number;

  /**
   * Opens or starts a log.
   * @param keep  bytes to keep of an existing file; what follows is cut off. Default: every whole record
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

  /** Bytes so far: the mark to cut back to. */
  get length(): number {
    return this.#length;
  }

  /** Adds a record, whole or not at all. @throws DISK_FULL, WRITE_FAILED */
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
