import fc from "fast-check";
import { expect, it } from "vitest";
import { exactJson } from "./json.ts";
import { mayBeRewritten, writtenText, writtenTexts } from "./written-json.ts";

it.each([
  '{"price": 5.0}',
  '{"row":2512292042121000001,"a":[1, 2.50]}',
  '{"10": 1, "2": 2}',
  "[1e3]",
  "[-0]",
  "[0.0000001]",
  '{"a":1,"a":2.0}',
  '{"__proto__":{"x":1.0}}',
])("keeps %s as it was written", (text) => {
  expect(writtenText(exactJson(text))).toBe(text);
  expect(writtenTexts({ arguments: exactJson(text) })).toEqual({ "hone.arguments.text": text });
});

it.each(['{"price":5}', '{ "a": "5.0, 1e3 and -0" }', "[1.5, true, null]", '"5.0"', "5.0"])(
  "keeps no text of %s, which JavaScript writes as well or which is neither list nor object",
  (text) => {
    expect(writtenText(exactJson(text))).toBeUndefined();
  },
);

it("keeps the texts of the parts that need it", () => {
  const value = exactJson('{"a": {"n": 1}, "b": [ {"p": 1.0} ], "b2": "]"}') as {
    a: object;
    b: readonly object[];
  };
  expect(writtenText(value.a)).toBeUndefined();
  expect(writtenText(value.b)).toBe('[ {"p": 1.0} ]');
  expect(writtenText(value.b[0])).toBe('{"p": 1.0}');
  expect(writtenText(exactJson('{"a":{"n":1.0},"a":{"n":1}}') as object)).toContain("1.0");
  const twice = exactJson('{"a":{"n":1.0},"a":{"n":1}}') as { a: object };
  expect(writtenText(twice.a)).toBeUndefined();
});

/** Numbers as other programs write them. */
const number = fc.oneof(
  fc.integer().map(String),
  fc.bigInt().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.tuple(fc.integer(), fc.nat(999)).map(([a, b]) => `${a}.${b}0`),
  fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: -400, max: 400 }))
    .map(([a, e]) => `${a}E${e}`),
);
const text: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    number,
    fc.string({ unit: "binary" }).map((one) => JSON.stringify(one)),
    fc.constantFrom("true", "false", "null"),
    fc.array(tie("value"), { maxLength: 4 }).map((list) => `[${list.join(", ")}]`),
    fc
      .uniqueArray(fc.tuple(fc.oneof(fc.string(), fc.nat().map(String)), tie("value")), {
        maxLength: 4,
        selector: ([key]) => key,
      })
      .map((all) => `{${all.map(([key, one]) => `${JSON.stringify(key)}:${one}`).join(" , ")}}`),
  ),
})).value;

/** Every list and object of a value. */
const partsOf = (value: unknown): object[] =>
  typeof value === "object" && value !== null
    ? [value, ...Object.values(value).flatMap(partsOf)]
    : [];

it("gives back what was written, whatever it is", () => {
  fc.assert(
    fc.property(text, (written) => {
      const value = exactJson(written);
      for (const part of partsOf(value)) {
        const kept = writtenText(part);
        if (kept === undefined) continue;
        expect(written).toContain(kept);
        expect(exactJson(kept)).toEqual(part);
      }
      // What is not kept is written by JavaScript in the same way.
      if (typeof value === "object" && value !== null && writtenText(value) === undefined) {
        expect(JSON.stringify(value)).toBe(compact(written));
      }
    }),
    { numRuns: 300 },
  );
});

/** The text without the spaces that the generator writes, and with the escapes of JavaScript. */
const compact = (json: string): string =>
  json.replaceAll(/"[^"\\]*(?:\\.[^"\\]*)*"|\s+/gs, (one) =>
    one.startsWith('"') ? JSON.stringify(JSON.parse(one)) : "",
  );

it("looks at a text once, however it repeats itself", () => {
  /** Processor time in µs: the least of several tries, since other programs share the machine. */
  const time = (piece: string, length: number): number => {
    const one = piece.repeat(length / piece.length);
    const tries = Array.from({ length: 5 }, () => {
      const start = process.cpuUsage().user;
      mayBeRewritten(one);
      return process.cpuUsage().user - start;
    });
    return Math.min(...tries);
  };
  // Eight times the length takes eight times as long where the time grows with the length, and 64 times where with its square.
  for (const piece of ["[", "1", ",1.", "[1.1", ":-", '"1', '"1":', " ", ", ", "0.00000", "-0"]) {
    const short = Math.max(time(piece, 25_000), 500);
    expect(time(piece, 200_000) / short, piece).toBeLessThan(30);
  }
});
