import { expect, it } from "vitest";
import { clockText, dayOf, isoTime, latestTime } from "./time-text.ts";

it("writes every time that can be stored, and says of others that there is no date", () => {
  expect([isoTime(0), dayOf(0), clockText(0)]).toEqual([
    "1970-01-01T00:00:00.000Z",
    "1970-01-01",
    "00:00:00",
  ]);
  expect([dayOf(latestTime), clockText(latestTime)]).toEqual(["+275760-09-13", "00:00:00"]);
  for (const time of [1e16, -1e16, Number.MAX_VALUE]) {
    expect([isoTime(time), dayOf(time), clockText(time)]).toEqual([
      `${time} ms`,
      "no date",
      "no date",
    ]);
  }
});
