/**
 * Reads OTLP requests in protobuf: ExportTraceServiceRequest and ExportLogsServiceRequest.
 *
 * Field numbers are those of opentelemetry-proto 1.x (common.proto, resource.proto, trace.proto, logs.proto). Unknown fields
 * are ignored, as protobuf demands.
 */
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { HoneError, messageOf } from "../core/errors.ts";
import { type JsonValue, setOwn } from "../core/json.ts";
import { fractionText, TypedParts } from "../core/written-json.ts";
import type {
  OtlpBatch,
  OtlpEvent,
  OtlpLink,
  OtlpLog,
  OtlpResource,
  OtlpScope,
  OtlpSpan,
} from "../core/otlp.ts";

/** Values nested deeper than this are replaced by a note, so that a small request cannot fill the stack. */
const maxDepth = 64;
const tooDeep = "[nested deeper than hone reads]";

/** Reads the spans of a request. @throws OTLP_INVALID for bytes that are no such message, and where no span can be read */
export const readOtlpSpans = (bytes: Uint8Array): OtlpBatch<OtlpSpan> =>
  readRequest(bytes, (reader, resource, scope) => reader.span(resource, scope));

/** Reads the logs of a request. @throws as `readOtlpSpans` */
export const readOtlpLogs = (bytes: Uint8Array): OtlpBatch<OtlpLog> =>
  readRequest(bytes, (reader, resource, scope) => reader.log(resource, scope));

type ReadItem<Item> = (reader: OtlpReader, resource: OtlpResource, scope: OtlpScope) => Item;

function readRequest<Item>(bytes: Uint8Array, item: ReadItem<Item>): OtlpBatch<Item> {
  const reader = new OtlpReader(bytes);
  try {
    const items = reader.request(item);
    const { rejected, repairedTexts } = reader;
    if (items.length === 0 && rejected.length > 0) throw new RangeError(rejected[0]);
    return { items, repairedTexts, rejected };
  } catch (error) {
    const problem = `it is no protobuf message of that kind (${messageOf(error)})`;
    throw new HoneError("OTLP_INVALID", { problem }, { cause: error });
  }
}

/** Where in the bytes a message lies, so that it can be read later. */
interface Slice {
  readonly start: number;
  readonly end: number;
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

class OtlpReader {
  readonly #reader: BinaryReader;
  repairedTexts = 0;
  /** Why items could not be read, one reason for each. */
  readonly rejected: string[] = [];

  constructor(bytes: Uint8Array) {
    this.#reader = new BinaryReader(bytes);
  }

