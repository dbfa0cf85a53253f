/** How numbers are stored in GGUF files: one row for each type that is read, and the names of the others. */
import { q2K, q3K, q4K, q5K, q6K } from "./dequantize-k.ts";
import { bf16, type Dequantize, f16, f32, q40, q41, q50, q51, q80 } from "./dequantize.ts";

/** A stored type that hone reads. */
export interface TensorType {
  /** ggml's name, such as "Q4_K". */
  readonly name: string;
  /** ggml's number. */
  readonly number: number;
  /** How many numbers a block holds. */
  readonly blockSize: number;
  /** How many bytes a block takes. */
  readonly blockBytes: number;
  /** Turns whole blocks into 32-bit floats. */
  readonly dequantize: Dequantize;
}

const row = (
  name: string,
  number: number,
  [blockSize, blockBytes]: readonly [number, number],
  dequantize: Dequantize,
): TensorType => ({ name, number, blockSize, blockBytes, dequantize });

const types: readonly TensorType[] = [
  row("F32", 0, [1, 4], f32),
  row("F16", 1, [1, 2], f16),
  row("Q4_0", 2, [32, 18], q40),
  row("Q4_1", 3, [32, 20], q41),
  row("Q5_0", 6, [32, 22], q50),
  row("Q5_1", 7, [32, 24], q51),
  row("Q8_0", 8, [32, 34], q80),
  row("Q2_K", 10, [256, 84], q2K),
  row("Q3_K", 11, [256, 110], q3K),
  row("Q4_K", 12, [256, 144], q4K),
  row("Q5_K", 13, [256, 176], q5K),
  row("Q6_K", 14, [256, 210], q6K),
  row("BF16", 30, [1, 2], bf16),
];

/** Types that files may have and hone does not read, so that an error can name them. */
const otherTypes: Readonly<Record<number, string>> = {
  4: "Q4_2",
  5: "Q4_3",
  9: "Q8_1",
  15: "Q8_K",
  16: "IQ2_XXS",
  17: "IQ2_XS",
  18: "IQ3_XXS",
  19: "IQ1_S",
  20: "IQ4_NL",
  21: "IQ3_S",
  22: "IQ2_S",
  23: "IQ4_XS",
  24: "I8",
  25: "I16",
  26: "I32",
  27: "I64",
  28: "F64",
  29: "IQ1_M",
  34: "TQ1_0",
  35: "TQ2_0",
  39: "MXFP4",
};

/** The names of the types that are read. */
export const readableTypes: readonly string[] = types.map(({ name }) => name);

/** The type of a number of the file; the name of one that is not read; undefined for a number that ggml does not have. */
export const tensorType = (number: number): TensorType | string | undefined =>
  types.find((type) => type.number === number) ?? otherTypes[number];
