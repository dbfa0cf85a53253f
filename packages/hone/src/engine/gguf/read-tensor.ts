/** Weights out of a GGUF file as 32-bit floats. */
import type { FileHandle } from "node:fs/promises";
import { HoneError } from "../../core/errors.ts";
import { openForReading } from "../weights/safetensors-header.ts";
import type { GgufTensor } from "./gguf-file.ts";

/** Bytes read at once, at most. */
const chunkBytes = 4 * 1024 * 1024;

/**
 * Reads one tensor as 32-bit floats, in row-major order.
 * @throws GGUF_TRUNCATED     when the file has become shorter since its header was read
 * @throws WEIGHTS_NOT_FINITE when a number is NaN or infinite
 */
export async function readGgufTensor(tensor: GgufTensor): Promise<Float32Array> {
  const { blockSize, blockBytes, dequantize } = tensor.type;
  const values = new Float32Array((tensor.byteLength / blockBytes) * blockSize);
  const buffer = new Uint8Array(
    Math.min(tensor.byteLength, chunkBytes - (chunkBytes % blockBytes)),
  );
  const handle = await openForReading(tensor.file);
  try {
    for (let done = 0; done < tensor.byteLength; done += buffer.length) {
      const bytes = buffer.subarray(0, tensor.byteLength - done);
      await readExactly(handle, { tensor, bytes, start: done });
      const first = (done / blockBytes) * blockSize;
      dequantize(bytes, values.subarray(first, first + (bytes.length / blockBytes) * blockSize));
    }
  } finally {
    await handle.close();
  }
  checkFinite(tensor, values);
  return values;
}

async function readExactly(
  handle: FileHandle,
  {
    tensor,
    bytes,
    start,
  }: { readonly tensor: GgufTensor; readonly bytes: Uint8Array; readonly start: number },
): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const position = tensor.offset + start + done;
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, position);
    if (bytesRead === 0) {
      const needed = tensor.offset + tensor.byteLength;
      const facts = {
        file: tensor.file,
        what: `its tensor "${tensor.name}"`,
        needed,
        size: position,
      };
      throw new HoneError("GGUF_TRUNCATED", facts);
    }
    done += bytesRead;
  }
}

function checkFinite({ file, name: tensor }: GgufTensor, values: Float32Array): void {
  for (let index = 0; index < values.length; index++) {
    // x − x is 0 for finite numbers and NaN for the others.
    const value = values[index]!;
    if (value - value !== 0)
      throw new HoneError("WEIGHTS_NOT_FINITE", { file, tensor, index, value: String(value) });
  }
}
