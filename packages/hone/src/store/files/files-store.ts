/**
 * Traces as JSON files in the seed's tree: one file per trace, readable by people and other programs.
 *
 * A write replaces the whole file of a trace (temporary file, flush, rename), and what is added to a long trace goes into a log
 * beside its file (`change-log.ts`). One process writes at a time. There is no text index: a text query opens the files of the traces that meet
 * its other conditions. Files that other programs add are found; files that they overwrite in place are found at the next
 * opening of the store.
 */
import { existsSync } from "node:fs";
import { readFile, rm, rmdir } from "node:fs/promises";
import { dirname, join, posix, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { HoneError, isError, isHoneError } from "../../core/errors.ts";
import { type Failure, failuresOf } from "../../core/failure.ts";
import { isDamage } from "../../core/stored-damage.ts";
import type { Trace } from "../../core/trace.ts";
import { checkQuery, type TraceFilter } from "../../core/trace-query.ts";
import { summaryOf, type TraceSummary } from "../../core/trace-summary.ts";
import { writeChange } from "../../formats/change-log-format.ts";
import { encodeTrace } from "../../formats/encode-trace.ts";
import { makeFolders } from "../../formats/make-folders.ts";
import { readTrace } from "../../formats/trace-format.ts";
import { syncFolder, writeFileWhole } from "../../formats/whole-write.ts";
import { systemCode, writeError } from "../../formats/write-error.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { aggregateTraces, overviewTraces } from "../aggregate-traces.ts";
import { applyChange, changesOf, type TraceChange } from "../batch-changes.ts";
import { type ContentReader, idsFrom, listOf, pageOf } from "../list-query.ts";
import { appendToLog, loggedFrom, logOf } from "./change-log.ts";
import { checksumOf, sealed, sealOfFile } from "./file-checksum.ts";
import { pathOf, stemOf } from "./trace-paths.ts";
import { inParallel, tickMs, TreeIndex } from "./tree-index.ts";
import { type ProblemOptions, reportOnce } from "../unreadable-parts.ts";
import { withWriteLock } from "./write-lock.ts";

/**
 * The store in a folder, which is made at the first write.
 * @example const store = filesStore("./rl_data");
 */
export function filesStore(folder: string, options: ProblemOptions = {}): TraceStore {
  return new FilesStore(folder, reportOnce(options));
}

/** As `filesStore`. @throws STORE_NOT_FOUND with `mustExist` for a folder that is not there or that hone has not made */
export async function openFilesStore(
  folder: string,
  options: ProblemOptions & { readonly mustExist?: boolean } = {},
): Promise<TraceStore> {
  if (options.mustExist === true && !isTree(folder)) {
    const reason = existsSync(folder)
      ? "the folder is not a store of hone, since it has no folder `traces` in it"
      : "there is no such folder";
    throw new HoneError("STORE_NOT_FOUND", { store: `files:${folder}`, reason });
  }
  return filesStore(folder, options);
}

/** Whether the folder holds a tree of traces, which may be empty. */
const isTree = (folder: string): boolean =>
  ["traces", "metadata/trace_index.json"].some((path) => existsSync(join(folder, path)));

/** A trace that is about to be written: its text, and the path of its file below the root. */
interface Written {
  readonly trace: Trace;
  readonly text: string;
  readonly path: string;
}

/** A change that goes into the log of its trace. */
interface LoggedWrite {
  /** The path of the trace's file below the root, and the checksum of that file. */
  readonly path: string;
  readonly base: string;
  /** The line that is added to the log. */
  readonly line: string;
}

class FilesStore implements TraceStore {
  readonly url: string;
  readonly #root: string;
  readonly #index: TreeIndex;
  readonly #report: (problem: HoneError) => void;
  #isOpen = true;
  /** The last piece of work that changes the index; the next one waits for it. */
  #last: Promise<unknown> = Promise.resolve();
  #savedAt = 0;
  #saveMs = 0;

  constructor(folder: string, onProblem: (problem: HoneError) => void) {
    this.url = `files:${folder}`;
    this.#root = resolve(folder);
    this.#report = onProblem;
    this.#index = new TreeIndex(this.#root, this.url, onProblem);
  }

  append: TraceStore["append"] = (batch) =>
    this.#change(async () => {
      const traces: Trace[] = [];
      const logged: LoggedWrite[] = [];
      for (const [id, change] of changesOf(batch)) {
        const path = this.#index.path(id);
        const growth = path === undefined ? undefined : await this.#growth(path, id, change);
        if (growth !== undefined) logged.push(growth);
        else {
          const before = path === undefined ? this.#noTrace(id) : await this.#index.read(path);
          traces.push(applyChange(before, change, { store: this.url, id }));
        }
      }
      await this.#write(traces, logged);
    });

  put: TraceStore["put"] = (traces) => this.#change(() => this.#write(traces));

  get: TraceStore["get"] = async (id) => {
    await this.#refreshPaths();
    const path = this.#index.path(id);
    return (path && (await this.#index.read(path))) || this.#noTrace(id);
  };

  /** For a trace that the index does not have. @throws the problem of its file, if it has one that cannot be read */
  #noTrace(id: string): undefined {
    const unreadable = this.#index.unreadable(stemOf(id));
    if (unreadable !== undefined) throw unreadable.problem;
    return undefined;
  }

  ids: TraceStore["ids"] = async (beginning, limit) => {
    await this.#refreshPaths();
    const all = [...this.#index.summaries()].map(({ id }) => id);
    return idsFrom(all, beginning, limit);
  };

  query: TraceStore["query"] = async (query = {}) => {
    const checked = checkQuery(query);
    await this.#refresh();
    return pageOf(this.#index.summaries(), checked, this.#contents);
  };

  aggregate: TraceStore["aggregate"] = (filter = {}, by, { onProgress } = {}) =>
    aggregateTraces(this.traces(filter), { by, prices: filter.prices, onProgress });

  overview: TraceStore["overview"] = async (filter = {}, options = {}) =>
    overviewTraces(this.traces(filter), options, filter.prices);

  async *summaries(filter: TraceFilter = {}): AsyncGenerator<TraceSummary, void> {
    await this.#refresh();
    yield* listOf(this.#index.summaries(), filter, this.#contents);
  }

  async *traces(filter?: TraceFilter): AsyncGenerator<Trace, void> {
    for await (const { id } of this.summaries(filter)) {
      const trace = await this.#contents.read(id);
      if (trace) yield trace;
    }
  }

  async *spans(filter?: TraceFilter) {
    for await (const trace of this.traces(filter)) yield* trace.spans;
  }

  async *failures(filter?: TraceFilter): AsyncGenerator<Failure, void> {
    for await (const trace of this.traces(filter)) yield* failuresOf(trace);
  }

  delete: TraceStore["delete"] = (ids) => this.#change(() => this.#remove(ids));

  prune: TraceStore["prune"] = (before) =>
    this.#change(async () => {
      await this.#index.refreshSummaries();
      const old = [...this.#index.summaries()].filter((trace) => trace.startedAt < before);
      return this.#remove(old.map(({ id }) => id));
    });

  settle: TraceStore["settle"] = async () => this.#demandOpen();

  check: TraceStore["check"] = () => {
    this.#demandOpen();
    return this.#inTurn(() => this.#index.check());
  };

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#inTurn(async () => {
      // Another process may have deleted traces since: the index must not list them again.
      await this.#index.refreshChanged();
      await this.#saveIndex();
    });
  }

  readonly #contents: ContentReader = {
    meets: async ({ id }, wanted) => {
      const path = this.#index.path(id);
      const meets = await this.#readable(async () => path && this.#index.meets(path, wanted));
      return meets === true;
    },
    read: async (id) => {
      const path = this.#index.path(id);
      return this.#readable(async () => (path === undefined ? undefined : this.#index.read(path)));
    },
  };

  /** What `read` gives. A damaged file, which its size and time may not show, is reported and gives undefined. */
  async #readable<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#report(error);
      return undefined;
    }
  }

  #demandOpen(): void {
    if (!this.#isOpen) throw new HoneError("STORE_CLOSED", { store: this.url });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #refresh(): Promise<void> {
    this.#demandOpen();
    await this.#inTurn(() => this.#index.refreshSummaries());
  }

  /** As `#refresh`, for what asks for no summaries. */
  async #refreshPaths(): Promise<void> {
    this.#demandOpen();
    await this.#inTurn(() => this.#index.refresh());
  }

  /** Runs the work as the only writer of the tree, with an index that is up to date. */
  async #change<T>(work: () => Promise<T>): Promise<T> {
    this.#demandOpen();
    return this.#inTurn(() =>
      withWriteLock(join(this.#root, "metadata", "write.lock"), async () => {
        await this.#index.refresh();
        return work();
      }),
    );
  }

  /** What a change adds to the log of its trace. Undefined where the file of the trace is written anew. */
  async #growth(path: string, id: string, change: TraceChange): Promise<LoggedWrite | undefined> {
    const { file, log } = this.#index.sizes(path);
    if (file < loggedFrom || log > file) return undefined;
    const isTaken = (other: string): boolean => this.#index.isTaken(other, id);
    const moves = change.head !== undefined && pathOf(change.head, isTaken) !== path;
    // A file without a checksum gets one when it is written anew.
    const base = moves ? undefined : await sealOfFile(join(this.#root, path));
    if (base === undefined) return undefined;
    return { path, base, line: writeChange(id, change, checksumOf) };
  }

  async #write(traces: readonly Trace[], logged: readonly LoggedWrite[] = []): Promise<void> {
    const claimed = new Map<string, string>();
    const written = traces.map((trace): Written => {
      const text = sealed(encodeTrace(trace));
      const isTaken = (path: string): boolean =>
        this.#index.isTaken(path, trace.id) ||
        (claimed.get(path.toLowerCase()) ?? trace.id) !== trace.id;
      const path = pathOf(trace, isTaken);
      claimed.set(path.toLowerCase(), trace.id);
      return { trace, text, path };
    });
    const folders = new Set(written.map(({ path }) => posix.dirname(path)));
    for (const folder of folders) await this.#makeFolder(folder);
    await inParallel([...new Map(written.map((one) => [one.path, one])).values()], (one) =>
      this.#writeFile(one),
    );
    await inParallel(logged, (one) => this.#writeLog(one, folders));
    if (folders.size > 0) await this.#settle(folders);
    await this.#saveNowAndThen();
  }

  async #writeFile({ text, path }: Written): Promise<void> {
    const file = join(this.#root, path);
    await writeFileWhole(file, text);
    // The text may hold less than the trace that was given: texts that are too long are cut.
    const kept = readTrace(JSON.parse(text), { where: file });
    const old = this.#index.path(kept.id);
    if (old !== undefined && old !== path) await this.#removeFile(old);
    if (this.#index.hasLog(path)) {
      // What the log holds is in the file now.
      await removeFile(logOf(file));
      await syncFolder(dirname(file));
    }
    await this.#index.written(path, summaryOf(kept));
  }

  /** Adds to a log. @param folders  gets the folder where the log is new, so that the folder has changed */
  async #writeLog({ path, base, line }: LoggedWrite, folders: Set<string>): Promise<void> {
    const { size, isNew } = await appendToLog(join(this.#root, logOf(path)), line, base);
    this.#index.grown(path, size);
    if (isNew) folders.add(posix.dirname(path));
  }

  /** Waits until a later change by another process would give the folders another time, so that it is noticed. */
  async #settle(folders: Iterable<string>): Promise<void> {
    await sleep(tickMs / 2);
    await this.#index.settleFolders(folders);
  }

  async #makeFolder(folder: string): Promise<void> {
    const path = join(this.#root, folder);
    try {
      const first = await makeFolders(path);
      if (first === undefined) return;
      // A new folder survives a power cut only when the folder that names it was flushed, too.
      for (
        let above = dirname(path);
        above.length >= dirname(first).length;
        above = dirname(above)
      ) {
        await syncFolder(above);
        if (above === dirname(above)) break;
      }
    } catch (error) {
      throw writeError(error, path);
    }
  }

  async #remove(ids: readonly string[]): Promise<number> {
    const found = await Promise.all(
      [...new Set(ids)].map(async (id) => this.#index.path(id) ?? (await this.#damagedPath(id))),
    );
    const paths = found.filter((path) => path !== undefined);
    const folders = new Set(paths.map((path) => posix.dirname(path)));
    await inParallel(paths, (path) => this.#removeFile(path));
    for (const folder of folders) {
      const path = join(this.#root, folder);
      await syncFolder(path);
      // `rmdir` removes empty folders only; it fails for the others.
      await rmdir(path)
        .then(() => rmdir(dirname(path)))
        .catch(() => undefined);
    }
    await this.#settle(folders);
    await this.#saveNowAndThen();
    return paths.length;
  }

  /**
   * The file of a trace that is damaged. Ids may share the name of a file (`x` and `trace_x`), so it must not name another id;
   * and one that a later version wrote is not damaged.
   */
  async #damagedPath(id: string): Promise<string | undefined> {
    const { path, problem } = this.#index.unreadable(stemOf(id)) ?? {};
    if (path === undefined || isError(problem, "FORMAT_UNKNOWN_VERSION")) return undefined;
    const text = await readFile(join(this.#root, path), "utf8");
    const [, named] = /"trace_id"\s*:\s*("(?:[^"\\]|\\.)*")/u.exec(text) ?? [];
    return named === undefined || named === JSON.stringify(id) ? path : undefined;
  }

  async #removeFile(path: string): Promise<void> {
    const file = join(this.#root, path);
    await removeFile(file);
    if (this.#index.hasLog(path)) await removeFile(logOf(file));
    this.#index.removed(path);
  }

  /** Saves the index if the last time is long ago: writing it costs time by its size, at most a twentieth of all. */
  async #saveNowAndThen(): Promise<void> {
    if (performance.now() - this.#savedAt > 2000 + 20 * this.#saveMs) await this.#saveIndex();
  }

  async #saveIndex(): Promise<void> {
    const start = performance.now();
    // The traces are durable without the index; the next opening of the tree makes it again.
    await this.#index.save().catch(ignoreWriteErrors);
    this.#savedAt = performance.now();
    this.#saveMs = this.#savedAt - start;
  }
}

async function removeFile(file: string): Promise<void> {
  try {
    await rm(file, { force: true });
  } catch (error) {
    throw writeError(error, file);
  }
}

function ignoreWriteErrors(error: unknown): void {
  const isExpected =
    isHoneError(error) && (error.code === "WRITE_FAILED" || error.code === "DISK_FULL");
  if (!isExpected && systemCode(error) === undefined) throw error;
}
