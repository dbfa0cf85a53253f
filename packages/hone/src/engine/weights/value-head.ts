/** The file of a value head: one tensor [1, width], by the name that transformers' models for one number give it. */
import { HoneError } from "../../core/errors.ts";
import { readTensor } from "./safetensors.ts";
import { openSafetensors } from "./safetensors-header.ts";
import { writeSafetensors } from "./safetensors-writer.ts";

/** As in `…ForSequenceClassification` of transformers, whose head has no bias either. */
const tensorName = "score.weight";

/** Writes a head, whole or not at all. @throws WEIGHTS_NOT_FINITE, DISK_FULL, WRITE_FAILED */
export const writeValueHead = (file: string, data: Float32Array): Promise<void> =>
  writeSafetensors(file, [{ name: tensorName, shape: [1, data.length], data }]);

/**
 * Reads a head of a model of this width.
 * @throws MODEL_FILE_MISSING, SAFETENSORS_*, TENSOR_MISSING, TENSOR_SHAPE, WEIGHTS_NOT_FINITE
 */
export async function readValueHead(file: string, width: number): Promise<Float32Array> {
  const { tensors } = await openSafetensors(file);
  const entry = tensors.get(tensorName);
  if (entry === undefined)
    throw new HoneError("TENSOR_MISSING", { folder: file, tensor: tensorName });
  const expected = [1, width];
  const { shape: got } = entry;
  if (got.length !== 2 || got.some((size, i) => size !== expected[i]))
    throw new HoneError("TENSOR_SHAPE", { file, tensor: tensorName, expected, got });
  return readTensor(entry);
}
