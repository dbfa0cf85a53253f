/**
 * A collector of OpenTelemetry in the place of a store: batches of the sink go out as OTLP. The sink keeps what cannot be sent,
 * in bounded memory, and tries again; what the collector refuses for good it drops and counts, batch by batch halved.
 */
import { HoneError, isError } from "../core/errors.ts";
import { readBatch, type TraceWriter } from "../recording/writing/batch-writer.ts";
import { type CollectorOptions, plainUrl, sendSpans } from "./send-spans.ts";
import { otlpOfHead, otlpOfSpan, otlpResource } from "./to-otlp.ts";

export interface OtlpWriterOptions extends CollectorOptions {
  /** `service.name` of what is sent. Default "hone". */
  readonly serviceName?: string;
}

/** @throws OPTION_INVALID for an address that is none */
export function otlpWriter(options: OtlpWriterOptions): TraceWriter {
  const resource = otlpResource(options.serviceName ?? "hone");
  const closing = new AbortController();
  return {
    url: plainUrl(options.url),
    write: async (batch) => {
      const { heads = [], spans = [] } = readBatch(batch);
      const ended = heads.flatMap((head) => otlpOfHead(head, resource) ?? []);
      const all = [...ended, ...spans.map((span) => otlpOfSpan(span, resource))];
      try {
        await sendSpans(all, options, closing.signal);
      } catch (error) {
        // A batch that is bad and one the collector will not let in look alike only by their number.
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
