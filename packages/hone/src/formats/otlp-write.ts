/**
 * Writes OTLP: requests with spans, as protobuf and as JSON, and the answers of a receiver.
 *
 * Successive spans of one resource and scope form a group. Field numbers are those of `otlp-protobuf.ts`.
 */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { JsonValue } from "../core/json.ts";
import type {
  OtlpAttributes,
  OtlpEvent,
  OtlpLink,
  OtlpResource,
  OtlpScope,
  OtlpSpan,
} from "../core/otlp.ts";

const { Bit64, LengthDelimited, Varint } = WireType;

/** ExportTraceServiceRequest as protobuf. */
export function writeOtlpSpans(spans: readonly OtlpSpan[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const { resource, scope, members } of groupsOf(spans)) {
    message(writer, 1, () => {
      message(writer, 1, () => attributes(writer, 1, resource.attributes));
      message(writer, 2, () => {
        message(writer, 1, () => scopeFields(writer, scope));
        for (const span of members) message(writer, 2, () => spanFields(writer, span));
      });
    });
  }
  return writer.finish();
}

/** ExportTraceServiceRequest as JSON text. */
export function writeOtlpJsonSpans(spans: readonly OtlpSpan[]): string {
  const resourceSpans = groupsOf(spans).map(({ resource, scope, members }) => ({
    resource: { attributes: jsonAttributes(resource.attributes) },
    scopeSpans: [{ scope: jsonScope(scope), spans: members.map(jsonSpan) }],
  }));
  return JSON.stringify({ resourceSpans });
}

/** The answer of a receiver that accepted a request, wholly or in part. */
export interface OtlpAnswer {
  /** Number of spans or logs that were not accepted; 0 when all were. */
  readonly rejected: number;
  /** Why some were not accepted; empty when all were. */
  readonly message: string;
}

/** ExportTraceServiceResponse (and its like for logs) as protobuf. */
export function writeOtlpAnswer({ rejected, message: text }: OtlpAnswer): Uint8Array {
  const writer = new BinaryWriter();
  if (rejected === 0 && text === "") return writer.finish();
  message(writer, 1, () => {
    if (rejected > 0) writer.tag(1, Varint).int64(rejected);
    if (text !== "") writer.tag(2, LengthDelimited).string(text);
  });
  return writer.finish();
}

/** google.rpc.Status as protobuf: the answer of a receiver that refuses a request. */
export function writeOtlpFailure(code: number, text: string): Uint8Array {
  return new BinaryWriter()
    .tag(1, Varint)
    .int32(code)
    .tag(2, LengthDelimited)
    .string(text)
    .finish();
}

/** Successive spans of one resource and scope. */
interface Group {
  readonly resource: OtlpResource;
  readonly scope: OtlpScope;
  readonly members: OtlpSpan[];
}

function groupsOf(spans: readonly OtlpSpan[]): Group[] {
  const groups: Group[] = [];
  for (const span of spans) {
    const last = groups.at(-1);
    if (last?.resource === span.resource && last.scope === span.scope) last.members.push(span);
    else groups.push({ resource: span.resource, scope: span.scope, members: [span] });
  }
  return groups;
}

function message(writer: BinaryWriter, field: number, fields: () => void): void {
  writer.tag(field, LengthDelimited).fork();
  fields();
  writer.join();
}

function scopeFields(
  writer: BinaryWriter,
  { name, version = "", attributes: own = {} }: OtlpScope,
): void {
  text(writer, 1, name);
  text(writer, 2, version);
  attributes(writer, 3, own);
}

function spanFields(writer: BinaryWriter, span: OtlpSpan): void {
  writer.tag(1, LengthDelimited).bytes(Buffer.from(span.traceId, "hex"));
  writer.tag(2, LengthDelimited).bytes(Buffer.from(span.spanId, "hex"));
  text(writer, 3, span.traceState ?? "");
  if (span.parentSpanId !== "") {
    writer.tag(4, LengthDelimited).bytes(Buffer.from(span.parentSpanId, "hex"));
  }
  text(writer, 5, span.name);
  writer.tag(6, Varint).int32(span.kind);
  writer.tag(7, Bit64).fixed64(span.start);
  writer.tag(8, Bit64).fixed64(span.end);
  attributes(writer, 9, span.attributes);
  for (const event of span.events) message(writer, 11, () => eventFields(writer, event));
  for (const link of span.links) message(writer, 13, () => linkFields(writer, link));
  message(writer, 15, () => {
    text(writer, 2, span.status.message);
    if (span.status.code !== 0) writer.tag(3, Varint).int32(span.status.code);
  });
}

