/**
 * An OpenTelemetry collector in the place of a store: the sink's batches are sent as OTLP. The sink keeps spans that cannot be
 * sent, in bounded memory, and tries again; spans that the collector refuses for good are dropped and counted.
 */
import { HoneError, isError } from "../core/errors.ts";
import { readBatch } from "../recording/writing/batch-text.ts";
import type { BatchWriter } from "../recording/writing/batch-writer.ts";
import { type CollectorOptions, plainUrl, sendSpans } from "./send-spans.ts";
import { otlpOfSpan } from "./exact-span.ts";
import { otlpOfHead, otlpResource } from "./to-otlp.ts";

/** The collector that spans are sent to, and the name they are sent under. */
export interface OtlpWriterOptions extends CollectorOptions {
  /** `service.name` of the spans. Default "hone". */
  readonly serviceName?: string;
}

/**
 * Sends the sink's batches to a collector.
 *
 * @throws OPTION_INVALID for an address that is not http or https
 */
export function otlpWriter(options: OtlpWriterOptions): BatchWriter {
  const resource = otlpResource(options.serviceName ?? "hone");
  const closing = new AbortController();
  return {
    url: plainUrl(options.url),
    write: async (batch) => {
      const { heads = [], spans = [] } = readBatch(batch);
      const ended = heads.flatMap((head) => otlpOfHead(head, resource) ?? []);
      const all = [...ended, ...spans.map((span) => otlpOfSpan(span, resource))];
      try {
        const { rejected, message } = await sendSpans(all, options, closing.signal);
        return { refused: Math.min(rejected, spans.length), problem: message };
      } catch (error) {
        // The request itself is bad, as opposed to a sender without permission: halving it finds the span.
        if (isError(error, "OTLP_REFUSED") && /^HTTP (400|413|422)/.test(error.facts.reason)) {
          const problem = error.facts.reason;
          throw new HoneError("TRACE_INVALID", { name: "batch for a collector", problem });
        }
        throw error;
      }
    },
    close: async () => closing.abort(),
  };
}
