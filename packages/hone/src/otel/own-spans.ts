/** What `to-otlp.ts` wrote, taken back: the head of a trace, and the places of spans. */
import type { JsonValue } from "../core/json.ts";
import type { OtlpSpan } from "../core/otlp.ts";
import type { Span } from "../core/span.ts";
import type { TraceHead } from "../core/trace.ts";
import { readHead } from "../formats/trace-format.ts";
import { honeNames } from "./dialects/hone.ts";
import { traceSpanId } from "./to-otlp.ts";

/** The head that a span stands for; undefined for all other spans, and for what is no head. */
export function ownHead({ attributes }: OtlpSpan): TraceHead | undefined {
  const text = attributes[honeNames.trace];
  if (attributes[honeNames.kind] !== "trace" || typeof text !== "string") return undefined;
  try {
    return readHead(JSON.parse(text), { where: "a span of OpenTelemetry" });
  } catch {
    return undefined;
  }
}

/** The span with the ids, the order and the absences it had before it was sent. */
export function withOwnPlace(span: Span): Span {
  const { id, traceId, parentId, name, sequence, startedAt, endedAt, attributes, ...meaning } =
    span;
  const rest: Record<string, JsonValue> = { ...attributes };
  const take = (name: string): JsonValue | undefined => {
    const value = rest[name];
    delete rest[name];
    return value;
  };
  const text = (name: string, otherwise: string): string => {
    const value = take(name);
    return typeof value === "string" && value !== "" ? value : otherwise;
  };
  const ownTrace = text(honeNames.traceId, traceId);
  const ownId = text(honeNames.spanId, id);
  const ownParent = text(honeNames.parentId, parentId ?? "");
  const ownSequence = take(honeNames.sequence);
  const isRoot = ownParent === "" || ownParent === traceSpanId(ownTrace);
  const isUnnamed = take("hone.unnamed") === true;
  const isUnended = take("hone.unended") === true;
  return {
    id: ownId,
    traceId: ownTrace,
    ...(isRoot ? {} : { parentId: ownParent }),
    ...(isUnnamed || name === undefined ? {} : { name }),
    sequence: typeof ownSequence === "number" ? ownSequence : sequence,
    startedAt,
    ...(isUnended || endedAt === undefined ? {} : { endedAt }),
    ...meaning,
    attributes: rest,
  };
}
