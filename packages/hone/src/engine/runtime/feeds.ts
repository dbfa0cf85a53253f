/** Checks what is bound to a program's inputs and outputs before native code reads and writes it. */
import { HoneError } from "../../core/errors.ts";
import { showType, type Tensor } from "../../tensor/call.ts";
import type { Program } from "../../tensor/program.ts";
import {
  arrayTypes,
  bindShape,
  elementCount,
  monomial,
  sameShape,
  showShape,
} from "../../tensor/shape.ts";
import type { Feeds, Fetches, HeldTensor, Value } from "./value.ts";

/** @throws FEED_INVALID naming the input, what it takes and what it got */
export function checkFeeds(program: Program, feeds: Feeds): void {
  const symbols: Record<string, number> = {};
  for (const [name, tensor] of Object.entries(program.inputs)) {
    const value = feeds[name];
    if (value === undefined) throw invalid(program, name, tensor, "nothing");
    const problem = problemOf(tensor, value);
    if (problem !== undefined) throw invalid(program, name, tensor, problem);
    learnSymbols(tensor, value, symbols);
  }
  for (const [name, tensor] of Object.entries(program.inputs)) {
    const { shape } = feeds[name]!;
    const expected = tryBind(tensor, symbols);
    if (expected !== undefined && !sameShape(expected, shape))
      throw invalid(program, name, tensor, `${showShape(shape)} where ${showSymbols(symbols)}`);
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

/**
 * Checks the memory that outputs are written to; the runtime itself compares its shape with the output's.
 * @throws FEED_INVALID naming the output, what it writes and what it got
 */
export function checkPlaces(program: Program, places: Fetches): void {
  for (const [name, place] of Object.entries(places)) {
    const tensor = program.outputs[name];
    if (tensor === undefined) {
      const expected = "no output of that name";
      throw new HoneError("FEED_INVALID", {
        program: program.name,
        name,
        side: "output",
        expected,
        got: place === undefined ? "a request" : "a place",
      });
    }
    const problem = place === undefined ? undefined : problemOf(tensor, place);
    if (problem !== undefined) throw invalid(program, name, tensor, problem, "output");
  }
}

/** What is wrong with an array for a tensor apart from the sizes of its symbols; undefined where nothing is. */
function problemOf({ dtype }: Tensor, value: Value | HeldTensor): string | undefined {
  if ("handle" in value)
    return value.dtype === dtype ? undefined : `a held tensor of ${value.dtype}`;
  const { data, shape } = value;
  if (!(data instanceof arrayTypes[dtype])) return data.constructor.name;
  if (data.length !== elementCount(shape)) return `${data.length} values for ${showShape(shape)}`;
  return undefined;
}

function learnSymbols(
  tensor: Tensor,
  value: Value | HeldTensor,
  symbols: Record<string, number>,
): void {
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

const invalid = (
  program: Program,
  name: string,
  tensor: Tensor,
  got: string,
  side: "input" | "output" = "input",
): HoneError =>
  new HoneError("FEED_INVALID", {
    program: program.name,
    name,
    side,
    expected: showType(tensor),
    got,
  });
