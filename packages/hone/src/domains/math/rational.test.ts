import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  add,
  divide,
  formatRational,
  isEqual,
  isZero,
  multiply,
  negate,
  parseRational,
  rational,
  sign,
  subtract,
  zero,
} from "./rational.ts";

const rationals = fc
  .tuple(fc.bigInt({ min: -(10n ** 9n), max: 10n ** 9n }), fc.bigInt({ min: 1n, max: 10n ** 9n }))
  .map(([n, d]) => rational(n, d));

describe("rational numbers", () => {
  it("are kept in lowest terms with a positive denominator", () => {
    expect(rational(6, -4)).toEqual({ numerator: -3n, denominator: 2n });
    expect(rational(0, -5)).toEqual({ numerator: 0n, denominator: 1n });
  });

  it("add 1/3 and 1/6 to exactly 1/2, and 0.1 and 0.2 to exactly 0.3", () => {
    expect(add(rational(1, 3), rational(1, 6))).toEqual(rational(1, 2));
    expect(add(rational(1, 10), rational(2, 10))).toEqual(rational(3, 10));
  });

  it("obey the laws of a field", () => {
    fc.assert(
      fc.property(rationals, rationals, rationals, (a, b, c) => {
        expect(add(a, b)).toEqual(add(b, a));
        expect(add(add(a, b), c)).toEqual(add(a, add(b, c)));
        expect(multiply(a, add(b, c))).toEqual(add(multiply(a, b), multiply(a, c)));
        expect(isZero(add(a, negate(a)))).toBe(true);
        expect(subtract(add(a, b), b)).toEqual(a);
        if (!isZero(b)) expect(divide(multiply(a, b), b)).toEqual(a);
        expect(sign(multiply(a, b)) - sign(a) * sign(b)).toBe(0);
      }),
    );
  });

  it("are read back as they were written", () => {
    fc.assert(
      fc.property(rationals, (a) => {
        expect(parseRational(formatRational(a))).toEqual(a);
      }),
    );
    expect(isEqual(parseRational("14/6")!, rational(7, 3))).toBe(true);
  });

  it.each(["", "x", "1/0", "1.5", "1/-2", "--1", "1 2", "1234567890123", "+3"])(
    "do not read %j as a number",
    (text) => expect(parseRational(text)).toBeUndefined(),
  );

  it("name the fault when a denominator is 0 or a number is not whole", () => {
    expect(() => rational(1, 0)).toThrow(/OPTION_INVALID.*denominator = 0/);
    expect(() => divide(rational(1), zero)).toThrow(/OPTION_INVALID/);
    expect(() => rational(1.5)).toThrow(/OPTION_INVALID.*numerator = 1.5/);
  });
});
