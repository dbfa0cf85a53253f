/** Checks what is bound to a program's inputs before native code reads it. */
import { HoneError } from "../../core/errors.ts";
import { showType, type Program, type Tensor } from "../../tensor/program.ts";
import { bindShape, monomial, type DType, type TypedArray } from "../../tensor/shape.ts";

interface Bound {
  readonly data: TypedArray;
  readonly shape: readonly number[];
}

const arrays = {
  f32: Float32Array,
  i64: BigInt64Array,
  i32: Int32Array,
  u32: Uint32Array,
  i8: Int8Array,
  u8: Uint8Array,
  bool: Uint8Array,
} as const satisfies Record<DType, unknown>;

/** @throws FEED_INVALID naming the input, what it takes and what it got */
export function checkFeeds(program: Program, feeds: Readonly<Record<string, Bound>>): void {
  const symbols: Record<string, number> = {};
  for (const [name, tensor] of Object.entries(program.inputs)) {
    const value = feeds[name];
    if (value === undefined) throw invalid(program, name, tensor, "nothing");
    if (!(value.data instanceof arrays[tensor.dtype]))
      throw invalid(program, name, tensor, value.data.constructor.name);
    if (value.data.length !== value.shape.reduce((a, b) => a * b, 1)) {
      throw invalid(
        program,
        name,
        tensor,
        `${value.data.length} values for [${value.shape.join(",")}]`,
      );
    }
    learnSymbols(tensor, value, symbols);
  }
  for (const [name, tensor] of Object.entries(program.inputs)) {
    const { shape } = feeds[name]!;
    const expected = tryBind(tensor, symbols);
    if (
      expected !== undefined &&
      (expected.length !== shape.length || expected.some((size, i) => size !== shape[i]))
    ) {
      throw invalid(program, name, tensor, `[${shape.join(",")}] where ${showSymbols(symbols)}`);
    }
  }
  for (const name of Object.keys(feeds)) {
    if (program.inputs[name] === undefined) {
      throw new HoneError("FEED_INVALID", {
        program: program.name,
        name,
        expected: "no input of that name",
        got: "a value",
      });
    }
  }
}

function learnSymbols(tensor: Tensor, value: Bound, symbols: Record<string, number>): void {
  tensor.shape.forEach((dim, i) => {
    const size = value.shape[i];
    const factors = monomial(dim);
    const [symbol] = factors.symbols;
    if (size === undefined || factors.symbols.length !== 1 || symbol === undefined) return;
    symbols[symbol] ??= size / factors.coefficient;
  });
}

const tryBind = (tensor: Tensor, symbols: Readonly<Record<string, number>>): number[] | undefined =>
  tensor.shape.every((dim) => monomial(dim).symbols.every((symbol) => symbol in symbols))
    ? bindShape(tensor.shape, symbols)
    : undefined;

const showSymbols = (symbols: Readonly<Record<string, number>>): string =>
  Object.entries(symbols)
    .map(([symbol, size]) => `${symbol} = ${size}`)
    .join(", ") || "no symbol is bound";

const invalid = (program: Program, name: string, tensor: Tensor, got: string): HoneError =>
  new HoneError("FEED_INVALID", { program: program.name, name, expected: showType(tensor), got });
