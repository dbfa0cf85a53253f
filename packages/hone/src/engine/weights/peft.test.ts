import { cp, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readAdapter, writeAdapter } from "./peft.ts";
import { writeSafetensors } from "./safetensors-writer.ts";

const golden = join(import.meta.dirname, "../../../../../test/golden/weights/adapter");
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "hone-peft-"));
});
afterEach(() => rm(root, { recursive: true }));

describe("PEFT adapters", () => {
  it("reads what PEFT saved: settings and both factors of every module", async () => {
    const adapter = await readAdapter(golden);
    expect(adapter).toMatchObject({
      rank: 2,
      alpha: 6,
      dropout: 0.125,
      useRslora: true,
      targetModules: ["down_proj", "q_proj"],
    });
    expect(adapter.baseModel).toBeUndefined();
    expect([...adapter.tensors.keys()].toSorted()).toEqual([
      "model.layers.0.mlp.down_proj",
      "model.layers.0.self_attn.q_proj",
      "model.layers.1.mlp.down_proj",
      "model.layers.1.self_attn.q_proj",
    ]);
    const down = adapter.tensors.get("model.layers.0.mlp.down_proj")!;
    expect([down.inputs, down.outputs, down.a.length, down.b.length]).toEqual([12, 8, 24, 16]);
  });

  it("writes what it reads back exactly", async () => {
    const adapter = {
      ...(await readAdapter(golden)),
      baseModel: "org/base",
      baseFingerprint: "f00",
    };
    await writeAdapter(join(root, "out"), adapter);
    expect(await readAdapter(join(root, "out"))).toEqual(adapter);
    await expect(writeAdapter(join(root, "out"), adapter)).rejects.toMatchObject({
      code: "MODEL_FOLDER_EXISTS",
    });
  });

  it.each([
    ["peft_type", "IA3"],
    ["use_dora", true],
    ["bias", "lora_only"],
    ["modules_to_save", ["lm_head"]],
    ["rank_pattern", { q_proj: 4 }],
    ["alpha_pattern", { q_proj: 4 }],
    ["fan_in_fan_out", true],
    ["lora_bias", true],
    ["init_lora_weights", "pissa_niter_4"],
    ["trainable_token_indices", [3]],
    ["a_feature_of_the_future", 1],
  ])("refuses what it would have to ignore: %s", async (feature, value) => {
    const folder = await changed({ [feature]: value });
    await expect(readAdapter(folder)).rejects.toMatchObject({
      code: "ADAPTER_FEATURE_UNSUPPORTED",
      facts: { folder, feature, value: JSON.stringify(value) },
    });
  });

  it.each([
    { target_modules: ".*(q_proj|down_proj)" },
    { layers_to_transform: [0, 1] },
    { exclude_modules: ["lm_head"] },
  ])("names every module in full where a pattern chose them: %j", async (change) => {
    const adapter = await readAdapter(await changed(change));
    expect(adapter.targetModules).toEqual([...adapter.tensors.keys()].toSorted());
  });

  it("names the module whose factors do not fit the rank", async () => {
    await expect(readAdapter(await changed({ r: 3 }))).rejects.toThrow(
      /ADAPTER_INVALID: .*"model\.layers\.0\.mlp\.down_proj" has A \[2, 12\] and B \[8, 2\]; with r = 3/,
    );
    await expect(readAdapter(await changed({ r: 0 }))).rejects.toThrow(/ADAPTER_INVALID: .*r is 0/);
    await expect(readAdapter(await changed({ lora_alpha: "8" }))).rejects.toThrow(
      /ADAPTER_INVALID: .*lora_alpha/,
    );
  });

  it.each([
    ["base_model.model.m.lora_A.weight", "ADAPTER_INVALID", /"m" has lora_A but no lora_B/],
    [
      "base_model.model.m.weight",
      "ADAPTER_INVALID",
      /"base_model.model.m.weight" is not part of a LoRA/,
    ],
    [
      "base_model.model.m.lora_magnitude_vector",
      "ADAPTER_FEATURE_UNSUPPORTED",
      /lora_magnitude_vector/,
    ],
    ["base_model.model.m.lora_embedding_A", "ADAPTER_FEATURE_UNSUPPORTED", /lora_embedding_A/],
  ])("names a tensor that does not belong: %s", async (name, code, message) => {
    const folder = await changed({});
    await writeSafetensors(join(folder, "adapter_model.safetensors"), [
      { name, shape: [2, 1], data: new Float32Array(2) },
    ]);
    const error = await readAdapter(folder).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code });
    expect((error as Error).message).toMatch(message);
  });

  it("says which file is missing", async () => {
    const folder = await changed({});
    await rename(join(folder, "adapter_model.safetensors"), join(folder, "adapter_model.bin"));
    await expect(readAdapter(folder)).rejects.toThrow(/adapter_model\.bin \(Python's pickle\)/);
    await rm(join(folder, "adapter_model.bin"));
    await expect(readAdapter(folder)).rejects.toMatchObject({
      facts: { folder, file: "adapter_model.safetensors" },
    });
    await expect(readAdapter(join(root, "none"))).rejects.toMatchObject({
      code: "MODEL_NOT_FOUND",
    });
  });
});

/** PEFT's adapter with some settings changed. */
async function changed(settings: Record<string, unknown>): Promise<string> {
  const folder = await mkdtemp(join(root, "changed-"));
  await cp(golden, folder, { recursive: true });
  const file = join(folder, "adapter_config.json");
  await writeFile(
    file,
    JSON.stringify({ ...JSON.parse(await readFile(file, "utf8")), ...settings }),
  );
  return folder;
}
