/**
 * Our spans in OpenTelemetry's form, so that hone reads back exactly what was sent.
 *
 * The conventions have no place for some values: an empty name, a message of a role that says more than its parts, a text that
 * is no UTF-8. A span that would come back otherwise carries itself as JSON in one further attribute.
 */
import { isDeepStrictEqual } from "node:util";
import type { OtlpResource, OtlpSpan } from "../core/otlp.ts";
import type { Span } from "../core/span.ts";
import { writeSpan } from "../formats/span-format.ts";
import { honeNames } from "./dialects/hone.ts";
import { readOtlpSpan } from "./from-otlp.ts";
import { conventionalSpan } from "./to-otlp.ts";

/** A span of ours in OpenTelemetry's form, which `readOtlpSpan` reads back as it was. */
export function otlpOfSpan(span: Span, resource: OtlpResource): OtlpSpan {
  const { traceId } = span;
  const written = conventionalSpan(span, resource);
  const text = JSON.stringify(writeSpan(span));
  const isWellFormed = traceId.isWellFormed();
  const isText = isWellFormed && !loneSurrogate.test(text);
  if (isText && isDeepStrictEqual(readOtlpSpan(written).spans[0], span)) return written;
  const place = isWellFormed ? {} : { [honeNames.traceIdJson]: JSON.stringify(traceId) };
  const attributes = { ...written.attributes, ...place, [honeNames.span]: text };
  return { ...written, attributes };
}

/** JSON escapes half a surrogate pair, which UTF-8 cannot hold. A text that spells this escape matches as well. */
const loneSurrogate = /\\ud[89a-f]/i;
