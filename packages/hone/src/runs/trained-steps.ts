/** Finds steps in `trained.jsonl` without reading all of it: that of a long run has hundreds of megabytes. */
import { type FileHandle, open } from "node:fs/promises";
import { HoneError, messageOf } from "../core/errors.ts";
import { readRows, writeHeader } from "../formats/format.ts";
import { trainedFormat, type TrainedStepRow } from "../formats/trained-format.ts";
import { systemCode } from "../formats/write-error.ts";

/** Where a step's line lies. */
export interface StepPlace {
  readonly phase: string;
  readonly step: number;
  /** The place of its first byte. */
  readonly start: number;
  /** Its length in bytes, the line end included. */
  readonly length: number;
}

/** Read at a time while lines are found. */
const PART_BYTES = 4 * 2 ** 20;

/** How a line of the file begins. */
const beginning = /^\{"phase":("(?:[^"\\]|\\.)*"),"step":(\d+),/;

/** The bytes of a line's beginning in which its phase and step lie. */
const BEGINNING_BYTES = 1024;

const header = writeHeader(trainedFormat);

/** The steps of a file that may be growing. What was found stays known; a file that a resume has cut is read anew. */
export class TrainedSteps {
  readonly #path: string;
  #places = new Map<string, StepPlace>();
  /** How far lines are known, in bytes. */
  #end = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Every step, in the order of the file. Empty where there is no file. @throws FILE_DAMAGED for a file that cannot be read */
  async places(): Promise<readonly StepPlace[]> {
    await this.#opened((file) => this.#findNew(file));
    return [...this.#places.values()];
  }

  /**
   * What a step did with its rollouts; undefined for one that is not in the file.
   * @throws FILE_DAMAGED, FORMAT_UNKNOWN_VERSION
   */
  async read(phase: string, step: number): Promise<TrainedStepRow | undefined> {
    return this.#opened(async (file) => {
      await this.#findNew(file);
      const place = this.#places.get(keyOf(phase, step));
      if (place === undefined) return undefined;
      const text = await textAt(file, place.start, place.length);
      return readRows(trainedFormat, header + text, this.#path)[0];
    });
  }

  async #opened<T>(use: (file: FileHandle) => Promise<T>): Promise<T | undefined> {
    const file = await open(this.#path).catch((error: unknown) => {
      if (systemCode(error) === "ENOENT") return undefined;
      const facts = { file: this.#path, problem: messageOf(error) };
      throw new HoneError("FILE_DAMAGED", facts, { cause: error });
    });
    try {
      return file && (await use(file));
    } finally {
      await file?.close();
    }
  }

  async #findNew(file: FileHandle): Promise<void> {
    const { size } = await file.stat();
    if (size < this.#end || !(await endsLine(file, this.#end))) {
      this.#places = new Map();
      this.#end = 0;
    }
    let start = this.#end;
    let at = start;
    while (at < size) {
      const part = await bytesAt(file, at, Math.min(PART_BYTES, size - at));
      for (let from = 0; ;) {
        const end = part.indexOf(10, from);
        if (end < 0) break;
        await this.#note(file, start, at + end + 1 - start);
        start = at + end + 1;
        from = end + 1;
      }
      at += part.length;
    }
    this.#end = start;
  }

  async #note(file: FileHandle, start: number, length: number): Promise<void> {
    const found = beginning.exec(await textAt(file, start, Math.min(length, BEGINNING_BYTES)));
    // The file's first line names its format.
    if (found === null) return;
    const [phase, step] = [JSON.parse(found[1]!) as string, Number(found[2])];
    this.#places.delete(keyOf(phase, step));
    this.#places.set(keyOf(phase, step), { phase, step, start, length });
  }
}

const keyOf = (phase: string, step: number): string => JSON.stringify([phase, step]);

async function bytesAt(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, start);
  return bytes.subarray(0, bytesRead);
}

const textAt = async (file: FileHandle, start: number, length: number): Promise<string> =>
  (await bytesAt(file, start, length)).toString("utf8");

/** Whether a line ends before a place, so that what is known of the file up to there still holds. */
const endsLine = async (file: FileHandle, place: number): Promise<boolean> =>
  place === 0 || (await bytesAt(file, place - 1, 1))[0] === 10;
