/** Writing the traces of a store as lines of JSON: whole traces, to be imported again, or conversations to train on. */
import type { Writable } from "node:stream";
import { HoneError } from "../core/errors.ts";
import { addToList } from "../core/lists-by-key.ts";
import type { Trace, TraceHead } from "../core/trace.ts";
import type { TraceFilter } from "../core/trace-query.ts";
import { writeTrace } from "../formats/trace-format.ts";
import type { TraceStore } from "../ports/trace-store.ts";
import type { OnProgress } from "../core/progress.ts";
import { jsonLine, streamLines, writeLines } from "./export-lines.ts";
import {
  type ConversationOptions,
  conversationsOf,
  type TraceConversations,
} from "./trace-conversations.ts";

/** What the lines of a file are: whole traces, conversations, or pairs of answers. */
export type ExportFormat = "traces" | "messages" | "pairs";

export interface ExportOptions {
  readonly format: Exclude<ExportFormat, "pairs">;
  /** How traces become conversations, for the format "messages". */
  readonly conversations?: ConversationOptions;
  readonly filter?: TraceFilter;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

export interface ExportReport {
  readonly traces: number;
  readonly lines: number;
  /** Number of conversations left out because they hold pictures, which the format `messages` cannot hold. */
  readonly withPictures: number;
  /** Number of messages with reasoning: kept, or left out where the options say so. */
  readonly withReasoning: number;
  /** Number of answers that a person's correction replaced. */
  readonly corrected: number;
  /** Number of corrections that a later one of the same trace replaced. */
  readonly correctionsReplaced: number;
  /** Number of tools left out because the file cannot describe them. */
  readonly toolsLeftOut: number;
}

/** The counts of conversations in a report. */
type ConversationCounts = Omit<TraceConversations, "lines">;

const noCounts: ConversationCounts = {
  withPictures: 0,
  withReasoning: 0,
  corrected: 0,
  correctionsReplaced: 0,
  toolsLeftOut: 0,
};

/** The report of an export that found nothing. */
export const emptyReport: ExportReport = { traces: 0, lines: 0, ...noCounts };

/**
 * Writes a file whole or not at all. It is gzipped if its name ends in .gz.
 * @throws TRACES_NONE when there would be no line; TRACE_HAS_REASONING where the options allow none; CANCELLED after the signal; DISK_FULL, WRITE_FAILED. An older file of the
 *   name is left as it is then
 */
export async function exportToFile(
  store: TraceStore,
  path: string,
  options: ExportOptions,
): Promise<ExportReport> {
  const counting = new Lines(store, options);
  await writeLines(path, counting.lines(), () => {
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
  await streamLines(stream, counting.lines(), options);
  return counting.report;
}

/** The lines of an export as they are read. @throws TRACE_HAS_REASONING where the options allow none; CANCELLED after the signal */
export const exportLines = (store: TraceStore, options: ExportOptions): AsyncIterable<string> =>
  new Lines(store, options).lines();

class Lines {
  readonly #store: TraceStore;
  readonly #options: ExportOptions;
  #traces = 0;
  #lines = 0;
  #counts = noCounts;

  constructor(store: TraceStore, options: ExportOptions) {
    this.#store = store;
    this.#options = options;
  }

  get report(): ExportReport {
    return { traces: this.#traces, lines: this.#lines, ...this.#counts };
  }

  async *lines(): AsyncGenerator<string, void> {
    const { format, filter, onProgress } = this.#options;
    const sessions = new Map<string, string[]>();
    for await (const trace of this.#store.traces(filter)) {
      this.#checkSignal();
      this.#traces++;
      onProgress?.({ what: `exported ${this.#traces} traces` });
      if (format === "traces") {
        this.#lines++;
        yield jsonLine(writeTrace(trace));
        continue;
      }
      const session = sessionOf(trace);
      if (session === undefined) yield* this.#conversations([trace]);
      else addToList(sessions, session, trace.id);
    }
    // The turns of a session are one conversation, so they are read together; until then only their ids are kept.
    for (const ids of sessions.values()) {
      this.#checkSignal();
      const turns = await Promise.all(ids.map((id) => this.#store.get(id)));
      yield* this.#conversations(turns.filter((turn) => turn !== undefined));
    }
  }

  #checkSignal(): void {
    if (this.#options.signal?.aborted === true) {
      throw new HoneError("CANCELLED", { what: "The export" });
    }
  }

  *#conversations(traces: readonly Trace[]): Generator<string, void> {
    const { conversations = {} } = this.#options;
    const { lines, ...counts } = conversationsOf(traces, conversations);
    if (conversations.reasoning === "error" && counts.withReasoning > 0) {
      throw new HoneError("TRACE_HAS_REASONING", { trace: traces[0]!.id });
    }
    this.#counts = sumsOf(this.#counts, counts);
    this.#lines += lines.length;
    for (const one of lines) yield jsonLine(one);
  }
}

/** The session of an agent's user: sessions of different agents are different ones, whatever they are called. */
function sessionOf({ agent, session }: TraceHead): string | undefined {
  return session === undefined ? undefined : JSON.stringify([agent, session]);
}

const sumsOf = (a: ConversationCounts, b: ConversationCounts): ConversationCounts => ({
  withPictures: a.withPictures + b.withPictures,
  withReasoning: a.withReasoning + b.withReasoning,
  corrected: a.corrected + b.corrected,
  correctionsReplaced: a.correctionsReplaced + b.correctionsReplaced,
  toolsLeftOut: a.toolsLeftOut + b.toolsLeftOut,
});
