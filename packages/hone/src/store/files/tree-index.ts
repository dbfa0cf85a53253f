/**
 * What lies in a tree of trace files, kept in memory and in `metadata/trace_index.json`.
 *
 * The index can always be made again from the files. The first refresh compares the size and time of every file with the
 * index; later ones read a folder again when its modification time has changed. Files that cannot be read are reported as
 * problems and stay where they are.
 *
 * A trace whose log has grown keeps its row, whose summary is out of date until `refreshSummaries` reads the trace: a write
 * needs the path of the trace only, and must not cost by the length of the trace.
 */
import { readdir, readFile, stat } from "node:fs/promises";
import { join, posix } from "node:path";
import { HoneError, isHoneError, messageOf } from "../../core/errors.ts";
import { compareText } from "../../core/text-order.ts";
import type { Trace } from "../../core/trace.ts";
import { summaryOf, type TraceSummary } from "../../core/trace-summary.ts";
import { mayHaveWords } from "../../core/trace-words.ts";
import { readFormat } from "../../formats/format.ts";
import { indexFormat, type IndexRow, writeIndex } from "../../formats/index-format.ts";
import { unfinishedPrefix, writeFileWhole } from "../../formats/whole-write.ts";
import { systemCode } from "../../formats/write-error.ts";
import { type ContentConditions, meetsConditions } from "../list-query.ts";
import { fileOfLog, logOf, readLog } from "./change-log.ts";
import { sealOf } from "./file-checksum.ts";
import {
  hasOwnLog,
  readTexts,
  traceIn,
  type TraceFilePlace,
  type TraceTexts,
} from "./trace-reader.ts";

/** One tick of the file system's clock, in ms. Two changes within it look like one, so a folder that young is read again. */
export const tickMs = 20;

/** Number of files that are read or written at the same time. */
const parallel = 16;

export class TreeIndex {
  readonly #root: string;
  readonly #store: string;
  readonly #onProblem: (problem: HoneError) => void;
  #rows = new Map<string, IndexRow>();
  readonly #pathOfId = new Map<string, string>();
  readonly #problems = new Map<string, HoneError>();
  /** Folder → its modification time when it was read, if that time is older than a tick, so that later changes show. */
  readonly #folders = new Map<string, number>();
  /** Folder → paths of the files known in it, readable or not. */
  readonly #files = new Map<string, Set<string>>();
  /** Path in lower case → path, for file systems that ignore case. */
  readonly #taken = new Map<string, string>();
  /** Path of a trace's file → size in bytes of the log beside it. */
  readonly #logs = new Map<string, number>();
  /** Paths of traces whose summary is out of date, since their log has changed. */
  readonly #outdated = new Set<string>();
  /** Rows of the index file whose files were gone when it was read, by path. They stay in it, so that the loss is not forgotten. */
  readonly #gone = new Map<string, IndexRow>();
  #isLoaded = false;
  #isChanged = false;

  /** @param store  the store's address, for errors */
  constructor(root: string, store: string, onProblem: (problem: HoneError) => void) {
    this.#root = root;
    this.#store = store;
    this.#onProblem = onProblem;
  }

