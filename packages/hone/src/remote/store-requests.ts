/** Requests to a server of a store, as the JSON texts that are sent. What the formats do not allow is refused before. */
import { HoneError, messageOf } from "../core/errors.ts";
import type { TraceQuery } from "../core/trace-query.ts";
import { encodeHead, encodeSpan } from "../formats/encode-trace.ts";
import type { TraceBatch } from "../ports/trace-store.ts";

/** The request that writes a batch. @throws TRACE_INVALID */
export function appendRequest({ heads, spans, rewards, feedback }: TraceBatch): string {
  const headTexts = (heads ?? []).map((head) => encodeHead(head));
  const spanTexts = (spans ?? []).map(
    (span) => `{"traceId":${JSON.stringify(span.traceId)},"span":${encodeSpan(span)}}`,
  );
  const parts = [
    `"heads":[${headTexts.join(",")}]`,
    `"spans":[${spanTexts.join(",")}]`,
    `"rewards":${jsonOf(rewards ?? [])}`,
    `"feedback":${jsonOf(feedback ?? [])}`,
  ];
  return `{${parts.join(",")}}`;
}

function jsonOf(values: readonly unknown[]): string {
  try {
    return JSON.stringify(values);
  } catch (error) {
    const problem = messageOf(error);
    throw new HoneError("TRACE_INVALID", { name: "batch", problem }, { cause: error });
  }
}

/**
 * The requests that write traces whole: one, or as many as the server's limit needs.
 * @param texts  the traces as JSON
 */
export function* putRequests(texts: readonly string[], limitBytes: number): Generator<string> {
  const around = '{"traces":[]}'.length;
  let part: string[] = [];
  let bytes = around;
  for (const text of texts) {
    const more = Buffer.byteLength(text) + 1;
    if (part.length > 0 && bytes + more > limitBytes) {
      yield `{"traces":[${part.join(",")}]}`;
      part = [];
      bytes = around;
    }
    part.push(text);
    bytes += more;
  }
  yield `{"traces":[${part.join(",")}]}`;
}

/** Conditions as JSON. Infinity, which JSON lacks, becomes the largest number: no stored value is beyond it. */
export const filterText = (query: TraceQuery): string =>
  JSON.stringify(query, (_, value: unknown) =>
    value === Infinity || value === -Infinity ? Math.sign(Number(value)) * Number.MAX_VALUE : value,
  );
