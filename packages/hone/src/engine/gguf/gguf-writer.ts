/** Writes GGUF files of version 3, tensor by tensor, whole or absent. */
import type { FileHandle } from "node:fs/promises";
import { HoneError } from "../../core/errors.ts";
import { writeFileWhole } from "../../formats/whole-write.ts";
import { type Quantize, toBF16, toF16, toF32, toQ80 } from "./quantize.ts";

/** A value with the type that llama.cpp expects of its key. */
export type WrittenValue =
  | { readonly type: "u32" | "f32"; readonly value: number }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "text"; readonly value: string }
  | { readonly type: "texts"; readonly value: readonly string[] }
  | { readonly type: "i32s" | "f32s"; readonly value: readonly number[] };

/** Types that tensors are written in. */
export type WrittenType = "F32" | "F16" | "BF16" | "Q8_0";

interface TypeRow {
  readonly number: number;
  readonly blockSize: number;
  readonly blockBytes: number;
  readonly quantize: Quantize;
}

const typeRows: Readonly<Record<WrittenType, TypeRow>> = {
  F32: { number: 0, blockSize: 1, blockBytes: 4, quantize: toF32 },
  F16: { number: 1, blockSize: 1, blockBytes: 2, quantize: toF16 },
  BF16: { number: 30, blockSize: 1, blockBytes: 2, quantize: toBF16 },
  Q8_0: { number: 8, blockSize: 32, blockBytes: 34, quantize: toQ80 },
};

/** A tensor to be written. */
export interface WrittenTensor {
  /** Its name in the file, such as "blk.0.attn_q.weight". */
  readonly name: string;
  /** Row-major, the slowest size first. */
  readonly shape: readonly number[];
  readonly type: WrittenType;
  /** Gives the numbers when their turn comes, so that one tensor at a time is in memory. */
  readonly data: () => Promise<Float32Array>;
}

const alignment = 32;
const padded = (size: number): number => Math.ceil(size / alignment) * alignment;

/** How many numbers of a row a type needs a multiple of. */
export const blockSizeOf = (type: WrittenType): number => typeRows[type].blockSize;

const bytesOf = ({ shape, type }: WrittenTensor): number =>
  (shape.reduce((x, y) => x * y, 1) / typeRows[type].blockSize) * typeRows[type].blockBytes;

/**
 * Writes a GGUF file.
 * @throws GGUF_NOT_EXPRESSIBLE when a number is too large for its type; DISK_FULL, WRITE_FAILED; then an existing file is as it was
 * @returns the size of the file in bytes
 */
export async function writeGguf(
  path: string,
  metadata: ReadonlyMap<string, WrittenValue>,
  tensors: readonly WrittenTensor[],
): Promise<number> {
  const header = encodeHeader(metadata, tensors);
  await writeFileWhole(path, async (file) => {
    await writeAll(file, header);
    for (const tensor of tensors) {
      const bytes = typeRows[tensor.type].quantize(await tensor.data());
      if (bytes === undefined) throw tooLarge(path, tensor);
      await writeAll(file, bytes);
      await writeAll(file, new Uint8Array(padded(bytes.length) - bytes.length));
    }
  });
  return tensors.reduce((sum, tensor) => sum + padded(bytesOf(tensor)), header.length);
}

const tooLarge = (path: string, { name, type }: WrittenTensor): HoneError =>
  new HoneError("GGUF_NOT_EXPRESSIBLE", {
    model: path,
    what: `tensor "${name}"`,
    got: `too large for ${type}`,
    supported: "it as bf16 or f32 (--gguf)",
  });

function encodeHeader(
  metadata: ReadonlyMap<string, WrittenValue>,
  tensors: readonly WrittenTensor[],
): Uint8Array {
  let offset = 0;
  const rows = tensors.map((tensor) => {
    const sizes = tensor.shape.toReversed().map((size) => u64(size));
    const type = u32(typeRows[tensor.type].number);
    const row = [text(tensor.name), u32(sizes.length), ...sizes, type, u64(offset)];
    offset += padded(bytesOf(tensor));
    return Buffer.concat(row);
  });
  const pairs = [...metadata].flatMap(([key, value]) => [text(key), encodeValue(value)]);
  const start = [Buffer.from("GGUF"), u32(3), u64(tensors.length), u64(metadata.size)];
  const bytes = Buffer.concat([...start, ...pairs, ...rows]);
  return Buffer.concat([bytes, Buffer.alloc(padded(bytes.length) - bytes.length)]);
}

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

const u64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
};

const list = (type: number, length: number, values: Uint8Array): Buffer =>
  Buffer.concat([u32(9), u32(type), u64(length), values]);

/** The number of the value's type, then the value. Processors that Node runs on store numbers little-endian, as GGUF does. */
function encodeValue(written: WrittenValue): Buffer {
  switch (written.type) {
    case "u32":
      return Buffer.concat([u32(4), u32(written.value)]);
    case "f32":
      return Buffer.concat([u32(6), new Uint8Array(Float32Array.of(written.value).buffer)]);
    case "bool":
      return Buffer.concat([u32(7), Uint8Array.of(written.value ? 1 : 0)]);
    case "text":
      return Buffer.concat([u32(8), text(written.value)]);
    case "texts":
      return list(8, written.value.length, Buffer.concat(written.value.map(text)));
    case "i32s":
      return list(5, written.value.length, new Uint8Array(Int32Array.from(written.value).buffer));
    case "f32s":
      return list(6, written.value.length, new Uint8Array(Float32Array.from(written.value).buffer));
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  // A single write ends at 2 GB.
  const most = 64 * 1024 * 1024;
  for (let done = 0; done < bytes.length;) {
    done += (await file.write(bytes, done, Math.min(most, bytes.length - done))).bytesWritten;
  }
}
