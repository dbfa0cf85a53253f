/**
 * Makes a model folder of a given shape with random weights and a tokenizer learnt from equations, in a process of its
 * own so that making it does not count as the memory of what is measured:
 *
 *     make-model.ts FOLDER SHAPE_AS_JSON
 */
import { Random } from "../../packages/hone/src/core/random.ts";
import { parameterShapes } from "../../packages/hone/src/engine/models/architecture.ts";
import { readArchitecture } from "../../packages/hone/src/engine/models/models.ts";
import { tinyConfig } from "../../packages/hone/src/engine/models/tiny.ts";
import { saveModelFolder } from "../../packages/hone/src/engine/weights/save-model.ts";
import { tinyTokenizerFiles } from "../../packages/hone/src/text/tiny-tokenizer.ts";
import type { ModelShape } from "../works.ts";
import { equations, words } from "./equations.ts";

const DEVIATION = 0.02;
/** Normal numbers that all weights are cut from; drawing half a billion would take minutes. */
const POOL = (1 << 20) + 7;

const [folder, shapeText] = process.argv.slice(2);
if (folder === undefined || shapeText === undefined)
  throw new Error("usage: make-model.ts FOLDER SHAPE_AS_JSON");
await makeModel(folder, JSON.parse(shapeText) as ModelShape);

async function makeModel(path: string, { vocabulary, ...shape }: ModelShape): Promise<void> {
  const config = tinyConfig({ vocabularySize: vocabulary, contextLength: 2048, ...shape }, 2, 0);
  const files = tinyTokenizerFiles({
    texts: [...equations(1000), ...words(1000)],
    vocabularySize: Math.min(512, vocabulary),
  });
  const random = new Random("weights");
  const pool = Float32Array.from({ length: POOL }, () => DEVIATION * random.normal());
  let used = 0;
  const weights = (name: string, size: number): Float32Array => {
    if (name.endsWith("norm.weight")) return new Float32Array(size).fill(1);
    const values = new Float32Array(size);
    if (name.endsWith(".bias")) return values;
    for (let i = 0; i < size; i++) values[i] = pool[(used + i) % POOL]!;
    used += size;
    return values;
  };
  const tensors = [...parameterShapes(readArchitecture(config, "config.json"))].map(
    ([name, dims]) => ({
      name,
      shape: dims,
      data: () =>
        weights(
          name,
          dims.reduce((a, b) => a * b, 1),
        ),
    }),
  );
  await saveModelFolder(path, { config, tensors, files });
}
