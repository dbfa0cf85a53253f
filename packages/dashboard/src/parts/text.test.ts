/** Numbers as the page writes them. */
import { expect, it } from "vitest";
import { axisText, timeAxisTexts } from "./text.ts";

it("tells the numbers of an axis apart, however small their distance", () => {
  const marks = [0, 0.0005, 0.001, 0.0015, 0.002];
  expect(marks.map((mark) => axisText(mark, 0.0005))).toEqual([
    ...["0", "0.0005", "0.001", "0.0015", "0.002"],
  ]);
  expect([0.1 + 0.2, -0.1].map((mark) => axisText(mark, 0.1))).toEqual(["0.3", "-0.1"]);
  expect([0, 2e-7, 1e-6].map((mark) => axisText(mark, 2e-7))).toEqual(["0", "2e-7", "1e-6"]);
  expect([0.25, 0.5, 0.75].map((mark) => axisText(mark, 0.25))).toEqual(["0.25", "0.5", "0.75"]);
  expect([2.5, 5].map((mark) => axisText(mark, 2.5))).toEqual(["2.5", "5"]);
  expect([1000, 12_500].map((mark) => axisText(mark, 500))).toEqual(["1,000", "12,500"]);
  expect([0, 250_000, 2_000_000].map((mark) => axisText(mark, 250_000))).toEqual([
    ...["0", "250K", "2M"],
  ]);
});

it("names the day of an axis of times once, and tells seconds apart", () => {
  const at = (hour: number, second = 0): number =>
    new Date(2026, 0, 9, hour, 0, second).getTime() / 1000;
  expect(timeAxisTexts([at(12), at(18), at(24), at(30)], 21_600)).toEqual([
    ...["12:00\n2026-01-09", "18:00", "00:00\n2026-01-10", "06:00"],
  ]);
  expect(timeAxisTexts([at(12), at(12, 30)], 30)).toEqual(["12:00:00\n2026-01-09", "12:00:30"]);
  expect(timeAxisTexts([at(0), at(24)], 86_400)).toEqual(["2026-01-09", "2026-01-10"]);
});