  request<Item>(item: ReadItem<Item>): Item[] {
    const items: Item[] = [];
    this.#fields(this.#reader.len, {
      1: () => this.#message(() => this.#resourceItems(item, items)),
    });
    return items;
  }

  /** Reads ResourceSpans or ResourceLogs, in which the resource may come after its spans. */
  #resourceItems<Item>(item: ReadItem<Item>, items: Item[]): void {
    let resource: OtlpResource = { attributes: {} };
    const groups: Slice[] = [];
    this.#fields(this.#end, {
      1: () => (resource = this.#message(() => ({ attributes: this.#keyValues(1) }))),
      2: () => groups.push(this.#slice()),
    });
    for (const group of groups) this.#at(group, () => this.#scopeItems(item, items, resource));
  }

  #scopeItems<Item>(item: ReadItem<Item>, items: Item[], resource: OtlpResource): void {
    let scope: OtlpScope = { name: "" };
    const slices: Slice[] = [];
    this.#fields(this.#end, {
      1: () => (scope = this.#message(() => this.#scope())),
      2: () => slices.push(this.#slice()),
    });
    for (const slice of slices) {
      try {
        this.#at(slice, () => items.push(item(this, resource, scope)));
      } catch (error) {
        // Where the item lies is known, so those after it can be read.
        this.rejected.push(messageOf(error));
      }
    }
  }

  #scope(): OtlpScope {
    let [name, version] = ["", ""];
    const attributes: Record<string, JsonValue> = {};
    this.#fields(this.#end, {
      1: () => (name = this.#text()),
      2: () => (version = this.#text()),
      3: () => this.#message(() => this.#keyValue(attributes, 0)),
    });
    return {
      name,
      ...(version === "" ? {} : { version }),
      ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
    };
  }

  span(resource: OtlpResource, scope: OtlpScope): OtlpSpan {
    let [traceId, spanId, parentSpanId, traceState, name] = ["", "", "", "", ""];
    let [kind, dropped] = [0, 0];
    let [start, end] = [0n, 0n];
    let status = { code: 0, message: "" };
    const attributes: Record<string, JsonValue> = {};
    const events: OtlpEvent[] = [];
    const links: OtlpLink[] = [];
    this.#fields(this.#end, {
      1: () => (traceId = this.#hex()),
      2: () => (spanId = this.#hex()),
      3: () => (traceState = this.#text()),
      4: () => (parentSpanId = this.#hex()),
      5: () => (name = this.#text()),
      6: () => (kind = this.#number()),
      7: () => (start = this.#time()),
      8: () => (end = this.#time()),
      9: () => this.#message(() => this.#keyValue(attributes, 0)),
      10: () => (dropped += this.#number()),
      11: () => events.push(this.#message(() => this.#event())),
      12: () => (dropped += this.#number()),
      13: () => links.push(this.#message(() => this.#link())),
      14: () => (dropped += this.#number()),
      15: () => (status = this.#message(() => this.#status())),
    });
    const known = { traceId, spanId, parentSpanId, name, kind, start, end, attributes };
    const state = traceState === "" ? {} : { traceState };
    return { ...known, ...state, events, links, status, dropped, resource, scope };
  }

  #event(): OtlpEvent {
    let time = 0n;
    let name = "";
    const attributes: Record<string, JsonValue> = {};
    this.#fields(this.#end, {
      1: () => (time = this.#time()),
      2: () => (name = this.#text()),
      3: () => this.#message(() => this.#keyValue(attributes, 0)),
    });
    return { name, time, attributes };
  }

  #link(): OtlpLink {
    let [traceId, spanId] = ["", ""];
    const attributes: Record<string, JsonValue> = {};
    this.#fields(this.#end, {
      1: () => (traceId = this.#hex()),
      2: () => (spanId = this.#hex()),
      4: () => this.#message(() => this.#keyValue(attributes, 0)),
    });
    return { traceId, spanId, attributes };
  }

  #status(): OtlpSpan["status"] {
    let message = "";
    let code = 0;
    this.#fields(this.#end, {
      2: () => (message = this.#text()),
      3: () => (code = this.#number()),
    });
    return { code, message };
  }

  log(resource: OtlpResource, scope: OtlpScope): OtlpLog {
    let [traceId, spanId, eventName, severity] = ["", "", "", ""];
    let [time, observed] = [0n, 0n];
    let body: JsonValue = null;
    const attributes: Record<string, JsonValue> = {};
    this.#fields(this.#end, {
      1: () => (time = this.#time()),
      3: () => (severity = this.#text()),
      5: () => (body = this.#message(() => this.#any(0))),
      6: () => this.#message(() => this.#keyValue(attributes, 0)),
      9: () => (traceId = this.#hex()),
      10: () => (spanId = this.#hex()),
      11: () => (observed = this.#time()),
      12: () => (eventName = this.#text()),
    });
    const at = time === 0n ? observed : time;
    const known = { traceId, spanId, eventName, time: at, severity, body, attributes };
    return { ...known, resource, scope };
  }

  #keyValues(field: number): Record<string, JsonValue> {
    const values: Record<string, JsonValue> = {};
    this.#fields(this.#end, { [field]: () => this.#message(() => this.#keyValue(values, 0)) });
    return values;
  }

  // Most bytes of a request are attributes, so this method and the next read them without a table, which is faster.
  #keyValue(into: Record<string, JsonValue>, depth: number, parts?: TypedParts): void {
    const end = this.#end;
    this.#written = undefined;
    let key = "";
    let value: JsonValue = null;
    while (this.#reader.pos < end) {
      const field = this.#tag();
      if (field === 1) key = this.#text();
      else if (field === 2) value = this.#message(() => this.#any(depth));
      else this.#skip(field);
    }
    setOwn(into, key, value);
    parts?.add(value, this.#written, key);
  }

  #any(depth: number): JsonValue {
    const end = this.#end;
    let value: JsonValue = null;
    this.#written = undefined;
    if (depth > maxDepth) {
      this.#reader.pos = end;
      return tooDeep;
    }
    while (this.#reader.pos < end) {
      const field = this.#tag();
      if (field === 1) value = this.#text();
      else if (field === 2) value = this.#expect(WireType.Varint).bool();
      else if (field === 3) value = this.#integer(BigInt(this.#expect(WireType.Varint).int64()));
      else if (field === 4) value = this.#fraction(this.#expect(WireType.Bit64).double());
      else if (field === 5) value = this.#message(() => this.#list(depth + 1));
      else if (field === 6) value = this.#message(() => this.#object(depth + 1));
      else if (field === 7) value = Buffer.from(this.#bytes()).toString("base64");
      else this.#skip(field);
    }
    return value;
  }

  #list(depth: number): JsonValue[] {
    const list: JsonValue[] = [];
    const parts = new TypedParts();
    const item = (): void => {
      const value = this.#message(() => this.#any(depth));
      list.push(value);
      parts.add(value, this.#written);
    };
    this.#fields(this.#end, { 1: item });
    this.#written = parts.note(list);
    return list;
  }

  #object(depth: number): Record<string, JsonValue> {
    const object: Record<string, JsonValue> = {};
    const parts = new TypedParts();
    this.#fields(this.#end, { 1: () => this.#message(() => this.#keyValue(object, depth, parts)) });
    this.#written = parts.note(object);
    return object;
  }

  /** The text of the value that was read last, where `JSON.stringify` would write another. */
  #written: string | undefined;

  #integer(read: bigint): JsonValue {
    const value = integerValue(read);
    if (typeof value === "string") this.#written = value;
    return value;
  }

  #fraction(read: number): JsonValue {
    this.#written = fractionText(read);
    return numberValue(read);
  }

  /** End of the message that is being read. */
  #end = 0;

  /** Wire type of the field that is being read. */
  #type: WireType = WireType.Varint;

  /** Reads fields up to `end`, each with its row of the table; fields without a row are skipped. */
  #fields(end: number, rows: Readonly<Record<number, () => unknown>>): void {
    while (this.#reader.pos < end) {
      const field = this.#tag();
      const row = rows[field];
      if (row === undefined) this.#skip(field);
      else row();
      if (this.#reader.pos > end) throw new RangeError("a field is longer than its message");
    }
  }

  #tag(): number {
    const [field, type] = this.#reader.tag();
    this.#type = type;
    return field;
  }

  #skip(field: number): void {
    this.#reader.skip(this.#type, field);
  }

  #expect(type: WireType): BinaryReader {
    if (this.#type === type) return this.#reader;
    throw new RangeError(`a field has the wire type ${this.#type} and not ${type}`);
  }

  #number(): number {
    return this.#expect(WireType.Varint).uint32();
  }

  #message<T>(read: () => T): T {
    return this.#at(this.#slice(), read);
  }

  /** Skips a message and returns where it lies. */
  #slice(): Slice {
    const length = this.#expect(WireType.LengthDelimited).uint32();
    const start = this.#reader.pos;
    const end = start + length;
    if (end > this.#reader.len) throw new RangeError("it ends in the middle of a message");
    this.#reader.pos = end;
    return { start, end };
  }

  #at<T>({ start, end }: Slice, read: () => T): T {
    const before = { pos: this.#reader.pos, end: this.#end };
    this.#reader.pos = start;
    this.#end = end;
    try {
      return read();
    } finally {
      this.#reader.pos = before.pos;
      this.#end = before.end;
    }
  }

  #text(): string {
    const bytes = this.#bytes();
    try {
      return strict.decode(bytes);
    } catch {
      this.repairedTexts++;
      return lenient.decode(bytes);
    }
  }

  #hex(): string {
    return Buffer.from(this.#bytes()).toString("hex");
  }

  #bytes(): Uint8Array {
    return this.#expect(WireType.LengthDelimited).bytes();
  }

  #time(): bigint {
    return BigInt(this.#expect(WireType.Bit64).fixed64());
  }
}

/** A whole number as JSON; beyond 2^53 as a text, which keeps it exact. */
export const integerValue = (value: bigint): JsonValue =>
  Number.isSafeInteger(Number(value)) ? Number(value) : String(value);

/** A number as JSON; NaN and infinities as texts, because JSON has none. */
export const numberValue = (value: number): JsonValue =>
  Number.isFinite(value) ? value : String(value);
