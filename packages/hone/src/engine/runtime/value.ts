/** What programs are fed and give back: arrays with their shapes, by name. */
import type { TypedArray } from "../../tensor/shape.ts";

/** Numbers with their shape. The same object given again costs nothing to bind. */
export interface Value {
  readonly data: TypedArray;
  readonly shape: readonly number[];
}

/** The inputs of one run of a program, by their names. */
export type Feeds = Readonly<Record<string, Value>>;

/** Outputs to compute, by name; a value is the memory to write one to, undefined asks for new memory. */
export type Fetches = Readonly<Record<string, Value | undefined>>;
