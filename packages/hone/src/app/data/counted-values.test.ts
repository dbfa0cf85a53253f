import fc from "fast-check";
import { expect, it } from "vitest";
import { distributionOf } from "../../evaluation/distribution.ts";
import { CountedValues } from "./counted-values.ts";

it("gives the spread of every list of values", () => {
  const value = fc.oneof(
    fc.integer({ min: 0, max: 5 }),
    fc.double({ min: -9, max: 9, noNaN: true }),
  );
  fc.assert(
    fc.property(fc.array(value, { minLength: 1 }), (values) => {
      const counted = new CountedValues();
      for (const one of values) counted.add(one);
      const { total, ...spread } = counted.spread;
      const { histogram: _, ...expected } = distributionOf(values)!;
      expect(total).toBeCloseTo(
        values.reduce((a, b) => a + b, 0),
        8,
      );
      for (const key of ["count", "mean", "deviation", "min", "max"] as const)
        expect(spread[key]).toBeCloseTo(expected[key], 8);
      spread.quartiles.forEach((one, i) => expect(one).toBeCloseTo(expected.quartiles[i]!, 8));
    }),
  );
});
