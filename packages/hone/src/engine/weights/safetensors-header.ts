/**
 * The header of a safetensors file: which tensors it holds and where their bytes lie.
 *
 * Layout: 8 bytes little-endian header length N, N bytes of JSON (`{"name": {"dtype", "shape", "data_offsets":
 * [begin, end]}, "__metadata__": {…}}`, offsets counted from byte 8 + N), then the bytes of all tensors, without gaps.
 *
 * Everything a file can lie about is checked here, so that what follows can trust offsets and shapes.
 * @source https://huggingface.co/docs/safetensors (format description)
 */
import { type FileHandle, open } from "node:fs/promises";
import { HoneError } from "../../core/errors.ts";
import { isObject } from "../../core/json.ts";

/** Bits of one element of each stored type the format knows; hone turns only three of them into numbers. */
const elementBits: Readonly<Record<string, number>> = {
  BOOL: 8,
  U8: 8,
  I8: 8,
  I16: 16,
  U16: 16,
  I32: 32,
  U32: 32,
  I64: 64,
  U64: 64,
  F16: 16,
  BF16: 16,
  F32: 32,
  F64: 64,
  C64: 64,
  F8_E4M3: 8,
  F8_E5M2: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  F6_E2M3: 6,
  F6_E3M2: 6,
  F4: 4,
};

/** The longest header the format allows (100 MB); a longer one is a damaged or hostile file. */
const maxHeaderBytes = 100_000_000;

/** One stored tensor: its type, its shape, and where its bytes lie. */
export interface TensorEntry {
  readonly name: string;
  /** The stored type as the format names it, such as "F32", "F16", "BF16". */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** The file that holds the bytes. */
  readonly file: string;
  /** First byte, counted from the start of the file (not always a multiple of 4). */
  readonly offset: number;
  readonly byteLength: number;
}

/** What the header of one file says. */
export interface SafetensorsFile {
  readonly path: string;
  /** In the order of their bytes. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads and checks the header of a safetensors file; no weights are read.
 *
 * @throws SAFETENSORS_TRUNCATED when the file ends before its header or its last tensor
 * @throws SAFETENSORS_HEADER    when the length is absurd or the header is not a JSON object
 * @throws SAFETENSORS_TENSOR    when a tensor's type is unknown, or its offsets overlap, leave a gap or lie
 * @throws MODEL_FILE_MISSING    when there is no such file
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const handle = await openForReading(path);
  try {
    const { size } = await handle.stat();
    const header = await readHeader(handle, path, size);
    return parseHeader(header.json, path, header.dataStart, size);
  } finally {
    await handle.close();
  }
}

/** Opens a file of a model for reading. */
export async function openForReading(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const cut = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
    if (code === "ENOENT") {
      const facts = { folder: cut < 0 ? "." : path.slice(0, cut), file: path.slice(cut + 1) };
      throw new HoneError("MODEL_FILE_MISSING", facts, { cause });
    }
    throw new HoneError(
      "MODEL_FILE_INVALID",
      { file: path, problem: `it cannot be opened (${code})` },
      { cause },
    );
  }
}

async function readHeader(
  handle: FileHandle,
  path: string,
  size: number,
): Promise<{ json: string; dataStart: number }> {
  const truncated = (needed: number) =>
    new HoneError("SAFETENSORS_TRUNCATED", { file: path, tensor: "the header", needed, size });
  if (size < 8) throw truncated(8);
  const length = (await handle.read(Buffer.alloc(8), 0, 8, 0)).buffer.readBigUInt64LE();
  if (length > BigInt(maxHeaderBytes)) {
    throw new HoneError("SAFETENSORS_HEADER", {
      file: path,
      problem: `its header would be ${length} bytes long, the format allows ${maxHeaderBytes}`,
    });
  }
  const dataStart = 8 + Number(length);
  if (size < dataStart) throw truncated(dataStart);
  const bytes = Buffer.alloc(Number(length));
  await handle.read(bytes, 0, bytes.length, 8);
  return { json: bytes.toString("utf8"), dataStart };
}

function parseHeader(json: string, path: string, dataStart: number, size: number): SafetensorsFile {
  const { __metadata__: metadata = {}, ...rows } = parseObject(json, path);
  if (!isObject(metadata) || Object.values(metadata).some((value) => typeof value !== "string")) {
    throw new HoneError("SAFETENSORS_HEADER", {
      file: path,
      problem: "__metadata__ is not a map of texts",
    });
  }
  const entries = Object.entries(rows).map(([name, row]) =>
    tensorEntry(name, row, path, dataStart),
  );
  entries.sort((a, b) => a.offset - b.offset || a.byteLength - b.byteLength);
  checkLayout(entries, path, dataStart, size);
  return {
    path,
    tensors: new Map(entries.map((entry) => [entry.name, entry])),
    metadata: metadata as Record<string, string>,
  };
}

function parseObject(json: string, path: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new HoneError(
      "SAFETENSORS_HEADER",
      { file: path, problem: "its header is not JSON" },
      { cause },
    );
  }
  if (!isObject(value)) {
    throw new HoneError("SAFETENSORS_HEADER", {
      file: path,
      problem: "its header is not a JSON object",
    });
  }
  return value;
}

function tensorEntry(name: string, row: unknown, file: string, dataStart: number): TensorEntry {
  const wrong = (problem: string) =>
    new HoneError("SAFETENSORS_TENSOR", { file, tensor: name, problem });
  if (!isObject(row)) throw wrong("its entry in the header of the file is not a JSON object");
  const { dtype, shape, data_offsets: offsets } = row;
  if (typeof dtype !== "string") throw wrong("it has no dtype");
  const bits = Object.hasOwn(elementBits, dtype) ? elementBits[dtype]! : undefined;
  if (bits === undefined) throw wrong(`its dtype "${dtype}" is none of the safetensors format`);
  if (!isCounts(shape)) throw wrong("its shape is not a list of whole numbers from 0");
  if (!isCounts(offsets) || offsets.length !== 2)
    throw wrong("its data_offsets are not a list of two whole numbers from 0");
  const [begin, end] = offsets as [number, number];
  const byteLength = (shape.reduce((product, size) => product * size, 1) * bits) / 8;
  if (end - begin !== byteLength) {
    throw wrong(
      `${dtype} [${shape.join(", ")}] takes ${byteLength} bytes, but its data_offsets say ${end - begin}`,
    );
  }
  return { name, dtype, shape, file, offset: dataStart + begin, byteLength };
}

/** The format wants every byte after the header to belong to exactly one tensor. */
function checkLayout(
  entries: readonly TensorEntry[],
  file: string,
  dataStart: number,
  size: number,
): void {
  let position = dataStart;
  for (const entry of entries) {
    const end = entry.offset + entry.byteLength;
    if (entry.offset !== position) {
      const problem =
        entry.offset < position
          ? "its bytes overlap another tensor's"
          : "there is a gap before its bytes";
      throw new HoneError("SAFETENSORS_TENSOR", { file, tensor: entry.name, problem });
    }
    if (end > size) {
      throw new HoneError("SAFETENSORS_TRUNCATED", {
        file,
        tensor: `"${entry.name}"`,
        needed: end,
        size,
      });
    }
    position = end;
  }
  if (position !== size) {
    throw new HoneError("SAFETENSORS_HEADER", {
      file,
      problem: `${size - position} bytes after the last tensor belong to none`,
    });
  }
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}
