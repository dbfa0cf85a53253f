/** What `hone traces send` does: it sends the traces of a store, with the headers of OTEL_EXPORTER_OTLP_HEADERS. */
import type { HoneError } from "../../core/errors.ts";
import type { TraceFilter } from "../../core/trace-query.ts";
import type { OtlpWriterOptions } from "../../otel/otlp-writer.ts";
import { namedCollector } from "./named-collectors.ts";
import { openStore } from "../open-store.ts";
import { exportToCollector, type OtlpExportReport } from "./otlp-export.ts";
import { UnreadableParts } from "../../store/unreadable-parts.ts";

export interface SendOptions extends OtlpWriterOptions {
  readonly filter?: TraceFilter;
  readonly signal?: AbortSignal;
  /** Called once for each trace that cannot be read. */
  readonly onProblem: (problem: HoneError) => void;
}

export interface SendReport extends OtlpExportReport {
  /** Number of traces that could not be read. */
  readonly unreadable: number;
}

/** Sends the traces of a store to a collector, by its address or its name (`namedCollector`). @throws as it, `openStore` and `exportToCollector` */
export async function sendTraces(
  store: string,
  { onProblem, ...options }: SendOptions,
): Promise<SendReport> {
  const named = namedCollector(options.url, process.env);
  const parts = new UnreadableParts(onProblem);
  const opened = await openStore(store, { mustExist: true, onProblem: parts.add });
  try {
    const headers = headersOf(process.env["OTEL_EXPORTER_OTLP_HEADERS"] ?? "");
    const report = await exportToCollector(opened, { headers, ...options, ...named });
    return { ...report, unreadable: parts.count };
  } finally {
    await opened.close();
  }
}

/** The headers in a text such as `name=value,name=value`, whose values are percent-encoded. */
function headersOf(text: string): Record<string, string> {
  const pairs = text.split(",").filter((pair) => pair.includes("="));
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      return [pair.slice(0, at).trim(), decode(pair.slice(at + 1).trim())];
    }),
  );
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
