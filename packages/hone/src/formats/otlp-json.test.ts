import { expect, it } from "vitest";
import { readOtlpJsonSpans } from "./otlp-json.ts";

const request = (value: string): Buffer =>
  Buffer.from(
    `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c",
    "spanId":"b7ad6b7169203331","startTimeUnixNano":1764374400000000001,
    "attributes":[{"key":"row","value":${value}}]}]}]}]}`,
  );

it("reads 64-bit integers that a sender wrote as numbers, digit by digit", () => {
  const [span] = readOtlpJsonSpans(request('{"intValue":2512292042121000001}')).items;
  expect(span).toMatchObject({
    start: 1_764_374_400_000_000_001n,
    attributes: { row: "2512292042121000001" },
  });
});

it.each([
  ['{"intValue":7}', 7],
  ['{"doubleValue":0.1000000000000000055}', 0.1],
  ['{"stringValue":"half \\ud83d"}', "half \ud83d"],
  ['{"stringValue":"[2512292042121000001]"}', "[2512292042121000001]"],
])("reads %s as %j", (value, expected) => {
  expect(readOtlpJsonSpans(request(value)).items[0]!.attributes).toEqual({ row: expected });
});

it.each([
  ['{"resourceSpans":[7]}', "its field resourceSpans holds 7, and must be a list of objects"],
  ['{"resourceSpans":{"a":1}}', "its field resourceSpans is an object, and must be a list"],
  [
    '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":["0a"]}]}]}]}',
    "its field traceId is a list of 1 item, and must be a text",
  ],
])("says of %s what must be there", (text, problem) => {
  expect(() => readOtlpJsonSpans(Buffer.from(text))).toThrow(`cannot be read: ${problem}.`);
});
