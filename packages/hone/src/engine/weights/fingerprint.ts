/** A short text that tells a base model from others of the same shape; adapters and checkpoints carry it. */
import { createHash } from "node:crypto";
import { elementCount } from "../../tensor/shape.ts";
import type { ModelFolder } from "./model-folder.ts";
import { readTensor } from "./safetensors.ts";

/** Numbers of each end of a tensor that enter; hashing all would take seconds for a large model. */
const VALUES = 256;

/** SHA-256 over every tensor's name, size, and first and last 256 numbers as f32; 32 hex digits of it. */
export function weightsFingerprint(weights: ReadonlyMap<string, Float32Array>): string {
  const parts = [...weights].map(([name, values]) => ({
    name,
    count: values.length,
    ends: endsOf(values.length).map(([begin, end]) => values.subarray(begin, end)),
  }));
  return fingerprint(parts);
}

/**
 * The same from files, of which only those numbers are read.
 * @param shapes the tensors of the architecture, in its order
 * @throws TENSOR_MISSING, TENSOR_SHAPE, TENSOR_DTYPE_UNSUPPORTED, WEIGHTS_NOT_FINITE
 */
export async function folderFingerprint(
  folder: ModelFolder,
  shapes: ReadonlyMap<string, readonly number[]>,
): Promise<string> {
  const parts: HashedTensor[] = [];
  for (const [name, shape] of shapes) {
    const entry = folder.entry(name, shape);
    const count = elementCount(shape);
    const width = entry.byteLength / count;
    const ends: Float32Array[] = [];
    for (const [begin, end] of endsOf(count)) {
      const offset = entry.offset + begin * width;
      const byteLength = (end - begin) * width;
      ends.push(await readTensor({ ...entry, offset, byteLength, shape: [end - begin] }));
    }
    parts.push({ name, count, ends });
  }
  return fingerprint(parts);
}

interface HashedTensor {
  readonly name: string;
  /** How many numbers the whole tensor has. */
  readonly count: number;
  readonly ends: readonly Float32Array[];
}

/** The parts of a tensor of this size that are hashed, as [begin, end). */
function endsOf(count: number): readonly (readonly [number, number])[] {
  if (count <= 2 * VALUES) return [[0, count]];
  return [
    [0, VALUES],
    [count - VALUES, count],
  ];
}

function fingerprint(parts: readonly HashedTensor[]): string {
  const hash = createHash("sha256");
  for (const { name, count, ends } of parts) {
    hash.update(`${name}:${count};`);
    for (const { buffer, byteOffset, byteLength } of ends)
      hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest("hex").slice(0, 32);
}
