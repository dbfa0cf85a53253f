/** Sets of kept tokens come back from their texts exactly, and take little room. */
import { expect, it } from "vitest";
import { isKeptSet, keptIds, packKept, writeKept } from "./kept-tokens.ts";

const range = (from: number, to: number, step = 1): number[] =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, i) => from + i * step);

it.each([
  ["one id", [0], 3],
  ["two ids", [3, 5], 4],
  ["an id of a large vocabulary", [151_935], 6],
  ["both ends of a large vocabulary", [0, 151_935], 7],
  ["every third of 3,000", range(0, 3000, 3), 503],
  ["all of 49,152", range(0, 49_152), 8195],
  ["the upper half of 200", range(100, 200), 35],
])("%s", (_, ids, characters) => {
  const text = packKept(Int32Array.from(ids));
  expect(text).toHaveLength(characters);
  expect(keptIds(text)).toEqual(ids);
  const mask = new Uint8Array(ids.at(-1)! + 1).fill(7);
  expect(writeKept(text, mask)).toBe(true);
  expect([...mask.keys()].filter((id) => mask[id] === 1)).toEqual(ids);
  expect(mask.every((one) => one <= 1)).toBe(true);
});

it("the example of the documentation", () => {
  expect(packKept(Int32Array.of(3, 5))).toBe("BAMB");
});

it("texts of other forms are refused, and ids beyond the vocabulary", () => {
  const whole = packKept(Int32Array.of(1, 300, 90_000));
  for (const text of ["", "AA", "B=", "????", whole.slice(0, -3), `${whole}AAAA`, "gICAgICA"])
    expect(keptIds(text), text).toBeUndefined();
  expect(isKeptSet("")).toBe(true);
  expect(isKeptSet("AA")).toBe(false);
  expect(writeKept(whole, new Uint8Array(90_001))).toBe(true);
  expect(writeKept(whole, new Uint8Array(90_000))).toBe(false);
});
