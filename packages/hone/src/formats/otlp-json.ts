/**
 * Reads OTLP requests in JSON (OTLP specification, "JSON Protobuf Encoding"). Unknown fields are ignored; whole numbers may be
 * texts, and enums may be numbers or names.
 */
import { HoneError, isError, messageOf } from "../core/errors.ts";
import { isObject, type JsonObject, type JsonValue, keptDigits, setOwn } from "../core/json.ts";
import {
  type OtlpAttributes,
  type OtlpBatch,
  otlpKinds,
  type OtlpLog,
  type OtlpResource,
  type OtlpScope,
  type OtlpSpan,
} from "../core/otlp.ts";
import { fractionText, TypedParts } from "../core/written-json.ts";
import { integerValue, numberValue } from "./otlp-protobuf.ts";

/** Values nested deeper than this are replaced by a note. */
const maxDepth = 64;
const tooDeep = "[nested deeper than hone reads]";

/** Reads the spans of a request. @throws OTLP_INVALID for bytes that are no such JSON, and where no span can be read */
export function readOtlpJsonSpans(bytes: Uint8Array): OtlpBatch<OtlpSpan> {
  return readRequest(bytes, ["resourceSpans", "scopeSpans", "spans"], toSpan);
}

/** Reads the logs of a request. @throws as `readOtlpJsonSpans` */
export function readOtlpJsonLogs(bytes: Uint8Array): OtlpBatch<OtlpLog> {
  return readRequest(bytes, ["resourceLogs", "scopeLogs", "logRecords"], toLog);
}

/** The names of a request's lists, from the outermost to the innermost. */
type Keys = readonly [resources: string, scopes: string, items: string];

function readRequest<Item>(
  bytes: Uint8Array,
  [resources, scopes, list]: Keys,
  toItem: (json: JsonObject, resource: OtlpResource, scope: OtlpScope) => Item,
): OtlpBatch<Item> {
  const { text, isRepaired } = decode(bytes);
  const items: Item[] = [];
  const rejected: string[] = [];
  for (const ofResource of objects(parse(text), resources)) {
    const resource = { attributes: attributes(object(ofResource, "resource")) };
    for (const ofScope of objects(ofResource, scopes)) {
      const scope = toScope(object(ofScope, "scope"));
      for (const item of listOf(ofScope, list)) {
        try {
          items.push(toItem(isObject(item) ? item : wrong(list, item, ofItems), resource, scope));
        } catch (error) {
          if (!isError(error, "OTLP_INVALID")) throw error;
          rejected.push(error.facts.problem);
        }
      }
    }
  }
  if (items.length === 0 && rejected.length > 0) throw invalid(rejected[0]!);
  return { items, repairedTexts: isRepaired ? 1 : 0, rejected };
}

function decode(bytes: Uint8Array): { readonly text: string; readonly isRepaired: boolean } {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), isRepaired: false };
  } catch {
    return { text: new TextDecoder().decode(bytes), isRepaired: true };
  }
}

function parse(text: string): JsonObject {
  let json: unknown;
  try {
    const parsed: unknown = JSON.parse(text);
    // Some senders write 64-bit integers as numbers.
    json = keptDigits(text) ?? parsed;
  } catch (error) {
    throw invalid(`it is not JSON (${messageOf(error)})`, error);
  }
  if (isObject(json)) return json;
  throw invalid("it holds no JSON object");
}

function toSpan(json: JsonObject, resource: OtlpResource, scope: OtlpScope): OtlpSpan {
  const status = object(json, "status");
  const traceState = text(json, "traceState");
  const dropped = ["droppedAttributesCount", "droppedEventsCount", "droppedLinksCount"];
  return {
    traceId: id(json, "traceId"),
    spanId: id(json, "spanId"),
    parentSpanId: id(json, "parentSpanId"),
    ...(traceState === "" ? {} : { traceState }),
    name: text(json, "name"),
    kind: enumNumber(json, "kind", otlpKinds, "SPAN_KIND_"),
    start: time(json, "startTimeUnixNano"),
    end: time(json, "endTimeUnixNano"),
    attributes: attributes(json),
    events: objects(json, "events").map((event) => ({
      name: text(event, "name"),
      time: time(event, "timeUnixNano"),
      attributes: attributes(event),
    })),
    links: objects(json, "links").map((link) => ({
      traceId: id(link, "traceId"),
      spanId: id(link, "spanId"),
      attributes: attributes(link),
    })),
    status: {
      code: enumNumber(status, "code", ["unset", "ok", "error"], "STATUS_CODE_"),
      message: text(status, "message"),
    },
    dropped: dropped.reduce((sum, name) => sum + Number(json[name] ?? 0), 0),
    resource,
    scope,
  };
}

function toLog(json: JsonObject, resource: OtlpResource, scope: OtlpScope): OtlpLog {
  const at = time(json, "timeUnixNano");
  return {
    traceId: id(json, "traceId"),
    spanId: id(json, "spanId"),
    eventName: text(json, "eventName"),
    time: at === 0n ? time(json, "observedTimeUnixNano") : at,
    severity: text(json, "severityText"),
    body: anyValue(json["body"], 0, { text: undefined }),
    attributes: attributes(json),
    resource,
    scope,
  };
}

function toScope(json: JsonObject): OtlpScope {
  const version = text(json, "version");
  const own = attributes(json);
  return {
    name: text(json, "name"),
    ...(version === "" ? {} : { version }),
    ...(Object.keys(own).length === 0 ? {} : { attributes: own }),
  };
}

