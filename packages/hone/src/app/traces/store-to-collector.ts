/** What `hone traces send` does: a store by its address, headers from OpenTelemetry's own variable. */
import type { HoneError } from "../../core/errors.ts";
import type { TraceFilter } from "../../core/trace-query.ts";
import type { OtlpWriterOptions } from "../../otel/otlp-writer.ts";
import { openStore } from "../open-store.ts";
import { exportToCollector, type OtlpExportReport } from "./otlp-export.ts";
import { UnreadableParts } from "../../store/unreadable-parts.ts";

export interface SendOptions extends OtlpWriterOptions {
  readonly filter?: TraceFilter;
  readonly signal?: AbortSignal;
  /** Hears of traces that cannot be read. */
  readonly onProblem: (problem: HoneError) => void;
}

export interface SendReport extends OtlpExportReport {
  /** Traces that could not be read. */
  readonly unreadable: number;
}

/** @throws as `openStore` and `exportToCollector` */
export async function sendTraces(
  store: string,
  { onProblem, ...options }: SendOptions,
): Promise<SendReport> {
  const parts = new UnreadableParts(onProblem);
  const opened = await openStore(store, { mustExist: true, onProblem: parts.add });
  try {
    const headers = headersOf(process.env["OTEL_EXPORTER_OTLP_HEADERS"] ?? "");
    const report = await exportToCollector(opened, { headers, ...options });
    return { ...report, unreadable: parts.count };
  } finally {
    await opened.close();
  }
}

/** `name=value,name=value`, values percent-encoded. */
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
