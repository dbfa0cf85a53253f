import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countPacked, packNumbers, unpackNumbers } from "./packed-numbers.ts";

describe("packed numbers", () => {
  it("have the bytes of little-endian numbers of the smallest type, as Python's struct and base64 write them", () => {
    // base64.b64encode(struct.pack("<2H", 1, 2)), "<2i" of -1 and 70000, "<2f" of -0.5 and 0.25, "<d" of -0.1
    expect(packNumbers([1, 2])).toBe("u16:AQACAA==");
    expect(packNumbers([-1, 70_000])).toBe("i32://///3ARAQA=");
    expect(packNumbers([-0.5, 0.25])).toBe("f32:AAAAvwAAgD4=");
    expect(packNumbers([-0.1])).toBe("f64:mpmZmZmZub8=");
    expect(packNumbers([])).toBe("u16:");
  });

  it("are the same numbers when they are read back, to the last bit", () => {
    const lists = fc.oneof(
      fc.array(fc.integer({ min: -3, max: 200_000 })),
      fc.array(fc.float()),
      fc.array(fc.double()),
      fc.constant([-0, 0, Number.NaN, -Infinity]),
    );
    fc.assert(
      fc.property(lists, (numbers) => {
        const packed = packNumbers(numbers);
        const read = unpackNumbers(packed)!;
        expect(read.length).toBe(numbers.length);
        expect(read.every((one, i) => Object.is(one, numbers[i]))).toBe(true);
        expect(countPacked(packed)).toBe(numbers.length);
      }),
    );
  });

  it("are undefined for a text that is cut, has another type or is no base64", () => {
    for (const text of ["", "u8:AQ==", "u16:AQ==", "f32:AAAAvwAAgD4", "i32:!!!!"]) {
      expect(unpackNumbers(text), text).toBeUndefined();
    }
  });
});
