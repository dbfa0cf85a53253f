/** What `hone traces send` does: a store by its address, headers from OpenTelemetry's own variable. */
import type { TraceFilter } from "../core/trace-query.ts";
import type { OtlpWriterOptions } from "../tracing/otel/otlp-writer.ts";
import { openStore } from "./open-store.ts";
import { exportToCollector, type OtlpExportReport } from "./otlp-export.ts";

/** @throws as `openStore` and `exportToCollector` */
export async function sendTraces(
  store: string,
  options: OtlpWriterOptions & { readonly filter?: TraceFilter; readonly signal?: AbortSignal },
): Promise<OtlpExportReport> {
  const opened = await openStore(store, { mustExist: true });
  try {
    const headers = headersOf(process.env["OTEL_EXPORTER_OTLP_HEADERS"] ?? "");
    return await exportToCollector(opened, { headers, ...options });
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
