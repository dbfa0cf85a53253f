import { Validator } from "@cfworker/json-schema";
import { describe, expect, it } from "vitest";
import { uniform } from "../../core/random.ts";
import { type FormatState, Formats } from "./formats.ts";
import { schemaCases } from "./schemas-fixture.ts";

/** Every byte, and tokens across the parts of JSON, some of which end within a character. */
const longer = [
  '{"',
  '":',
  '": ',
  '",',
  '", "',
  '"}',
  "]}",
  "},",
  " [",
  "\n  ",
  "true",
  "null",
  "fals",
  "12",
  "-1",
  ".5",
  "e+",
  "é",
  "\\u",
  "\\n",
  'x"',
  "😀",
  "id",
  'id"',
  "kind",
  "ab",
  "red",
  "  ",
];
const tokens: readonly (Uint8Array | undefined)[] = [
  undefined,
  ...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)),
  ...longer.map((text) => Buffer.from(text)),
  Uint8Array.of(0xc3),
  Uint8Array.of(0xa9, 0x22),
  Uint8Array.of(0xf0, 0x9f),
  Buffer.from("ab"),
  new Uint8Array(0),
];
const byteToken = (byte: number): number => byte + 1;
const formats = new Formats(() => tokens);

const accepts = (start: FormatState, text: string): boolean => {
  let state: FormatState | undefined = start;
  for (const byte of Buffer.from(text)) state = state?.after(byteToken(byte));
  return state?.isComplete === true;
};

/** What can follow, found without the trie: every token's bytes one after another. */
const slowMask = (state: FormatState): Uint8Array =>
  Uint8Array.from(tokens, (bytes) => {
    let at: FormatState | undefined = bytes === undefined || bytes.length === 0 ? undefined : state;
    for (const byte of bytes ?? []) at = at?.after(byteToken(byte));
    return at === undefined ? 0 : 1;
  });

