import { describe, expect, it } from "vitest";
import {
  largestOf,
  legendOf,
  type Quantity,
  quantities,
  quantityNames,
  quantityOf,
  stepOf,
} from "./colours.ts";
import { piecesOf, shownToken } from "./token-lines.ts";

describe("colours of tokens", () => {
  it("have a step for every number, and a legend that says each step's numbers", () => {
    for (const name of quantityNames) {
      const quantity = quantities[name];
      const bounds = quantity.bounds(2);
      expect(bounds).toEqual(bounds.toSorted((a, b) => a - b));
      expect(legendOf(quantity, bounds)).toHaveLength(quantity.classes.length);
    }
    const { bounds }: Quantity = quantities.entropy;
    expect([0, 0.1, 0.99, 50].map((value) => stepOf(value, bounds(1)))).toEqual([0, 1, 2, 4]);
    expect(legendOf(quantities.entropy, bounds(1)).map(({ label }) => label)).toEqual([
      ...["below 0.1 nats", "0.1 to 0.5 nats", "0.5 to 1 nats", "1 to 2 nats", "2 and more nats"],
    ]);
  });

  it("tell an advantage below 0 from one above, and 0 from both", () => {
    const bounds = quantities.advantage.bounds(largestOf([[0.5, null, -2]]));
    const classOf = (value: number) => quantities.advantage.classes[stepOf(value, bounds)];
    expect([-2, -0.5, 0, 0.5, 2].map(classOf)).toEqual([
      ...["minus-2", "minus-1", "ramp-0", "plus-1", "plus-2"],
    ]);
  });

  it("are those of the first quantity where an address names none that there is", () => {
    expect([quantityOf(null), quantityOf("ratio"), quantityOf("<script>")]).toEqual([
      ...["advantage", "ratio", "advantage"],
    ]);
  });
});

it("cuts a row into pieces that end with a line where they can, and never runs over a part", () => {
  const texts = Array.from({ length: 1000 }, (_, t) => (t === 150 ? "x\n" : "x"));
  const parts = [
    { start: 0, end: 700, turn: 0, kind: "prompt" as const },
    { start: 700, end: 1000, turn: 0, kind: "sampled" as const },
  ];
  const pieces = piecesOf({ parts, texts });
  expect(pieces.map(({ start, end, isFirst }) => [start, end, isFirst])).toEqual([
    [0, 151, true],
    [151, 551, false],
    [551, 700, false],
    [700, 1000, true],
  ]);
  expect(shownToken("a\n\n")).toBe("a↵\n↵\n");
});
