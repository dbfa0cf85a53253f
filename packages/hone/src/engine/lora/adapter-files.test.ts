/** Adapters read from disk, held against the base model they are for. */
import { describe, expect, it } from "vitest";
import { readArchitecture } from "../models/models.ts";
import { tinyConfig } from "../models/tiny.ts";
import { adapterConfig } from "./adapter-files.ts";

const architecture = readArchitecture(
  tinyConfig({ vocabularySize: 300, layers: 2, width: 16, heads: 2, keyValueHeads: 2 }, 1, 0),
  "config.json",
);

/** Adapts these layers, each a square of the model's width. */
function check(...paths: readonly string[]) {
  return checkListed([], ...paths);
}

/** The same, with these among its target_modules. */
function checkListed(targetModules: readonly string[], ...paths: readonly string[]) {
  const factors = { inputs: 16, outputs: 16, a: new Float32Array(16), b: new Float32Array(16) };
  const files = {
    rank: 1,
    alpha: 2,
    dropout: 0,
    useRslora: false,
    targetModules,
    tensors: new Map(paths.map((path) => [path, factors])),
  };
  return adapterConfig(architecture, files, "here");
}

const attention = (layer: number, module: string): string =>
  `model.layers.${layer}.self_attn.${module}`;

describe("an adapter's layers", () => {
  it("are the same modules of every layer", () => {
    const [q, v] = [0, 1].map((layer) => attention(layer, "q_proj"));
    expect(check(q!, v!).targetModules).toEqual(["q_proj"]);
  });

  it("are refused when a layer lacks a module, also when another layer has one more", () => {
    expect(() => check(attention(0, "q_proj"), attention(1, "v_proj"))).toThrow(
      /ADAPTER_INVALID: .*model\.layers\.0\.self_attn\.v_proj/,
    );
    expect(() => check(attention(0, "q_proj"))).toThrow(/model\.layers\.1\.self_attn\.q_proj/);
    expect(() => check(attention(1, "q_proj"))).toThrow(/model\.layers\.0\.self_attn\.q_proj/);
  });

  it("are refused when the settings list a module that has no weights", () => {
    const [q0, q1] = [attention(0, "q_proj"), attention(1, "q_proj")];
    expect(checkListed(["q_proj"], q0, q1).targetModules).toEqual(["q_proj"]);
    expect(() => checkListed(["q_proj", "v_proj"], q0, q1)).toThrow(/ADAPTER_INVALID: .*v_proj/);
    expect(() => checkListed([attention(0, "v_proj")], q0, q1)).toThrow(/ADAPTER_INVALID/);
    // PEFT finds no layer of this name either, and goes by the others.
    expect(checkListed(["q_proj", "c_attn"], q0, q1).targetModules).toEqual(["q_proj"]);
  });

  it("are refused when the base model has no such layer", () => {
    expect(() => check(attention(2, "q_proj"))).toThrow(/layers\.2\.self_attn\.q_proj, which/);
  });
});
