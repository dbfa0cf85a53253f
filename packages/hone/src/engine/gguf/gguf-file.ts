/**
 * The header of a GGUF file, llama.cpp's format: metadata, and which tensors it holds and where.
 *
 * Layout, little-endian: "GGUF", version, number of tensors, number of metadata keys, the metadata, one entry for each tensor
 * (name, sizes with the fastest first, type, offset), zeros up to a multiple of the alignment, the bytes of the tensors.
 *
 * Everything a file can lie about is checked here, so that what follows can trust offsets and shapes.
 * @source https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
import { closeSync, fstatSync, openSync } from "node:fs";
import { HoneError } from "../../core/errors.ts";
import { HeaderBytes } from "./header-bytes.ts";
import { Metadata, readMetadata } from "./metadata.ts";
import { readableTypes, tensorType, type TensorType } from "./tensor-types.ts";

/** One stored tensor. */
export interface GgufTensor {
  readonly name: string;
  /** Row-major, the slowest size first, as in Hugging Face's files. */
  readonly shape: readonly number[];
  /** How its numbers are stored. */
  readonly type: TensorType;
  /** The file that holds the bytes. */
  readonly file: string;
  /** First byte, counted from the start of the file. */
  readonly offset: number;
  readonly byteLength: number;
}

/** What the header of a GGUF file says. */
export interface GgufFile {
  readonly path: string;
  readonly metadata: Metadata;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

/** ggml's own limit of dimensions. */
const maxDimensions = 4;
/** Bytes that an entry of a tensor takes at least: the length of its name, dimensions, one size, type, offset. */
const tensorEntryBytes = 8 + 4 + 8 + 4 + 8;

/**
 * Reads and checks the header of a GGUF file; no weights are read.
 *
 * @throws MODEL_FILE_MISSING, MODEL_FILE_INVALID when it cannot be opened
 * @throws GGUF_TRUNCATED   when the file ends before its header or its last tensor
 * @throws GGUF_INVALID     when it is no GGUF file, or its counts, names, sizes or offsets contradict each other
 * @throws GGUF_UNSUPPORTED for other versions than 2 and 3, big-endian files, and stored types that are not read
 * @example const { metadata, tensors } = openGguf("SmolLM2-135M-Instruct.Q4_1.gguf");
 */
export function openGguf(path: string): GgufFile {
  const descriptor = openFile(path);
  try {
    const bytes = new HeaderBytes(descriptor, path, fstatSync(descriptor).size);
    checkStart(bytes, path);
    const tensorCount = bytes.count("tensors", tensorEntryBytes);
    const keyCount = bytes.count("metadata keys", 8 + 4 + 1);
    const metadata = new Metadata(path, readMetadata(bytes, keyCount));
    const rows = Array.from({ length: tensorCount }, () => readRow(bytes));
    const alignment = readAlignment(metadata, bytes);
    const dataStart = Math.ceil(bytes.position / alignment) * alignment;
    return { path, metadata, tensors: placeTensors(rows, { path, bytes, dataStart, alignment }) };
  } finally {
    closeSync(descriptor);
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, "r");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const problem = `it cannot be opened (${code})`;
    throw code === "ENOENT"
      ? new HoneError("MODEL_NOT_FOUND", { model: path, looked: "this machine's files" }, { cause })
      : new HoneError("MODEL_FILE_INVALID", { file: path, problem }, { cause });
  }
}

function checkStart(bytes: HeaderBytes, file: string): void {
  if (bytes.size < 8 || bytes.u32() !== 0x46554747)
    throw bytes.invalid('it does not begin with "GGUF"');
  const version = bytes.u32();
  const unsupported = (got: string) =>
    new HoneError("GGUF_UNSUPPORTED", {
      file,
      what: "file format",
      got,
      supported: ["version 2", "version 3"],
    });
  if (version !== 0 && (version & 0xffff) === 0) throw unsupported("big-endian numbers");
  if (version !== 2 && version !== 3) throw unsupported(`version ${version}`);
}

interface TensorRow {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: number;
  readonly offset: bigint;
}

function readRow(bytes: HeaderBytes): TensorRow {
  const name = bytes.text("a tensor's name");
  const dimensions = bytes.u32();
  if (dimensions > maxDimensions)
    throw bytes.invalid(
      `the tensor "${name}" has ${dimensions} dimensions; ${maxDimensions} is the most`,
    );
  const sizes = Array.from({ length: dimensions }, () => bytes.u64());
  const count = sizes.reduce((product, size) => product * size, 1n);
  // No stored type takes less than one bit a number.
  if (count === 0n || count > 8n * BigInt(bytes.size))
    throw bytes.invalid(
      `the tensor "${name}" has the sizes ${sizes.join(" × ")}, which the file cannot hold`,
    );
  return { name, shape: sizes.map(Number).toReversed(), type: bytes.u32(), offset: bytes.u64() };
}

function readAlignment(metadata: Metadata, bytes: HeaderBytes): number {
  const alignment = metadata.optionalCount("general.alignment") ?? 32;
  if (alignment > 0 && alignment <= 2 ** 20 && Number.isInteger(Math.log2(alignment)))
    return alignment;
  throw bytes.invalid(`its alignment is ${alignment}, which is no power of two up to 2^20`);
}

interface Layout {
  readonly path: string;
  readonly bytes: HeaderBytes;
  readonly dataStart: number;
  readonly alignment: number;
}

/** The tensors by name, in the order of their bytes, which must lie in the file and not in each other. */
function placeTensors(rows: readonly TensorRow[], layout: Layout): ReadonlyMap<string, GgufTensor> {
  const { bytes } = layout;
  const tensors = new Map<string, GgufTensor>();
  let end = layout.dataStart;
  for (const row of rows.toSorted((a, b) =>
    a.offset < b.offset ? -1 : a.offset > b.offset ? 1 : 0,
  )) {
    if (tensors.has(row.name)) throw bytes.invalid(`it has the tensor "${row.name}" twice`);
    const tensor = placed(row, layout);
    if (tensor.offset < end)
      throw bytes.invalid(`the bytes of the tensor "${row.name}" overlap another tensor's`);
    end = tensor.offset + tensor.byteLength;
    if (end > bytes.size) {
      const facts = { file: layout.path, what: `its tensor "${row.name}"`, needed: end };
      throw new HoneError("GGUF_TRUNCATED", { ...facts, size: bytes.size });
    }
    tensors.set(row.name, tensor);
  }
  return tensors;
}

function placed({ name, shape, type: number, offset }: TensorRow, layout: Layout): GgufTensor {
  const { path, bytes, dataStart, alignment } = layout;
  const type = tensorType(number);
  if (type === undefined || typeof type === "string") {
    const got = `the type ${type ?? number} (of the tensor "${name}")`;
    throw new HoneError("GGUF_UNSUPPORTED", {
      file: path,
      what: "stored type",
      got,
      supported: readableTypes,
    });
  }
  const row = shape.at(-1) ?? 1;
  if (row % type.blockSize !== 0)
    throw bytes.invalid(
      `the tensor "${name}" is ${type.name} with rows of ${row} numbers, which are no multiple of ${type.blockSize}`,
    );
  if (offset > BigInt(bytes.size) || Number(offset) % alignment !== 0)
    throw bytes.invalid(
      `the tensor "${name}" is at the offset ${offset}, which is beyond the file or no multiple of ${alignment}`,
    );
  const count = shape.reduce((product, size) => product * size, 1);
  const byteLength = (count / type.blockSize) * type.blockBytes;
  return { name, shape, type, file: path, offset: dataStart + Number(offset), byteLength };
}
