/** Traces from a file of lines, as `hone traces export` writes it, into a store. */
import { createReadStream } from "node:fs";
import type { Transform } from "node:stream";
import { createGunzip } from "node:zlib";
import { HoneError, isHoneError, messageOf } from "../core/errors.ts";
import type { Trace } from "../core/trace.ts";
import { readTrace } from "../formats/trace-format.ts";
import type { TraceStore } from "../ports/trace-store.ts";
import type { OnProgress } from "./progress.ts";

export interface ImportOptions {
  /** Traces that are there already are replaced by those of the file. Default: they stay as they are. */
  readonly replace?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

export interface ImportReport {
  readonly imported: number;
  readonly alreadyThere: number;
}

/** Spans and traces that are written together, whole or not at all. */
const [spansAtOnce, tracesAtOnce] = [2000, 100];

/**
 * Reads the file twice: every line is checked before the first one is written, so a damaged file changes nothing.
 *
 * @throws TRACES_FILE_UNREADABLE; FILE_DAMAGED, FORMAT_UNKNOWN_VERSION naming the line; CANCELLED after the signal, when
 *   the same call goes on from there; as the store's `put`
 */
export async function importTraces(
  store: TraceStore,
  path: string,
  { replace = false, signal, onProgress }: ImportOptions = {},
): Promise<ImportReport> {
  let [checked, imported, alreadyThere] = [0, 0, 0];
  const goOn = (): void => {
    const what = `The import (${imported} traces imported; the same command goes on from there)`;
    if (signal?.aborted === true) throw new HoneError("CANCELLED", { what });
  };
  for await (const _ of tracesOf(path)) {
    goOn();
    onProgress?.({ what: `checked ${++checked} traces` });
  }
  for await (const batch of batchesOf(tracesOf(path))) {
    goOn();
    const wanted = replace ? batch : await missing(store, batch);
    if (wanted.length > 0) await store.put(wanted);
    imported += wanted.length;
    alreadyThere += batch.length - wanted.length;
    const share = (imported + alreadyThere) / checked;
    onProgress?.({ what: `imported ${imported} traces`, share });
  }
  return { imported, alreadyThere };
}

/** Those that the store lacks, each id once. */
async function missing(store: TraceStore, traces: readonly Trace[]): Promise<Trace[]> {
  const wanted = new Map<string, Trace>();
  for (const trace of traces) {
    const [first] = await store.ids(trace.id, 1);
    if (first !== trace.id && !wanted.has(trace.id)) wanted.set(trace.id, trace);
  }
  return [...wanted.values()];
}

async function* batchesOf(traces: AsyncIterable<Trace>): AsyncGenerator<readonly Trace[], void> {
  let batch: Trace[] = [];
  let spans = 0;
  for await (const trace of traces) {
    batch.push(trace);
    spans += trace.spans.length;
    if (spans < spansAtOnce && batch.length < tracesAtOnce) continue;
    yield batch;
    [batch, spans] = [[], 0];
  }
  if (batch.length > 0) yield batch;
}

async function* tracesOf(path: string): AsyncGenerator<Trace, void> {
  let number = 0;
  for await (const line of linesOf(path)) {
    number++;
    if (line.trim() === "") continue;
    const where = `${path}:${number}`;
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch (cause) {
      const problem = `it is not JSON (${messageOf(cause)})`;
      throw new HoneError("FILE_DAMAGED", { file: where, problem }, { cause });
    }
    yield readTrace(json, { where });
  }
}

/** Split at line feeds only: JSON may hold the other separators of lines as they are. */
async function* linesOf(path: string): AsyncGenerator<string, void> {
  const file = createReadStream(path);
  const bytes = path.endsWith(".gz") ? file.pipe(passErrors(file, createGunzip())) : file;
  const decoder = new TextDecoder("utf-8", { fatal: true });
  // Pieces, since a long line joined to its rest again and again would take quadratic time.
  let pieces: string[] = [];
  try {
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      const [first = "", ...lines] = decoder.decode(chunk, { stream: true }).split("\n");
      pieces.push(first);
      if (lines.length === 0) continue;
      yield pieces.join("");
      for (const line of lines.slice(0, -1)) yield line;
      pieces = [lines.at(-1)!];
    }
    pieces.push(decoder.decode());
  } catch (cause) {
    if (isHoneError(cause)) throw cause;
    const reason = reasons[(cause as NodeJS.ErrnoException).code ?? ""] ?? messageOf(cause);
    throw new HoneError("TRACES_FILE_UNREADABLE", { file: path, reason }, { cause });
  } finally {
    file.destroy();
  }
  yield pieces.join("");
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "permission denied",
  ERR_ENCODING_INVALID_ENCODED_DATA: "it is no text in UTF-8",
};

/** `pipe` hands on data only. */
function passErrors<T extends Transform>(from: NodeJS.EventEmitter, to: T): T {
  from.on("error", (error: Error) => to.destroy(error));
  return to;
}
