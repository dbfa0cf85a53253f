import { expect, it } from "vitest";
import { alarmLimits, defaultAlarmLimits, limitsOf, problemOfLimit } from "./alarm-limits.ts";

it("reads limits as words, with the defaults for all others", () => {
  const limits = alarmLimits(limitsOf(["entropy=0.05", "length=off"]));
  expect(limits).toEqual({ ...defaultAlarmLimits, entropy: 0.05, length: false });
  expect(alarmLimits(limitsOf(undefined))).toEqual(defaultAlarmLimits);
  expect(Object.values(alarmLimits(limitsOf(["off"])))).toEqual([
    false,
    false,
    false,
    false,
    false,
  ]);
});

it("names what a limit must be", () => {
  for (const word of ["off", "test=0", "component=off", "entropy=0.999"])
    expect(problemOfLimit(word), word).toBeUndefined();
  const wrong = {
    "entropy=1": /entropy above 0 and below 1/,
    "entropy=": /one of entropy, length, mismatch, component, test/,
    "length=1": /length above 1/,
    "test=-0.1": /test at least 0/,
    "tset=0": /one of entropy/,
    "mismatch=x": /mismatch above 0/,
    "length=2=3": /one of entropy/,
  };
  for (const [word, expected] of Object.entries(wrong))
    expect(problemOfLimit(word), word).toMatch(expected);
});
