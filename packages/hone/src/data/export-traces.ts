/** Writing the traces of a store as lines of JSON: whole traces, to be imported again, or conversations to train on. */
import { once } from "node:events";
import { Readable, type Writable } from "node:stream";
import { createGzip } from "node:zlib";
import { HoneError } from "../core/errors.ts";
import type { TraceFilter } from "../core/trace-query.ts";
import { writeTrace } from "../formats/trace-format.ts";
import { writeFileWhole } from "../formats/whole-write.ts";
import type { TraceStore } from "../ports/trace-store.ts";
import type { OnProgress } from "../core/progress.ts";
import { conversationsOf } from "./trace-conversations.ts";

export type ExportFormat = "traces" | "messages";

export interface ExportOptions {
  readonly format: ExportFormat;
  readonly filter?: TraceFilter;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

export interface ExportReport {
  readonly traces: number;
  readonly lines: number;
  /** Number of conversations left out because they hold pictures, which the format `messages` cannot hold. */
  readonly withPictures: number;
}

/**
 * Writes a file whole or not at all. It is gzipped if its name ends in .gz.
 * @throws TRACES_NONE when there would be no line; CANCELLED after the signal; DISK_FULL, WRITE_FAILED. An older file of the
 *   name is left as it is then
 */
export async function exportToFile(
  store: TraceStore,
  path: string,
  options: ExportOptions,
): Promise<ExportReport> {
  const counting = new Lines(store, options);
  await writeFileWhole(path, async (file) => {
    const isZipped = path.endsWith(".gz");
    await file.writeFile(isZipped ? zipped(counting.lines()) : counting.lines());
    if (counting.report.lines > 0) return;
    const reason = `${nothingOf(counting.report)}; nothing was written to ${path}`;
    throw new HoneError("TRACES_NONE", { store: store.url, reason });
  });
  return counting.report;
}

function nothingOf({ traces, withPictures }: ExportReport): string {
  if (traces === 0) return "none is like that";
  const pictures = withPictures === 0 ? "" : " without pictures";
  return `of ${traces} like that none holds a conversation${pictures}`;
}

/** Writes to a stream as fast as it is read, and leaves it open. @throws CANCELLED after the signal */
export async function exportToStream(
  store: TraceStore,
  stream: Writable,
  options: ExportOptions,
): Promise<ExportReport> {
  const counting = new Lines(store, options);
  for await (const line of counting.lines()) {
    if (stream.writable && !stream.write(line)) await once(stream, "drain", options).catch(ignore);
  }
  return counting.report;
}

function zipped(lines: AsyncIterable<string>): AsyncIterable<Buffer> {
  const source = Readable.from(lines);
  const target = createGzip();
  source.on("error", (error) => target.destroy(error));
  return source.pipe(target);
}

/** For a wait that ends by the signal or because the reader has gone; the next line checks the signal. */
const ignore = (): void => undefined;

class Lines {
  readonly #store: TraceStore;
  readonly #options: ExportOptions;
  #traces = 0;
  #lines = 0;
  #withPictures = 0;

  constructor(store: TraceStore, options: ExportOptions) {
    this.#store = store;
    this.#options = options;
  }

  get report(): ExportReport {
    return { traces: this.#traces, lines: this.#lines, withPictures: this.#withPictures };
  }

  async *lines(): AsyncGenerator<string, void> {
    const { format, filter, signal, onProgress } = this.#options;
    for await (const trace of this.#store.traces(filter)) {
      if (signal?.aborted === true) throw new HoneError("CANCELLED", { what: "The export" });
      this.#traces++;
      onProgress?.({ what: `exported ${this.#traces} traces` });
      if (format === "traces") {
        this.#lines++;
        yield line(writeTrace(trace));
        continue;
      }
      const { lines, withPictures } = conversationsOf(trace);
      this.#withPictures += withPictures;
      this.#lines += lines.length;
      for (const one of lines) yield line(one);
    }
  }
}

/** The value as a line of JSON. Control characters that JSON leaves as they are, and a terminal would obey, are escaped, too. */
const line = (value: object): string =>
  `${JSON.stringify(value).replaceAll(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )}\n`;
