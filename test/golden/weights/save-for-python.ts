/**
 * Writes what `weights.py check` reads: `node scripts/run.js test/golden/weights/save-for-python.ts <new folder>`.
 * The adapter is PEFT's own, read and written again by hone.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readAdapter, writeAdapter } from "../../../packages/hone/src/engine/weights/peft.ts";
import { writeSafetensors } from "../../../packages/hone/src/engine/weights/safetensors-writer.ts";

const folder = process.argv[2];
if (folder === undefined) throw new Error("usage: save-for-python.ts <new folder>");
await mkdir(folder);

const tensors = [
  { name: "scalar", shape: [], data: new Float32Array([2.5]) },
  { name: "matrix ü", shape: [2, 3], data: new Float32Array([1, -0, 1e-45, 3.4e38, Math.PI, -7]) },
  { name: "empty", shape: [0, 4], data: new Float32Array(0) },
];
await writeSafetensors(join(folder, "values.safetensors"), tensors);
const values = Object.fromEntries(
  tensors.map(({ name, shape, data }) => [name, { shape, values: [...data] }]),
);
await writeFile(join(folder, "values.json"), JSON.stringify(values));
await writeAdapter(
  join(folder, "adapter"),
  await readAdapter(join(import.meta.dirname, "adapter")),
);
