/** Reads back what `to-otlp.ts` wrote: the head of a trace, and the ids and the order of its spans. */
import { HoneError, messageOf } from "../core/errors.ts";
import { type JsonValue, parseJson } from "../core/json.ts";
import type { OtlpSpan } from "../core/otlp.ts";
import type { Span } from "../core/span.ts";
import type { TraceHead } from "../core/trace.ts";
import { readSpan } from "../formats/span-format.ts";
import { readHead } from "../formats/trace-format.ts";
import { honeNames } from "./dialects/hone.ts";
import { traceSpanId } from "./to-otlp.ts";

/** The trace's head in a span that stands for a trace. Undefined for other spans. @throws FILE_DAMAGED, FORMAT_UNKNOWN_VERSION */
export function ownHead({ attributes }: OtlpSpan): TraceHead | undefined {
  const text = attributes[honeNames.trace];
  if (attributes[honeNames.kind] !== "trace" || typeof text !== "string") return undefined;
  return readHead(parsed(text, honeNames.trace), { where });
}

const where = "a span of OpenTelemetry";

function parsed(text: string, attribute: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    const problem = `its attribute ${attribute} is not JSON (${messageOf(error)})`;
    throw new HoneError("FILE_DAMAGED", { file: where, problem }, { cause: error });
  }
}

/** The span as its sender had it, where it carries itself as JSON. Undefined for others. @throws as `ownHead` */
export function exactSpan({ attributes, traceId }: OtlpSpan): Span | undefined {
  const text = attributes[honeNames.span];
  if (typeof text !== "string") return undefined;
  const exact = attributes[honeNames.traceIdJson];
  const own =
    typeof exact === "string"
      ? parsed(exact, honeNames.traceIdJson)
      : attributes[honeNames.traceId];
  const ownTrace = typeof own === "string" && own !== "" ? own : traceId;
  const json = parsed(text, honeNames.span);
  return readSpan(json, { traceId: ownTrace, where, index: 0, startedAt: 0 });
}

/** The span with the ids and the order it had before it was sent, and without the name or end that it did not have. */
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
