/**
 * Weights out of safetensors files, as 32-bit floats, without a second copy.
 *
 * F32 bytes go straight into the caller's array; F16 and BF16 pass through one small buffer. A tensor or file may be
 * larger than 2 GB. Every number is checked while it is read: NaN or infinity in weights is an error here, where its
 * place is known, and not a NaN loss an hour later.
 */
import type { FileHandle } from "node:fs/promises";
import { assert, HoneError } from "../../core/errors.ts";
import { elementCount } from "../../tensor/shape.ts";
import { openForReading, type TensorEntry } from "./safetensors-header.ts";

/** Stored types that hone turns into numbers. */
const readableDtypes = ["F32", "F16", "BF16"] as const;

/** Bytes read at once: large enough for full disk speed, small beside any model. */
const chunkBytes = 4 * 1024 * 1024;

/**
 * Reads one tensor as 32-bit floats, in row-major order.
 *
 * @param entry from `openSafetensors` or `ModelFolder.tensors`
 * @param into  where the numbers go; must have exactly the tensor's element count. A new array when left out.
 * @throws TENSOR_DTYPE_UNSUPPORTED for types other than F32, F16 and BF16
 * @throws WEIGHTS_NOT_FINITE       when a number is NaN or infinite
 * @throws SAFETENSORS_TRUNCATED    when the file has become shorter since its header was read
 * @throws SHAPE_MISMATCH           when `into` has another length
 * @example const weights = await readTensor(file.tensors.get("model.norm.weight")!);
 */
export async function readTensor(entry: TensorEntry, into?: Float32Array): Promise<Float32Array> {
  const count = elementCount(entry.shape);
  checkReadable(entry);
  const target = into ?? new Float32Array(count);
  if (target.length !== count) {
    throw new HoneError("SHAPE_MISMATCH", {
      where: `reading "${entry.name}"`,
      expected: `an array of ${count} numbers`,
      got: `${target.length}`,
    });
  }
  const handle = await openForReading(entry.file);
  try {
    await (entry.dtype === "F32"
      ? readSingles(handle, entry, target)
      : readHalves(handle, entry, target));
  } finally {
    await handle.close();
  }
  return target;
}

/**
 * Reads an F32 tensor piece by piece, to check it before anything is changed.
 * @returns pieces in order; the array is used again for the next one
 * @throws WEIGHTS_NOT_FINITE, SAFETENSORS_TRUNCATED
 */
export async function* singlesOf(entry: TensorEntry): AsyncGenerator<Float32Array> {
  assert(entry.dtype === "F32", `"${entry.name}" is ${entry.dtype}`);
  const handle = await openForReading(entry.file);
  try {
    const buffer = new Float32Array(Math.min(chunkBytes, entry.byteLength) / 4);
    for (let start = 0; start < entry.byteLength; start += buffer.byteLength) {
      const values = buffer.subarray(0, (entry.byteLength - start) / 4);
      await readExactly(handle, entry, new Uint8Array(buffer.buffer, 0, values.byteLength), start);
      checkFinite(entry, values, 0, values.length, start / 4);
      yield values;
    }
  } finally {
    await handle.close();
  }
}

function checkReadable(entry: TensorEntry): void {
  if ((readableDtypes as readonly string[]).includes(entry.dtype)) return;
  throw new HoneError("TENSOR_DTYPE_UNSUPPORTED", {
    file: entry.file,
    tensor: entry.name,
    dtype: entry.dtype,
    readable: readableDtypes,
  });
}

async function readSingles(
  handle: FileHandle,
  entry: TensorEntry,
  target: Float32Array,
): Promise<void> {
  const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
  for (let start = 0; start < bytes.length; start += chunkBytes) {
    const end = Math.min(start + chunkBytes, bytes.length);
    await readExactly(handle, entry, bytes.subarray(start, end), start);
    checkFinite(entry, target, start / 4, end / 4);
  }
}

async function readHalves(
  handle: FileHandle,
  entry: TensorEntry,
  target: Float32Array,
): Promise<void> {
  const buffer = new Uint8Array(Math.min(chunkBytes, entry.byteLength));
  const halves = new Uint16Array(buffer.buffer);
  const widen = entry.dtype === "F16" ? widenF16 : widenBF16;
  for (let start = 0; start < entry.byteLength; start += buffer.length) {
    const length = Math.min(buffer.length, entry.byteLength - start);
    await readExactly(handle, entry, buffer.subarray(0, length), start);
    widen(halves.subarray(0, length / 2), target, start / 2);
    checkFinite(entry, target, start / 2, (start + length) / 2);
  }
}

async function readExactly(
  handle: FileHandle,
  entry: TensorEntry,
  bytes: Uint8Array,
  start: number,
): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const position = entry.offset + start + done;
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, position);
    if (bytesRead === 0) {
      throw new HoneError("SAFETENSORS_TRUNCATED", {
        file: entry.file,
        tensor: `"${entry.name}"`,
        needed: entry.offset + entry.byteLength,
        size: position,
      });
    }
    done += bytesRead;
  }
}

/**
 * IEEE half → single: the 15 bits after the sign, moved to the single's place, are the value times 2^-112 (the
 * difference of the exponents' biases), subnormals included. The top exponent, infinity and NaN, needs the rest set.
 */
function widenF16(halves: Uint16Array, target: Float32Array, offset: number): void {
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  const rebias = 2 ** 112;
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i]!;
    const sign = (half & 0x8000) << 16;
    const magnitude = (half & 0x7fff) << 13;
    if ((half & 0x7c00) === 0x7c00) {
      bits[offset + i] = sign | 0x7f800000 | magnitude;
    } else {
      bits[offset + i] = sign | magnitude;
      target[offset + i]! *= rebias;
    }
  }
}

/** bfloat16 is the upper half of a single. */
function widenBF16(halves: Uint16Array, target: Float32Array, offset: number): void {
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  for (let i = 0; i < halves.length; i++) bits[offset + i] = halves[i]! << 16;
}

/** @param first place in the tensor of `values[0]` */
function checkFinite(
  entry: TensorEntry,
  values: Float32Array,
  start: number,
  end: number,
  first = 0,
): void {
  assert(end <= values.length, `checkFinite to ${end} of ${values.length}`);
  for (let i = start; i < end; i++) {
    // x − x is 0 for finite numbers and NaN for the others: one comparison for both cases.
    const value = values[i]!;
    if (value - value !== 0) {
      throw new HoneError("WEIGHTS_NOT_FINITE", {
        file: entry.file,
        tensor: entry.name,
        index: first + i,
        value: String(value),
      });
    }
  }
}