function attributes(json: JsonObject): OtlpAttributes {
  const values: Record<string, JsonValue> = {};
  for (const pair of objects(json, "attributes")) {
    setOwn(values, text(pair, "key"), anyValue(pair["value"], 0, { text: undefined }));
  }
  return values;
}

/** The text of the value that was read last, where `JSON.stringify` would write another. */
interface Written {
  text: string | undefined;
}

function anyValue(json: unknown, depth: number, written: Written): JsonValue {
  written.text = undefined;
  if (!isObject(json)) return null;
  if (depth > maxDepth) return tooDeep;
  const [kind] = Object.keys(json);
  const value = kind === undefined ? null : json[kind];
  switch (kind) {
    case "stringValue":
    case "bytesValue":
      return typeof value === "string" ? value : wrong(kind, value, "a text");
    case "boolValue":
      return typeof value === "boolean" ? value : wrong(kind, value, "true or false");
    case "intValue":
      return integer(whole(kind, value), written);
    case "doubleValue":
      // A text is a number that JavaScript cannot hold, as it was written.
      written.text = isDigits(value) ? value : fractionText(Number(value));
      return numberValue(Number(value));
    case "arrayValue":
      return list(listIn(value), depth + 1, written);
    case "kvlistValue":
      return record(listIn(value), depth + 1, written);
    default:
      return null;
  }
}

function integer(read: bigint, written: Written): JsonValue {
  const value = integerValue(read);
  if (typeof value === "string") written.text = value;
  return value;
}

const isDigits = (value: unknown): value is string =>
  typeof value === "string" && /^-?\d[\d.]*(?:[eE][-+]?\d+)?$/.test(value);

function list(values: readonly unknown[], depth: number, written: Written): JsonValue {
  const parts = new TypedParts();
  const read = values.map((one) => {
    const value = anyValue(one, depth, written);
    parts.add(value, written.text);
    return value;
  });
  written.text = parts.note(read);
  return read;
}

function record(pairs: readonly unknown[], depth: number, written: Written): JsonValue {
  const parts = new TypedParts();
  const read: Record<string, JsonValue> = {};
  for (const pair of pairs.filter(isObject)) {
    const key = text(pair, "key");
    const value = anyValue(pair["value"], depth, written);
    setOwn(read, key, value);
    parts.add(value, written.text, key);
  }
  written.text = parts.note(read);
  return read;
}

/** The values of `arrayValue` and `kvlistValue`. */
function listIn(value: unknown): readonly unknown[] {
  const values = isObject(value) ? (value["values"] ?? []) : value;
  return Array.isArray(values) ? values : wrong("values", values, "a list");
}

function objects(json: JsonObject, name: string): JsonObject[] {
  return listOf(json, name).map((one) => (isObject(one) ? one : wrong(name, one, ofItems)));
}

function listOf(json: JsonObject, name: string): readonly unknown[] {
  const list = json[name] ?? [];
  return Array.isArray(list) ? list : wrong(name, list, "a list");
}

function object(json: JsonObject, name: string): JsonObject {
  const value = json[name] ?? {};
  return isObject(value) ? value : wrong(name, value, "an object");
}

function text(json: JsonObject, name: string): string {
  const value = json[name] ?? "";
  return typeof value === "string" ? value : wrong(name, value, "a text");
}

const id = (json: JsonObject, name: string): string => text(json, name).toLowerCase();

/** The largest value of protobuf's fixed64, in which OTLP sends nanoseconds: a time in the year 2554. */
const latestNanoseconds = 2n ** 64n - 1n;

function time(json: JsonObject, name: string): bigint {
  const nanoseconds = whole(name, json[name] ?? 0);
  const isTime = nanoseconds >= 0n && nanoseconds <= latestNanoseconds;
  return isTime ? nanoseconds : wrong(name, json[name], `a time from 0 to ${latestNanoseconds} ns`);
}

function whole(name: string, value: unknown): bigint {
  if (typeof value === "number" && Number.isInteger(value)) return BigInt(value);
  return typeof value === "string" && /^-?\d{1,20}$/.test(value)
    ? BigInt(value)
    : wrong(name, value, "a whole number");
}

function enumNumber(
  json: JsonObject,
  name: string,
  names: readonly string[],
  prefix: string,
): number {
  const value = json[name] ?? 0;
  if (typeof value === "number") return value;
  const place = names.findIndex((one) => prefix + one.toUpperCase() === value);
  return place === -1 ? wrong(name, value, "a number of that enum, or its name") : place;
}

/** What a list of OTLP holds that has something else in it. */
const ofItems = "a list of objects";

function wrong(name: string, value: unknown, expected: string): never {
  const holds = expected === ofItems ? "holds" : "is";
  throw invalid(`its field ${name} ${holds} ${shown(value)}, and must be ${expected}`);
}

/** The beginning of a value; a list or an object by its kind alone, since it may be nested deeper than JSON can be written. */
function shown(value: unknown): string {
  if (Array.isArray(value))
    return `a list of ${value.length} ${value.length === 1 ? "item" : "items"}`;
  if (isObject(value)) return "an object";
  return (JSON.stringify(value) ?? "undefined").slice(0, 60);
}

const invalid = (problem: string, cause?: unknown): HoneError =>
  new HoneError("OTLP_INVALID", { problem }, { cause });
