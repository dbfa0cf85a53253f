/** A span ingest that ignores some senders. */
import type { OtlpResource } from "../core/otlp.ts";
import type { SpanIngest } from "../ports/span-ingest.ts";

/** The ingest without those senders, and how many of their spans and log records were left out so far. */
export interface PartialIngest {
  readonly ingest: SpanIngest;
  readonly leftOut: () => number;
}

/** Passes on everything but the spans and log records of the senders that `isLeftOut` names. */
export function leaveOut(
  ingest: SpanIngest,
  isLeftOut: (sender: OtlpResource) => boolean = () => false,
): PartialIngest {
  let count = 0;
  const kept = <Item extends { readonly resource: OtlpResource }>(items: readonly Item[]) => {
    const others = items.filter(({ resource }) => !isLeftOut(resource));
    count += items.length - others.length;
    return others;
  };
  return {
    ingest: {
      spans: (spans) => ingest.spans(kept(spans)),
      logs: (logs) => ingest.logs(kept(logs)),
      drain: () => ingest.drain(),
      totals: () => ingest.totals(),
    },
    leftOut: () => count,
  };
}
