/** Reads a trace from its file and the log beside it, and finds what is not as it was written. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { HoneError, messageOf } from "../../core/errors.ts";
import { parseJson } from "../../core/json.ts";
import type { Trace } from "../../core/trace.ts";
import { readTrace } from "../../formats/trace-format.ts";
import { systemCode } from "../../formats/write-error.ts";
import { applyChange, joinChanges } from "../batch-changes.ts";
import { isLogOf, logOf, readLog } from "./change-log.ts";
import { isIntact, sealOf } from "./file-checksum.ts";
import { timeOfPath } from "./trace-paths.ts";

/** The texts that a trace is read from. */
export interface TraceTexts {
  readonly file: string;
  readonly log: string | undefined;
}

/**
 * The texts of a trace's file and, where there is one, of its log. Undefined when the file is gone.
 *
 * The log is read first: when another process moves its changes into the file meanwhile, the file that is read has them.
 * @throws FILE_DAMAGED for a file that the system cannot read
 */
export async function readTexts(file: string, hasLog: boolean): Promise<TraceTexts | undefined> {
  const log = hasLog ? await textOf(logOf(file)) : undefined;
  const text = await textOf(file);
  return text === undefined ? undefined : { file: text, log };
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw new HoneError("FILE_DAMAGED", { file, problem: messageOf(error) });
  }
}

/** Where the texts of a trace lie. */
export interface TraceFilePlace {
  /** The store's address. */
  readonly store: string;
  readonly root: string;
  /** The path of the file below the root. */
  readonly path: string;
}

/** The trace in its texts. @throws STORE_DAMAGED, FILE_DAMAGED, FORMAT_UNKNOWN_VERSION */
export function traceIn(texts: TraceTexts, place: TraceFilePlace): Trace {
  const file = join(place.root, place.path);
  const startedAt = timeOfPath(place.path);
  const json = parsed(texts.file, file);
  const trace = readTrace(json, { where: file, startedAt });
  if (!isIntact(texts.file, json)) throw changed(trace, place, file);
  return texts.log === undefined ? trace : grown(trace, texts, place);
}

/** Whether there is a log that belongs to the file, and not to an earlier one of the same trace. */
export const hasOwnLog = ({ file, log }: TraceTexts, place: TraceFilePlace): boolean =>
  log !== undefined && isLogOf(log, sealOf(file), logOf(join(place.root, place.path)));

function grown(trace: Trace, { file, log = "" }: TraceTexts, place: TraceFilePlace): Trace {
  const where = logOf(join(place.root, place.path));
  const startedAt = timeOfPath(place.path);
  const read = readLog(log, sealOf(file), { where, startedAt, traceId: trace.id });
  if (!read.isOfFile) return trace;
  const { changes, lines } = read;
  if (changes.length < lines) {
    const saved = `its file without them (${trace.spans.length} spans) and the first ${changes.length} of ${lines} changes can be saved: delete the lines from ${changes.length + 2} on`;
    throw damaged(trace, place, `a change in ${where} is not as it was written; ${saved}`);
  }
  return applyChange(trace, joinChanges(changes), { store: place.store, id: trace.id });
}

const changed = (trace: Trace, place: TraceFilePlace, file: string): HoneError => {
  const saved = `its ${trace.spans.length} spans can be saved as they are now, if they look right or you edited the file: delete the line "checksum" near its end`;
  return damaged(trace, place, `${file} is not as it was written: its checksum differs; ${saved}`);
};

const damaged = ({ id }: Trace, { store }: TraceFilePlace, problem: string): HoneError =>
  new HoneError("STORE_DAMAGED", { store, problem: `trace ${JSON.stringify(id)}: ${problem}` });

function parsed(text: string, file: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    const problem = `it is not JSON (${messageOf(error)})`;
    throw new HoneError("FILE_DAMAGED", { file, problem }, { cause: error });
  }
}
