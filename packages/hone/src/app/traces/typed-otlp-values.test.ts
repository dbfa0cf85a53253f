/**
 * Arguments and results that OpenTelemetry sends as typed values (lists, objects, 64-bit integers, floating point, bytes) keep
 * the numbers and the order that the wire had, over both encodings.
 */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { expect, it } from "vitest";
import { readOtlpJsonSpans } from "../../formats/otlp-json.ts";
import { readOtlpSpans } from "../../formats/otlp-protobuf.ts";
import { storeIngest } from "../../otel/store-ingest.ts";
import { memoryStore } from "../../store/memory-store.ts";

/** A value of OTLP in its JSON form. */
type Any =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: string }
  | { readonly doubleValue: number }
  | { readonly bytesValue: string }
  | { readonly arrayValue: { readonly values: readonly Any[] } }
  | { readonly kvlistValue: { readonly values: readonly Pair[] } };
interface Pair {
  readonly key: string;
  readonly value: Any;
}

const { Bit64, LengthDelimited, Varint } = WireType;

/** AnyValue of opentelemetry-proto's common.proto, by the numbers of its fields. */
function writeAny(writer: BinaryWriter, value: Any): void {
  if ("stringValue" in value) writer.tag(1, LengthDelimited).string(value.stringValue);
  else if ("boolValue" in value) writer.tag(2, Varint).bool(value.boolValue);
  else if ("intValue" in value) writer.tag(3, Varint).int64(value.intValue);
  else if ("doubleValue" in value) writer.tag(4, Bit64).double(value.doubleValue);
  else if ("bytesValue" in value)
    writer.tag(7, LengthDelimited).bytes(Buffer.from(value.bytesValue, "base64"));
  else if ("arrayValue" in value)
    within(writer, 5, () => {
      for (const one of value.arrayValue.values) within(writer, 1, () => writeAny(writer, one));
    });
  else
    within(writer, 6, () => {
      for (const one of value.kvlistValue.values) writePair(writer, 1, one);
    });
}

function writePair(writer: BinaryWriter, field: number, { key, value }: Pair): void {
  within(writer, field, () => {
    writer.tag(1, LengthDelimited).string(key);
    within(writer, 2, () => writeAny(writer, value));
  });
}

function within(writer: BinaryWriter, field: number, write: () => void): void {
  writer.tag(field, LengthDelimited).fork();
  write();
  writer.join();
}

const ids = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };

const wires: Readonly<
  Record<string, (attributes: readonly Pair[]) => ReturnType<typeof readOtlpSpans>>
> = {
  protobuf: (attributes) => {
    const writer = new BinaryWriter();
    within(writer, 1, () =>
      within(writer, 2, () =>
        within(writer, 2, () => {
          writer.tag(1, LengthDelimited).bytes(Buffer.from(ids.traceId, "hex"));
          writer.tag(2, LengthDelimited).bytes(Buffer.from(ids.spanId, "hex"));
          writer.tag(7, Bit64).fixed64(1_764_374_400_000_000_001n);
          for (const one of attributes) writePair(writer, 9, one);
        }),
      ),
    );
    return readOtlpSpans(writer.finish());
  },
  JSON: (attributes) => {
    const span = { ...ids, startTimeUnixNano: "1764374400000000001", attributes };
    const body = { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] };
    return readOtlpJsonSpans(Buffer.from(JSON.stringify(body)));
  },
};

const record = (...pairs: readonly (readonly [string, Any])[]): Any => ({
  kvlistValue: { values: pairs.map(([key, value]) => ({ key, value })) },
});
const list = (...values: readonly Any[]): Any => ({ arrayValue: { values } });
const int = (intValue: string): Any => ({ intValue });
const float = (doubleValue: number): Any => ({ doubleValue });
const text = (stringValue: string): Any => ({ stringValue });

const given = record(
  ["row", int("2512292042121000001")],
  ["10", text('say "é"')],
  ["2", list(float(5), int("5"), float(0.25), record(["price", float(-3)]))],
  ["on", { boolValue: true }],
  ["raw", { bytesValue: "AAH/" }],
);
const value = {
  row: "2512292042121000001",
  "10": 'say "é"',
  "2": [5, 5, 0.25, { price: -3 }],
  on: true,
  raw: "AAH/",
};
// As Python's json.dumps(…, separators=(",", ":"), ensure_ascii=False) writes the same values.
const written =
  '{"row":2512292042121000001,"10":"say \\"é\\"","2":[5.0,5,0.25,{"price":-3.0}],"on":true,"raw":"AAH/"}';

it.each(Object.entries(wires))("over %s", async (_, send) => {
  const store = memoryStore();
  const call = record(
    ["type", text("tool_call")],
    ["id", text("c1")],
    ["name", text("book")],
    ["arguments", given],
  );
  const said = list(record(["role", text("assistant")], ["parts", list(call)]));
  const tool: readonly (readonly [string, Any])[] = [
    ["gen_ai.operation.name", text("execute_tool")],
    ["gen_ai.tool.name", text("book")],
    ["gen_ai.tool.call.arguments", given],
    ["gen_ai.tool.call.result", list(int("9007199254740993"), float(1))],
  ];
  const chat: readonly (readonly [string, Any])[] = [
    ["gen_ai.operation.name", text("chat")],
    ["gen_ai.output.messages", said],
  ];
  const pairs = (all: typeof tool): Pair[] => all.map(([key, one]) => ({ key, value: one }));
  const [ran] = send(pairs(tool)).items;
  const [asked] = send(pairs(chat)).items;
  await storeIngest(store).spans([ran!, { ...asked!, spanId: "b7ad6b7169203332" }]);
  const { spans } = (await store.get(ids.traceId))!;
  expect(spans.find(({ kind }) => kind === "tool")).toMatchObject({
    arguments: value,
    result: ["9007199254740993", 1],
    attributes: { "hone.arguments.text": written, "hone.result.text": "[9007199254740993,1.0]" },
  });
  expect(spans.find(({ kind }) => kind === "prompt")).toMatchObject({
    output: [{ toolCalls: [{ id: "c1", name: "book", arguments: written }] }],
  });
});

it.each(Object.entries(wires))("plain values over %s have no text beside them", (_, send) => {
  const plain = record(["a", int("1")], ["b", list(float(0.5), text("5.0"))]);
  const [span] = send([{ key: "gen_ai.tool.call.arguments", value: plain }]).items;
  expect(JSON.stringify(span!.attributes)).toBe(
    '{"gen_ai.tool.call.arguments":{"a":1,"b":[0.5,"5.0"]}}',
  );
});
