/**
 * Shapes with symbols: a dimension is a number or a product of symbols such as "B*T" or "8*B".
 *
 * A symbolic dimension is kept in one canonical spelling (coefficient first, symbols sorted), so two dimensions are
 * equal exactly when their spellings are. Sums of symbols are left out: nothing here needs them.
 */
import { HoneError } from "../core/errors.ts";

export type DType = "f32" | "i64" | "i32" | "u32" | "i8" | "u8" | "bool";

/** Values of a tensor in memory; booleans are bytes 0 and 1. */
export type TypedArray =
  | Float32Array
  | BigInt64Array
  | Int32Array
  | Uint32Array
  | Int8Array
  | Uint8Array;

/** The array that holds values of a type in memory. */
export const arrayTypes = {
  f32: Float32Array,
  i64: BigInt64Array,
  i32: Int32Array,
  u32: Uint32Array,
  i8: Int8Array,
  u8: Uint8Array,
  bool: Uint8Array,
} as const satisfies Record<DType, unknown>;

/** A whole number, or a canonical product of symbols: "B", "B*T", "8*B*T". */
export type Dim = number | string;
export type Shape = readonly Dim[];

interface Monomial {
  readonly coefficient: number;
  readonly symbols: readonly string[];
}

/** The factors of a dimension: "8*B*T" is 8 and ["B", "T"]. */
export function monomial(dim: Dim): Monomial {
  if (typeof dim === "number") return { coefficient: dim, symbols: [] };
  let coefficient = 1;
  const symbols: string[] = [];
  for (const factor of dim.split("*")) {
    if (/^\d+$/.test(factor)) coefficient *= Number(factor);
    else symbols.push(factor);
  }
  return { coefficient, symbols: symbols.sort() };
}

function spell({ coefficient, symbols }: Monomial): Dim {
  if (coefficient === 0 || symbols.length === 0) return coefficient;
  return [...(coefficient === 1 ? [] : [String(coefficient)]), ...symbols].join("*");
}

/** The product of dimensions, in canonical spelling. @example times("T", 8, "B"); // "8*B*T" */
export function times(...dims: readonly Dim[]): Dim {
  const factors = dims.map(monomial);
  return spell({
    coefficient: factors.reduce((product, factor) => product * factor.coefficient, 1),
    symbols: factors.flatMap((factor) => factor.symbols).sort(),
  });
}

/** `dim / divisor` where that is exact, else undefined. @example divide("8*B*T", "2*B"); // "4*T" */
export function divide(dim: Dim, divisor: Dim): Dim | undefined {
  const a = monomial(dim);
  const b = monomial(divisor);
  const symbols = [...a.symbols];
  for (const symbol of b.symbols) {
    const at = symbols.indexOf(symbol);
    if (at < 0) return undefined;
    symbols.splice(at, 1);
  }
  const coefficient = a.coefficient / b.coefficient;
  return Number.isInteger(coefficient) ? spell({ coefficient, symbols }) : undefined;
}

/** How many elements a shape has. */
export const sizeOf = (shape: Shape): Dim => times(...shape);

/** How many elements a shape without symbols has; 1 for a scalar. */
export const elementCount = (shape: readonly number[]): number =>
  shape.reduce((product, size) => product * size, 1);

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((dim, i) => dim === b[i]);

export const showShape = (shape: Shape): string => `[${shape.join(",")}]`;

/** An axis counted from the front; −1 is the last. @throws SHAPE_MISMATCH when the shape has no such axis */
export function axisOf(where: string, shape: Shape, axis: number): number {
  const index = axis < 0 ? axis + shape.length : axis;
  if (index < 0 || index >= shape.length) {
    throw new HoneError("SHAPE_MISMATCH", {
      where,
      expected: `an axis of ${showShape(shape)}`,
      got: String(axis),
    });
  }
  return index;
}

/**
 * The shape that both broadcast to (NumPy's rule: aligned at the end, 1 stretches).
 * @throws SHAPE_MISMATCH when two dimensions differ and neither is 1
 */
export function broadcast(where: string, ...shapes: readonly Shape[]): Shape {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, i) => {
    let result: Dim = 1;
    for (const shape of shapes) {
      const dim = shape[i - rank + shape.length] ?? 1;
      if (dim === 1 || dim === result) continue;
      if (result !== 1) {
        throw new HoneError("SHAPE_MISMATCH", {
          where,
          expected: "shapes that broadcast",
          got: shapes.map(showShape).join(" and "),
        });
      }
      result = dim;
    }
    return result;
  });
}

/** Whole-number value of a shape once its symbols are known. */
export function bindShape(shape: Shape, symbols: Readonly<Record<string, number>>): number[] {
  return shape.map((dim) => {
    const factors = monomial(dim);
    return factors.symbols.reduce((product, symbol) => {
      const value = symbols[symbol];
      if (value === undefined) {
        throw new HoneError("SHAPE_MISMATCH", {
          where: "bindShape",
          expected: `a value for symbol ${symbol}`,
          got: Object.keys(symbols).join(", ") || "none",
        });
      }
      return product * value;
    }, factors.coefficient);
  });
}
