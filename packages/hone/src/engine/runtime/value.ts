/** What programs are fed and give back: arrays with their shapes, by name, or tensors that stay in the runtime's memory. */
import type { DType, TypedArray } from "../../tensor/shape.ts";
import type { Handle } from "./ort-library.ts";

/** Numbers with their shape. The same object given again costs nothing to bind. */
export interface Value {
  readonly data: TypedArray;
  readonly shape: readonly number[];
}

/**
 * A tensor in the runtime's own memory: an output of one run, to be an input of later ones without a copy. Its memory is taken until
 * `releaseHeld` (native-tensors.ts); afterwards it must not be fed.
 */
export interface HeldTensor {
  readonly handle: Handle;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** The inputs of one run of a program, by their names. */
export type Feeds = Readonly<Record<string, Value | HeldTensor>>;

/** The memory that each output is written to. */
export type Places = Readonly<Record<string, Value>>;

/** Outputs to compute, by name; a value is the memory to write one to, undefined asks for new memory. */
export type Fetches = Readonly<Record<string, Value | undefined>>;
