/** Reading a file of traces, as `hone traces export` writes it, into a store. */
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { HoneError, isError, isHoneError, messageOf } from "../core/errors.ts";
import { fileReason } from "../core/file-reason.ts";
import { isObject, parseJson } from "../core/json.ts";
import type { Trace } from "../core/trace.ts";
import { traceTimeProblem } from "../formats/stored-times.ts";
import { readTrace } from "../formats/trace-format.ts";
import type { TraceStore } from "../ports/trace-store.ts";
import type { OnProgress } from "../core/progress.ts";
import { linesOf } from "./text-lines.ts";

export interface ImportOptions {
  /** Traces of the file replace stored traces of the same id. Default: stored traces stay as they are. */
  readonly replace?: boolean;
  /** The stream that the path "-" stands for. Default: that of the process. */
  readonly stdin?: Readable;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

export interface ImportReport {
  readonly imported: number;
  readonly alreadyThere: number;
}

/** Largest number of spans, and of traces, that are written together. */
const [spansAtOnce, tracesAtOnce] = [2000, 100];

/**
 * Reads the file twice: every line is checked before the first trace is written, so a damaged file changes nothing. Input that
 * can be read only once, a pipe or stdin ("-"), is first copied into a temporary file.
 *
 * @param store  the store, or a function that opens it; it is called after the check, so no store is made for a damaged file
 * @throws TRACE_INVALID naming the line of a trace with times that no date can name; TRACES_FILE_UNREADABLE, also for files of another kind; FILE_DAMAGED, FORMAT_UNKNOWN_VERSION naming the line;
 *   CANCELLED after the signal; the same call then resumes the import; as the store's `put`
 */
export async function importTraces(
  store: TraceStore | (() => Promise<TraceStore>),
  path: string,
  options: ImportOptions = {},
): Promise<ImportReport> {
  const isLasting = path !== "-" && (await isPlainOrMissing(path));
  if (isLasting) return importLasting(store, { name: path, path }, options);
  const folder = await mkdtemp(join(tmpdir(), "hone-import-"));
  try {
    const kept = join(folder, "traces");
    const from = path === "-" ? (options.stdin ?? process.stdin) : createReadStream(path);
    await keep(from, kept, { path, signal: options.signal });
    const name = path === "-" ? "stdin" : path;
    return await importLasting(store, { name, path: kept }, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether the path can be read twice. Folders and missing files count, too: reading them gives their error. */
const isPlainOrMissing = async (path: string): Promise<boolean> =>
  stat(path).then(
    (facts) => facts.isFile() || facts.isDirectory(),
    () => true,
  );

async function keep(
  from: Readable,
  kept: string,
  { path, signal }: { readonly path: string; readonly signal: AbortSignal | undefined },
): Promise<void> {
  try {
    await pipeline(from, createWriteStream(kept, { mode: 0o600 }), signal ? { signal } : {});
  } catch (cause) {
    if (signal?.aborted === true)
      throw new HoneError("CANCELLED", { what: "The import" }, { cause });
    throw unreadable(path, cause);
  }
}

/** A file, and its name in error messages. */
interface NamedFile {
  readonly name: string;
  readonly path: string;
}

async function importLasting(
  given: TraceStore | (() => Promise<TraceStore>),
  file: NamedFile,
  { replace = false, signal, onProgress }: ImportOptions,
): Promise<ImportReport> {
  let [checked, imported, alreadyThere] = [0, 0, 0];
  const checkSignal = (): void => {
    const what = `The import (${imported} traces imported; the same command resumes there)`;
    if (signal?.aborted === true) throw new HoneError("CANCELLED", { what });
  };
  for await (const _ of tracesOf(file)) {
    checkSignal();
    onProgress?.({ what: `checked ${++checked} traces` });
  }
  const store = typeof given === "function" ? await given() : given;
  for await (const batch of batchesOf(tracesOf(file))) {
    checkSignal();
    const wanted = replace ? batch : await missing(store, batch);
    if (wanted.length > 0) await store.put(wanted);
    imported += wanted.length;
    alreadyThere += batch.length - wanted.length;
    const share = (imported + alreadyThere) / checked;
    onProgress?.({ what: `imported ${imported} traces`, share });
  }
  return { imported, alreadyThere };
}

/** The traces that the store lacks, each id once. */
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

async function* tracesOf(file: NamedFile): AsyncGenerator<Trace, void> {
  let [number, read] = [0, 0];
  const { name, path } = file;
  for await (const line of linesOf({ path, unreadable: (cause) => unreadable(name, cause) })) {
    number++;
    if (line.trim() === "") continue;
    try {
      yield traceOf(line, `${file.name}:${number}`);
    } catch (error) {
      // A file whose first line is no trace is probably not damaged, but of another kind.
      if (read === 0 && isError(error, "FILE_DAMAGED")) {
        const reason = otherKind(line) ?? `line ${number} is no trace: ${error.facts.problem}`;
        throw new HoneError(
          "TRACES_FILE_UNREADABLE",
          { file: file.name, reason },
          { cause: error },
        );
      }
      throw error;
    }
    read++;
  }
}

function traceOf(line: string, where: string): Trace {
  let json: unknown;
  try {
    json = parseJson(line);
  } catch (cause) {
    const problem = `it is not JSON (${messageOf(cause)})`;
    throw new HoneError("FILE_DAMAGED", { file: where, problem }, { cause });
  }
  const trace = readTrace(json, { where });
  const problem = traceTimeProblem(trace);
  if (problem === undefined) return trace;
  throw new HoneError("TRACE_INVALID", { name: `trace ${trace.id} in ${where}`, problem });
}

/** What kind of file the first line shows, if it is a known one. */
function otherKind(line: string): string | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isObject(json)) return undefined;
  if (Array.isArray(json["messages"])) {
    return "it holds conversations (`npx hone train sft --data` reads them), no traces";
  }
  return typeof json["format"] === "string" ? `its format is ${json["format"]}` : undefined;
}

function unreadable(file: string, cause: unknown): HoneError {
  if (isHoneError(cause)) return cause;
  const reason = fileReason(cause);
  return new HoneError("TRACES_FILE_UNREADABLE", { file, reason }, { cause });
}