/** Draws tokens until a text may end, and does so by one chance in two. */
function drawn(
  start: FormatState,
  seed: number,
  onState: (state: FormatState, step: number) => void,
): string {
  const chosen: number[] = [];
  let state = start;
  for (let step = 0; step < 400; step++) {
    onState(state, step);
    if (state.isComplete && (!state.canGoOn || uniform(seed, step, "end") < 0.5)) break;
    // Ends are preferred, so that texts stay short.
    const all = [...state.allowed.keys()].filter((id) => state.allowed[id] === 1);
    const closing = all.filter((id) => /^["\]}]/.test(Buffer.from(tokens[id]!).toString("latin1")));
    const isNearEnd = step > 60 && closing.length > 0 && uniform(seed, step, "close") < 0.5;
    const from = isNearEnd ? closing : all;
    expect(from.length, Buffer.concat(chosen.map((id) => tokens[id]!)).toString()).toBeGreaterThan(
      0,
    );
    const id = from[Math.floor(uniform(seed, step) * from.length)]!;
    chosen.push(id);
    state = state.after(id)!;
  }
  return new TextDecoder("utf-8", { fatal: true }).decode(
    Buffer.concat(chosen.map((id) => tokens[id]!)),
  );
}

describe("formats", () => {
  it.each([
    [{ type: "objekt" }, "FORMAT_SCHEMA_INVALID", "#/type"],
    [
      { type: "object", properties: { a: { minLength: -1 } } },
      "FORMAT_SCHEMA_INVALID",
      "#/properties/a/minLength",
    ],
    [{ $ref: "#/$defs/none" }, "FORMAT_SCHEMA_INVALID", "not in the schema"],
    [
      { $ref: "https://example.com/schema" },
      "FORMAT_SCHEMA_INVALID",
      "places in the schema itself",
    ],
    [{ pattern: "(" }, "FORMAT_SCHEMA_INVALID", "no regular expression"],
    [{ $ref: "#" }, "FORMAT_SCHEMA_INVALID", "without end"],
    [{ not: { type: "string" } }, "FORMAT_SCHEMA_UNSUPPORTED", "not"],
    [{ items: { uniqueItems: true } }, "FORMAT_SCHEMA_UNSUPPORTED", "uniqueItems at #/items"],
    [{ type: "string", patern: "a" }, "FORMAT_SCHEMA_UNSUPPORTED", "patern"],
    [{ pattern: "(?=a)" }, "FORMAT_SCHEMA_UNSUPPORTED", "(?= …)"],
    [{ pattern: "a{2000}" }, "FORMAT_SCHEMA_UNSUPPORTED", "1000"],
    [{ format: "iri" }, "FORMAT_SCHEMA_UNSUPPORTED", "date-time"],
    [{ type: "number", minimum: 0.5 }, "FORMAT_SCHEMA_UNSUPPORTED", "whole number"],
    [{ oneOf: [{ type: "integer" }, { type: "number" }] }, "FORMAT_SCHEMA_UNSUPPORTED", "anyOf"],
    [
      { allOf: [{ pattern: "a" }, { pattern: "b" }] },
      "FORMAT_SCHEMA_UNSUPPORTED",
      "two of pattern",
    ],
    [false, "FORMAT_ALLOWS_NOTHING", ""],
    [{ type: "integer", minimum: 3, maximum: 2 }, "FORMAT_ALLOWS_NOTHING", ""],
    [
      { type: "object", properties: { a: { $ref: "#" } }, required: ["a"] },
      "FORMAT_ALLOWS_NOTHING",
      "",
    ],
    [{ type: "array", items: false, minItems: 1 }, "FORMAT_ALLOWS_NOTHING", ""],
    [{ type: "string", maxLength: 10 ** 9 }, "FORMAT_TOO_LARGE", "states"],
    [{ pattern: "(".repeat(1000) + "a" + ")".repeat(1000) }, "FORMAT_TOO_LARGE", "pattern"],
    [
      { type: "object", properties: { ["a".repeat(9999)]: true }, additionalProperties: true },
      "FORMAT_TOO_LARGE",
      "name",
    ],
    [{ enum: ["a".repeat(300_000)] }, "FORMAT_TOO_LARGE", "characters"],
    [
      {
        allOf: Array.from({ length: 30 }, (_, i) => ({
          anyOf: [{ required: [`a${i}`] }, { required: [`b${i}`] }],
        })),
      },
      "FORMAT_TOO_LARGE",
      "branches",
    ],
  ] as const)("refuses with a code and the place, case %#", (schema, code, named) => {
    const start = () => formats.start({ type: "json", schema });
    expect(start).toThrow(code);
    expect(start).toThrow(named);
  });

  it("leaves out keywords that only describe, or that ask for nothing", () => {
    const schema = {
      type: "array",
      title: "t",
      "x-order": 1,
      uniqueItems: false,
      items: { default: 3, type: "integer" },
    };
    expect(accepts(formats.start({ type: "json", schema }), "[1]")).toBe(true);
  });

  for (const { name, schema, allows, forbids } of schemaCases) {
    it(`${name}: allows what it says, and what is drawn from it parses and meets the schema`, () => {
      const start = formats.start({ type: "json", schema });
      for (const text of allows) expect(accepts(start, text), text).toBe(true);
      for (const text of forbids) expect(accepts(start, text), text).toBe(false);
      const validator = new Validator(schema as object, "2020-12", false);
      for (let seed = 1; seed <= 6; seed++) {
        const text = drawn(start, seed, (state, step) => {
          if (seed > 1 || step > 20) return;
          expect(Buffer.compare(state.allowed, slowMask(state))).toBe(0);
        });
        const { valid, errors } = validator.validate(JSON.parse(text));
        expect(valid, `${text} ${JSON.stringify(errors)}`).toBe(true);
      }
    });
  }
});
