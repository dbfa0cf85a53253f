/** Files of traces: out of a store and into one, by its address. */
import type { Readable, Writable } from "node:stream";
import type { OnProgress } from "../../core/progress.ts";
import type { TraceFilter } from "../../core/trace-query.ts";
import {
  emptyReport,
  type ExportFormat,
  type ExportReport,
  exportToFile,
  exportToStream,
} from "../../data/export-traces.ts";
import { importTraces, type ImportReport } from "../../data/import-traces.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { UnreadableParts } from "../../store/unreadable-parts.ts";
import { checkStoreAddress, openStore } from "../open-store.ts";
import type { ConversationOptions } from "../../data/trace-conversations.ts";
import { exportPairs, type PairsReport } from "./pairs-export.ts";
import { type StoreAt, withStore } from "./with-store.ts";

export type { ExportFormat } from "../../data/export-traces.ts";
export type { ReasoningChoice } from "../../data/trace-conversations.ts";

export interface StoreExportOptions {
  readonly format: ExportFormat;
  /** How traces become conversations. Default: as `ConversationOptions` says. */
  readonly conversations?: ConversationOptions;
  readonly filter: TraceFilter;
  readonly signal: AbortSignal;
  /** Called while a file is written; a stream may be the terminal that would show the progress. */
  readonly onProgress: OnProgress;
}

export interface StoreExportReport extends ExportReport {
  /** Number of comparisons and corrections that gave no pair, by the reason; only for the format "pairs". */
  readonly leftOut?: PairsReport["leftOut"];
  /** Number of traces, or parts of them, that could not be read and are not in the file. */
  readonly unreadable: number;
}

/** Writes the traces of a store to a file or a stream. @throws as `withStore`, `exportToFile` and `exportToStream` */
export async function exportStore(
  { url, onProblem }: StoreAt,
  target: string | Writable,
  { onProgress, format, ...options }: StoreExportOptions,
): Promise<StoreExportReport> {
  const parts = new UnreadableParts(onProblem);
  const report = await withStore({ url, onProblem: parts.add }, async (store) => {
    if (options.filter.text !== undefined) await store.settle();
    if (format === "pairs") {
      const { reasoning } = options.conversations ?? {};
      const pairs = await exportPairs(store, target, {
        ...options,
        ...(reasoning && { reasoning }),
      });
      return { ...emptyReport, ...pairs };
    }
    return typeof target === "string"
      ? exportToFile(store, target, { ...options, format, onProgress })
      : exportToStream(store, target, { ...options, format });
  });
  return { ...report, unreadable: parts.count };
}

export interface StoreImportOptions {
  readonly replace: boolean;
  readonly stdin: Readable;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

/**
 * Writes the traces of a file into a store, which is made when it is not there, but not for a damaged file.
 * @throws STORE_URL_INVALID before the file is read; as `openStore` and `importTraces`
 */
export async function importIntoStore(
  { url, ...problems }: StoreAt,
  file: string,
  options: StoreImportOptions,
): Promise<ImportReport> {
  checkStoreAddress(url);
  let store: TraceStore | undefined;
  const open = async (): Promise<TraceStore> => (store = await openStore(url, problems));
  try {
    return await importTraces(open, file, options);
  } finally {
    await store?.close();
  }
}
