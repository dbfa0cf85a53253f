/** Numbers as the page writes them. */
import { expect, it } from "vitest";
import { axisText } from "./text.ts";

it("tells the numbers of an axis apart, however small their distance", () => {
  const marks = [0, 0.0005, 0.001, 0.0015, 0.002];
  expect(marks.map((mark) => axisText(mark, 0.0005))).toEqual([
    ...["0", "0.0005", "0.001", "0.0015", "0.002"],
  ]);
  expect([0.1 + 0.2, -0.1].map((mark) => axisText(mark, 0.1))).toEqual(["0.3", "-0.1"]);
  expect([0, 2e-7, 1e-6].map((mark) => axisText(mark, 2e-7))).toEqual(["0", "2e-7", "1e-6"]);
  expect([1000, 12_500].map((mark) => axisText(mark, 500))).toEqual(["1,000", "12,500"]);
  expect([0, 250_000, 2_000_000].map((mark) => axisText(mark, 250_000))).toEqual([
    ...["0", "250K", "2M"],
  ]);
});
