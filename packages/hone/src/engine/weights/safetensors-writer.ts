/** Weights into safetensors files: F32, streamed tensor by tensor, whole or absent. */
import type { FileHandle } from "node:fs/promises";
import { assert, HoneError } from "../../core/errors.ts";
import { elementCount } from "../../tensor/shape.ts";
import { writeFileWhole } from "../../formats/whole-write.ts";

/** A tensor to be written; `data` may be a function, so that only one tensor at a time is in memory. */
export interface TensorSource {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | (() => Float32Array | Promise<Float32Array>);
}

/** Bytes handed to the system at once; a single write ends at 2 GB. */
const chunkBytes = 64 * 1024 * 1024;

/**
 * Writes tensors as F32 into one safetensors file, in the order given.
 *
 * @param metadata texts for the header; the default is what PyTorch-based loaders ask for
 * @throws WEIGHTS_NOT_FINITE for NaN or infinity, which would not be read again
 * @throws DISK_FULL, WRITE_FAILED; then there is no new file, and an old one is untouched
 * @example await writeSafetensors("weights.safetensors", [{ name: "w", shape: [2], data: new Float32Array([1, 2]) }]);
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly TensorSource[],
  metadata: Readonly<Record<string, string>> = { format: "pt" },
): Promise<void> {
  assert(
    new Set(tensors.map(({ name }) => name)).size === tensors.length,
    `${path}: two tensors of one name`,
  );
  await writeFileWhole(path, async (file) => {
    await writeAll(file, encodeHeader(tensors, metadata));
    for (const { name, shape, data } of tensors) {
      const values = typeof data === "function" ? await data() : data;
      assert(
        values.length === elementCount(shape),
        `"${name}" [${shape.join(", ")}] got ${values.length} numbers`,
      );
      checkFinite(path, name, values);
      await writeAll(file, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    }
  });
}

/** Refuses weights that diverged, so that they do not replace a good file. */
function checkFinite(file: string, tensor: string, values: Float32Array): void {
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (!Number.isFinite(value))
      throw new HoneError("WEIGHTS_NOT_FINITE", { file, tensor, index, value: String(value) });
  }
}

/** Header length, then JSON padded with spaces so that the data begins at a multiple of 8. */
function encodeHeader(
  tensors: readonly TensorSource[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  let position = 0;
  const rows = tensors.map(({ name, shape }) => {
    const begin = position;
    position += elementCount(shape) * 4;
    return [name, { dtype: "F32", shape, data_offsets: [begin, position] }] as const;
  });
  const json = Buffer.from(JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(rows) }));
  const header = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, " ");
  header.writeBigUInt64LE(BigInt(header.length - 8));
  json.copy(header, 8);
  return header;
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await file.write(bytes, done, Math.min(chunkBytes, bytes.length - done))).bytesWritten;
  }
}