  /** The summaries of all traces. */
  *summaries(): Generator<TraceSummary> {
    for (const path of this.#pathOfId.values()) yield this.#rows.get(path)!.summary as TraceSummary;
  }

  path(id: string): string | undefined {
    return this.#pathOfId.get(id);
  }

  /** The file of this name and what is wrong with it, if it is one that cannot be read. */
  unreadable(stem: string): { readonly path: string; readonly problem: HoneError } | undefined {
    const found = [...this.#problems].find(([path]) => posix.basename(path, ".json") === stem);
    return found && { path: found[0], problem: found[1] };
  }

  /** True when the path belongs to another trace, or to a file that cannot be read. */
  isTaken(path: string, id: string): boolean {
    const key = path.toLowerCase();
    const holder = this.#taken.get(key);
    const isForeign = holder !== undefined && this.#rows.get(holder)?.summary.id !== id;
    return isForeign || this.#problems.has(path);
  }

  /** Sizes of a trace's file and of its log in bytes. */
  sizes(path: string): { readonly file: number; readonly log: number } {
    return { file: this.#rows.get(path)?.size ?? 0, log: this.#logs.get(path) ?? 0 };
  }

  hasLog(path: string): boolean {
    return this.#logs.has(path);
  }

  /** Brings the summaries up to date, too. */
  async refreshSummaries(): Promise<void> {
    await this.refresh();
    await inParallel([...this.#outdated], async (path) => {
      this.#outdated.delete(path);
      const facts = await factsOf(join(this.#root, path));
      if (facts !== undefined) await this.#readRow(path, facts);
    });
  }

  /** Brings the index up to date with the files, except for summaries of traces whose log has changed. */
  async refresh(): Promise<void> {
    const listed = this.#isLoaded ? undefined : await this.#load();
    this.#isLoaded = true;
    const seen = new Set<string>();
    for (const day of await this.#list("traces")) {
      for (const agent of await this.#list(posix.join("traces", day))) {
        const folder = posix.join("traces", day, agent);
        const modified = await timeOf(join(this.#root, folder));
        if (modified === undefined) continue;
        seen.add(folder);
        if (this.#folders.get(folder) !== modified) await this.#readFolder(folder, modified);
      }
    }
    this.#dropFoldersBut(seen);
    // A log that grows changes no folder.
    for (const path of this.#logs.keys()) await this.#lookAtLog(path);
    if (listed === undefined) return;
    for (const [path, row] of listed) if (this.#isGone(path, row)) this.#gone.set(path, row);
    const missing = this.#missing();
    if (missing !== undefined) this.#onProblem(missing);
  }

  /** Whether there is no file at the path, nor one with its trace elsewhere. */
  #isGone(path: string, { summary }: IndexRow): boolean {
    return !this.#filesIn(posix.dirname(path)).has(path) && !this.#pathOfId.has(summary.id);
  }

  /** The error for files that the index lists and that are gone, where there are some. */
  #missing(): HoneError | undefined {
    for (const [path, row] of this.#gone) if (!this.#isGone(path, row)) this.#gone.delete(path);
    if (this.#gone.size === 0) return undefined;
    const paths = [...this.#gone.keys()].toSorted(compareText);
    const facts = { store: this.#store, index: this.#file(), count: paths.length };
    return new HoneError("TRACE_FILES_MISSING", { ...facts, first: paths.slice(0, 3) });
  }

  /** As `refresh`, before an index that has changed is saved for the last time. */
  async refreshChanged(): Promise<void> {
    if (this.#isChanged) await this.refresh();
  }

  /** Reads every file again, also where the index knows it, and returns everything that is wrong. */
  async check(): Promise<HoneError[]> {
    await this.refreshSummaries();
    const missing = this.#missing();
    const found: HoneError[] = missing === undefined ? [] : [missing];
    for (const folder of this.#files.keys()) {
      for (const name of await this.#list(folder)) {
        const path = posix.join(folder, name);
        const problem = await this.#problemOf(path, name);
        if (problem !== undefined) found.push(problem);
      }
    }
    return found;
  }

  /** Enters a file that this process has just written. */
  async written(path: string, summary: TraceSummary): Promise<void> {
    const { size, mtimeMs } = await stat(join(this.#root, path));
    this.#logs.delete(path);
    this.#set(path, { size, modified: mtimeMs, summary: mutable(summary) });
  }

  /** Enters a change that this process has just added to the log of a trace. */
  grown(path: string, logSize: number): void {
    this.#logs.set(path, logSize);
    this.#outdated.add(path);
    this.#isChanged = true;
  }

  removed(path: string): void {
    this.#logs.delete(path);
    this.#drop(path);
  }

  /** Enters the times of folders after this process wrote into them, so that they are not read again for it. */
  async settleFolders(folders: Iterable<string>): Promise<void> {
    for (const folder of folders) {
      const modified = await timeOf(join(this.#root, folder));
      if (modified !== undefined) this.#folders.set(folder, modified);
    }
  }

  /** Writes the index file if anything has changed since it was last written. */
  async save(): Promise<void> {
    if (!this.#isChanged) return;
    this.#missing();
    await writeFileWhole(this.#file(), writeIndex([...this.#rows, ...this.#gone]));
    this.#isChanged = false;
  }

  /** The trace in a file. @throws STORE_DAMAGED, FILE_DAMAGED, FORMAT_UNKNOWN_VERSION; undefined when the file is gone */
  async read(path: string): Promise<Trace | undefined> {
    const texts = await this.#texts(path);
    return texts === undefined ? undefined : this.#trace(path, texts);
  }

  /** Whether the trace of a file meets conditions that its summary does not tell. */
  async meets(path: string, wanted: ContentConditions): Promise<boolean> {
    const texts = await this.#texts(path);
    if (texts === undefined) return false;
    if (!mayHaveWords(texts.file + (texts.log ?? ""), wanted.words)) return false;
    return meetsConditions(this.#trace(path, texts), wanted);
  }

  #texts(path: string): Promise<TraceTexts | undefined> {
    return readTexts(join(this.#root, path), this.#logs.has(path));
  }

  #trace(path: string, texts: TraceTexts): Trace {
    return traceIn(texts, this.#place(path));
  }

  #place(path: string): TraceFilePlace {
    return { store: this.#store, root: this.#root, path };
  }

  #file(): string {
    return join(this.#root, "metadata", "trace_index.json");
  }

  /** Reads the index file. Returns its rows by path, before they are compared with the files. */
  async #load(): Promise<ReadonlyMap<string, IndexRow>> {
    const file = this.#file();
    const text = await readFile(file, "utf8").catch(() => undefined);
    if (text === undefined) return new Map();
    try {
      const { files } = readFormat(indexFormat, text, file);
      for (const [path, row] of Object.entries(files)) this.#set(path, row);
      this.#isChanged = false;
      return new Map(this.#rows);
    } catch (error) {
      // A damaged index is no problem: it is made again from the files.
      if (!isHoneError(error)) throw error;
      this.#isChanged = true;
      return new Map();
    }
  }

  async #readFolder(folder: string, modified: number): Promise<void> {
    const lookedAt = Date.now();
    const all = (await this.#list(folder)).map((name) => posix.join(folder, name));
    const paths = new Set(all.filter(isTraceFile));
    for (const path of this.#filesIn(folder)) if (!paths.has(path)) this.#drop(path);
    for (const path of all.flatMap((one) => fileOfLog(one) ?? [])) await this.#lookAtLog(path);
    await inParallel([...paths], (path) => this.#lookAtFile(path));
    if (lookedAt - modified > tickMs) this.#folders.set(folder, modified);
    else this.#folders.delete(folder);
  }

  /** Notices that the log beside a file is new, has changed or is gone. */
  async #lookAtLog(path: string): Promise<void> {
    const size = (await factsOf(join(this.#root, logOf(path))))?.size;
    if (size === this.#logs.get(path)) return;
    if (size === undefined) this.#logs.delete(path);
    else this.#logs.set(path, size);
    if (this.#rows.has(path)) this.#outdated.add(path);
  }

  async #lookAtFile(path: string): Promise<void> {
    const facts = await factsOf(join(this.#root, path));
    if (facts === undefined) return;
    const known = this.#rows.get(path);
    if (known?.size !== facts.size || known.modified !== facts.modified)
      return this.#readRow(path, facts);
    if (known.log === this.#logs.get(path)) this.#outdated.delete(path);
    else this.#outdated.add(path);
  }

  /** Makes the row of a file. @param facts  the file's size and time from before it is read */
  async #readRow(path: string, facts: FileFacts): Promise<void> {
    try {
      const size = this.#logs.get(path);
      const texts = await this.#texts(path);
      if (texts === undefined) return;
      const summary = mutable(summaryOf(this.#trace(path, texts)));
      // The size of a log that was left behind says nothing: a new one may get as long.
      const isOwn = size !== undefined && hasOwnLog(texts, this.#place(path));
      const row = { ...facts, ...(isOwn ? { log: size } : {}), summary };
      this.#set(path, row);
    } catch (error) {
      if (!isHoneError(error)) throw error;
      const isNew = this.#problems.get(path)?.message !== error.message;
      this.#drop(path);
      this.#problems.set(path, error);
      this.#filesIn(posix.dirname(path)).add(path);
      if (isNew) this.#onProblem(error);
    }
  }

  async #problemOf(path: string, name: string): Promise<HoneError | undefined> {
    const file = join(this.#root, path);
    const unused = (problem: string) => new HoneError("FILE_UNUSED", { file, problem });
    if (name.startsWith(unfinishedPrefix))
      return unused(
        "it is an incomplete copy, left by a process that ended while it wrote; the trace itself is not harmed",
      );
    try {
      const ofLog = fileOfLog(path);
      if (ofLog !== undefined) {
        const problem = await this.#unusedInLog(ofLog);
        return problem === undefined ? undefined : unused(problem);
      }
      if (!isTraceFile(path)) return undefined;
      const id = (await this.read(path))?.id;
      const other = id === undefined ? undefined : this.#pathOfId.get(id);
      if (other === undefined || other === path) return undefined;
      return unused(
        `it holds the trace ${JSON.stringify(id)}, which is read from ${join(this.#root, other)} instead`,
      );
    } catch (error) {
      if (isHoneError(error)) return error;
      throw error;
    }
  }

  /** What of a log does not count. Damage in it is a problem of the trace, which is read with it. */
  async #unusedInLog(path: string): Promise<string | undefined> {
    const texts = await readTexts(join(this.#root, path), true);
    if (texts === undefined) return "the file of the trace that it belongs to is gone";
    if (texts.log === undefined || this.#problems.has(path)) return undefined;
    const traceId = this.#rows.get(path)?.summary.id ?? "";
    const where = join(this.#root, logOf(path));
    const read = readLog(texts.log, sealOf(texts.file), { where, traceId });
    if (!read.isOfFile) return "its changes are in the trace's file already";
    return read.isCut
      ? "its last line is incomplete, left by a process that ended while it wrote; it was never acknowledged, and the lines before it are used"
      : undefined;
  }

  #set(path: string, row: IndexRow): void {
    const { id } = row.summary;
    const old = this.#rows.get(path);
    if (old !== undefined && old.summary.id !== id) this.#drop(path);
    this.#problems.delete(path);
    this.#outdated.delete(path);
    this.#rows.set(path, row);
    this.#filesIn(posix.dirname(path)).add(path);
    this.#taken.set(path.toLowerCase(), path);
    const other = this.#pathOfId.get(id);
    const isOlder = other !== undefined && (this.#rows.get(other)?.modified ?? 0) > row.modified;
    if (!isOlder) this.#pathOfId.set(id, path);
    this.#isChanged = true;
  }

  #drop(path: string): void {
    const row = this.#rows.get(path);
    this.#problems.delete(path);
    this.#outdated.delete(path);
    this.#files.get(posix.dirname(path))?.delete(path);
    if (row === undefined) return;
    this.#rows.delete(path);
    this.#taken.delete(path.toLowerCase());
    if (this.#pathOfId.get(row.summary.id) === path) this.#pathOfId.delete(row.summary.id);
    this.#isChanged = true;
  }

  #filesIn(folder: string): Set<string> {
    const known = this.#files.get(folder) ?? new Set();
    this.#files.set(folder, known);
    return known;
  }

  #dropFoldersBut(seen: ReadonlySet<string>): void {
    for (const [folder, paths] of this.#files) {
      if (seen.has(folder)) continue;
      for (const path of paths) this.#drop(path);
      this.#files.delete(folder);
      this.#folders.delete(folder);
    }
  }

  /** The names in a folder below the root, in order. Empty when there is no such folder. */
  async #list(folder: string): Promise<string[]> {
    const names = await readdir(join(this.#root, folder)).catch((error: unknown) => {
      const code = systemCode(error);
      if (code === "ENOENT" || code === "ENOTDIR") return [];
      throw new HoneError("FILE_DAMAGED", {
        file: join(this.#root, folder),
        problem: messageOf(error),
      });
    });
    return names.toSorted(compareText);
  }
}

/** Runs `work` on all items, a few at a time. The first error is thrown once all running work has ended. */
export async function inParallel<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  let isFailed = false;
  const worker = async (): Promise<void> => {
    for (const item of rest) {
      if (isFailed) return;
      await work(item).catch((error: unknown) => {
        isFailed = true;
        throw error;
      });
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: parallel }, worker));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

const isTraceFile = (path: string): boolean =>
  path.endsWith(".json") && !posix.basename(path).startsWith(".");

const mutable = (summary: TraceSummary): IndexRow["summary"] => ({
  ...summary,
  tags: [...summary.tags],
});

/** Size in bytes, and time of the last change in Unix milliseconds. */
type FileFacts = Pick<IndexRow, "size" | "modified">;

const factsOf = (file: string): Promise<FileFacts | undefined> =>
  stat(file).then(
    ({ size, mtimeMs: modified }) => ({ size, modified }),
    () => undefined,
  );

const timeOf = (path: string): Promise<number | undefined> =>
  stat(path).then(
    (facts) => facts.mtimeMs,
    () => undefined,
  );
