/** The metadata of a GGUF file: values by their keys, and how a value is asked for. */
import { HoneError } from "../../core/errors.ts";
import { shownValue } from "../../core/shown-value.ts";
import type { HeaderBytes } from "./header-bytes.ts";

/** A value of the metadata. Whole numbers beyond 2^53 stay bigints. */
export type GgufValue = string | number | bigint | boolean | readonly GgufValue[];

/** How many keys are read. Files in use have fewer than a hundred. */
const maxKeys = 65_536;

/** How deep lists may lie in lists; files in use have none that do. */
const maxDepth = 4;

/** The types of values by their number in the file: how one is read, and how many bytes it takes at least. */
const valueTypes: readonly (readonly [bytes: number, read: (bytes: HeaderBytes) => GgufValue])[] = [
  [1, (bytes) => bytes.u8()],
  [1, (bytes) => bytes.i8()],
  [2, (bytes) => bytes.u16()],
  [2, (bytes) => bytes.i16()],
  [4, (bytes) => bytes.u32()],
  [4, (bytes) => bytes.i32()],
  [4, (bytes) => bytes.f32()],
  [1, (bytes) => bytes.u8() !== 0],
  [8, (bytes) => bytes.text("a text")],
  [12, (bytes) => readList(bytes, 0)],
  [8, (bytes) => numberOf(bytes.u64())],
  [8, (bytes) => numberOf(bytes.i64())],
  [8, (bytes) => bytes.f64()],
];
const LIST = 9;

const numberOf = (value: bigint): number | bigint =>
  Number.isSafeInteger(Number(value)) ? Number(value) : value;

function readList(bytes: HeaderBytes, depth: number): readonly GgufValue[] {
  if (depth >= maxDepth) throw bytes.invalid(`a list lies in more than ${maxDepth} lists`);
  const type = bytes.u32();
  const [size, read] = typeOf(type, bytes);
  const length = bytes.count("values of a list", size);
  const readOne = type === LIST ? () => readList(bytes, depth + 1) : () => read(bytes);
  return Array.from({ length }, readOne);
}

function typeOf(type: number, bytes: HeaderBytes): (typeof valueTypes)[number] {
  const row = valueTypes[type];
  if (row === undefined)
    throw bytes.invalid(`a value has the type ${type}, which GGUF does not have`);
  return row;
}

/** Reads the given number of keys with their values. @throws GGUF_INVALID, GGUF_TRUNCATED */
export function readMetadata(bytes: HeaderBytes, count: number): ReadonlyMap<string, GgufValue> {
  if (count > maxKeys)
    throw bytes.invalid(`it has ${count} metadata keys; ${maxKeys} are read at most`);
  const values = new Map<string, GgufValue>();
  for (let i = 0; i < count; i++) {
    const key = bytes.text("a key");
    if (values.has(key)) throw bytes.invalid(`it has the metadata key "${key}" twice`);
    const [, read] = typeOf(bytes.u32(), bytes);
    values.set(key, read(bytes));
  }
  return values;
}

/** Asks for values of the metadata by key and kind; a value of another kind is an error that names it. */
export class Metadata {
  /** The file's path, for errors. */
  readonly file: string;
  readonly values: ReadonlyMap<string, GgufValue>;

  constructor(file: string, values: ReadonlyMap<string, GgufValue>) {
    this.file = file;
    this.values = values;
  }

  /** The value, whatever it is; undefined where there is none. */
  raw = (key: string): GgufValue | undefined => this.values.get(key);

  /** A whole number from 0. @throws GGUF_INVALID */
  count(key: string): number {
    const value = this.values.get(key);
    if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
    throw this.#wrong(key, "a whole number from 0");
  }

  /** A whole number from 0, or undefined where the key is missing. @throws GGUF_INVALID */
  optionalCount = (key: string): number | undefined =>
    this.values.has(key) ? this.count(key) : undefined;

  /**
   * A number as the shortest decimal that has the same 32 bits, since the file holds 1e-05 as 0.00000999999974737875.
   * @throws GGUF_INVALID
   */
  decimal(key: string): number {
    const value = this.values.get(key);
    if (typeof value !== "number" || !Number.isFinite(value)) throw this.#wrong(key, "a number");
    return shortestDecimal(value);
  }

  optionalDecimal = (key: string): number | undefined =>
    this.values.has(key) ? this.decimal(key) : undefined;

  /** A text. @throws GGUF_INVALID */
  text(key: string): string {
    const value = this.values.get(key);
    if (typeof value === "string") return value;
    throw this.#wrong(key, "a text");
  }

  optionalText = (key: string): string | undefined =>
    this.values.has(key) ? this.text(key) : undefined;

  /** True or false; `missing` where the key is missing. @throws GGUF_INVALID */
  boolean(key: string, missing: boolean): boolean {
    const value = this.values.get(key) ?? missing;
    if (typeof value === "boolean") return value;
    throw this.#wrong(key, "true or false");
  }

  /** A list of texts. @throws GGUF_INVALID */
  texts(key: string): readonly string[] {
    const value = this.values.get(key);
    if (Array.isArray(value) && value.every((one): one is string => typeof one === "string"))
      return value;
    throw this.#wrong(key, "a list of texts");
  }

  /** A list of numbers. @throws GGUF_INVALID */
  numbers(key: string): readonly number[] {
    const value = this.values.get(key);
    if (Array.isArray(value) && value.every((one): one is number => typeof one === "number"))
      return value;
    throw this.#wrong(key, "a list of numbers");
  }

  #wrong(key: string, expected: string): HoneError {
    const value = this.values.get(key);
    const got = value === undefined ? "is missing" : `is ${shownValue(value)}`;
    const problem = `its metadata key "${key}" ${got}; ${expected} is expected`;
    return new HoneError("GGUF_INVALID", { file: this.file, problem });
  }
}

function shortestDecimal(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === Math.fround(value)) return rounded;
  }
  return value;
}