function eventFields(writer: BinaryWriter, event: OtlpEvent): void {
  writer.tag(1, Bit64).fixed64(event.time);
  text(writer, 2, event.name);
  attributes(writer, 3, event.attributes);
}

function linkFields(writer: BinaryWriter, link: OtlpLink): void {
  writer.tag(1, LengthDelimited).bytes(Buffer.from(link.traceId, "hex"));
  writer.tag(2, LengthDelimited).bytes(Buffer.from(link.spanId, "hex"));
  attributes(writer, 4, link.attributes);
}

/** Writes a text field; an empty text is left out, as protobuf does. */
function text(writer: BinaryWriter, field: number, value: string): void {
  if (value !== "") writer.tag(field, LengthDelimited).string(value);
}

function attributes(writer: BinaryWriter, field: number, values: OtlpAttributes): void {
  for (const [key, value] of Object.entries(values)) {
    message(writer, field, () => keyValue(writer, key, value));
  }
}

function keyValue(writer: BinaryWriter, key: string, value: JsonValue): void {
  writer.tag(1, LengthDelimited).string(key);
  message(writer, 2, () => anyValue(writer, value));
}

function anyValue(writer: BinaryWriter, value: JsonValue): void {
  if (typeof value === "string") writer.tag(1, LengthDelimited).string(value);
  else if (typeof value === "boolean") writer.tag(2, Varint).bool(value);
  else if (typeof value === "number") {
    if (Number.isSafeInteger(value)) writer.tag(3, Varint).int64(value);
    else writer.tag(4, Bit64).double(value);
  } else if (value !== null && Array.isArray(value)) {
    const list = value as readonly JsonValue[];
    message(writer, 5, () => {
      for (const one of list) message(writer, 1, () => anyValue(writer, one));
    });
  } else if (value !== null) {
    message(writer, 6, () => {
      for (const [key, one] of Object.entries(value)) {
        message(writer, 1, () => keyValue(writer, key, one));
      }
    });
  }
}

const jsonAttributes = (values: OtlpAttributes): object[] =>
  Object.entries(values).map(([key, value]) => ({ key, value: jsonValue(value) }));

/** A value as OTLP's AnyValue. Whole numbers are written as JSON numbers, which every reader accepts. */
function jsonValue(value: JsonValue): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") {
    return Number.isSafeInteger(value) ? { intValue: value } : { doubleValue: value };
  }
  if (value === null) return {};
  return Array.isArray(value)
    ? { arrayValue: { values: (value as readonly JsonValue[]).map(jsonValue) } }
    : { kvlistValue: { values: jsonAttributes(value as OtlpAttributes) } };
}

const jsonScope = ({ name, version, attributes: own }: OtlpScope): object => ({
  name,
  ...(version === undefined ? {} : { version }),
  ...(own === undefined ? {} : { attributes: jsonAttributes(own) }),
});

const jsonSpan = (span: OtlpSpan): object => ({
  traceId: span.traceId,
  spanId: span.spanId,
  ...(span.traceState === undefined ? {} : { traceState: span.traceState }),
  ...(span.parentSpanId === "" ? {} : { parentSpanId: span.parentSpanId }),
  name: span.name,
  kind: span.kind,
  startTimeUnixNano: String(span.start),
  endTimeUnixNano: String(span.end),
  attributes: jsonAttributes(span.attributes),
  events: span.events.map((event) => ({
    name: event.name,
    timeUnixNano: String(event.time),
    attributes: jsonAttributes(event.attributes),
  })),
  links: span.links.map((link) => ({
    traceId: link.traceId,
    spanId: link.spanId,
    attributes: jsonAttributes(link.attributes),
  })),
  status: {
    ...(span.status.code === 0 ? {} : { code: span.status.code }),
    ...(span.status.message === "" ? {} : { message: span.status.message }),
  },
});
