import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openModelFolder } from "../../engine/weights/model-folder.ts";
import { readAdapter } from "../../engine/weights/peft.ts";
import { exportAdapter } from "./export-adapter.ts";
import { domainTexts } from "../training/sources/domain-texts.ts";
import { findModel } from "./find-model.ts";
import { mergeModel } from "./merge-model.ts";
import { describeModel } from "../../engine/model-files/describe-model.ts";
import { newModel } from "../../engine/model-files/new-model.ts";
import { makeModel } from "./make-model.ts";

const golden = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");
const small = { layers: 2, width: 32, heads: 4, keyValueHeads: 2, feedForward: 64 };

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "hone-models-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function digest(folder: string): Promise<string> {
  const hash = createHash("sha256");
  for (const name of (await readdir(folder)).toSorted()) {
    hash.update(name).update(await readFile(join(folder, name)));
  }
  return hash.digest("hex");
}

describe("a new model", () => {
  it("is the same bytes for the same seed, and others for another", async () => {
    const texts = ["3x+7=16 subtract_terms 7 3x=9"];
    for (const [name, seed] of [
      ["a", 1],
      ["b", 1],
      ["c", 2],
    ] as const) {
      await newModel({ folder: join(root, name), texts, seed, vocabularySize: 300, ...small });
    }
    const [a, b, c] = await Promise.all(["a", "b", "c"].map((name) => digest(join(root, name))));
    expect(a).toBe(b);
    expect(a).not.toBe(c);
  });

  it("is described by its own figures", async () => {
    const folder = join(root, "d");
    const texts = await domainTexts("math");
    const made = await newModel({
      folder,
      texts,
      vocabularySize: 280,
      contextLength: 64,
      ...small,
    });
    const shown = await describeModel(await findModel(folder));
    // embeddings 280·32, per layer 2 norms, q, k, v with biases, o, three feed-forward matrices; the last norm
    const layer = 2 * 32 + (32 * 32 + 32) + 2 * (16 * 32 + 16) + 32 * 32 + 3 * 64 * 32;
    expect(made).toEqual({
      folder,
      parameterCount: 280 * 32 + 2 * layer + 32,
      vocabularySize: 280,
    });
    expect(shown).toMatchObject({ parameterCount: made.parameterCount, hasChatTemplate: true });
    expect(shown.architecture).toMatchObject({ contextLength: 64, layerCount: 2, width: 32 });
    expect(shown.memoryBytes).toBe(4 * made.parameterCount);
    expect(shown.fileBytes).toBe(4 * made.parameterCount);
    expect(shown.dtypes).toEqual({ F32: 26 });
  });

  it("does not take the place of files unless asked to", async () => {
    const folder = join(root, "e");
    const options = { folder, texts: ["abc"], vocabularySize: 260, ...small };
    await newModel(options);
    await expect(newModel(options)).rejects.toMatchObject({ code: "MODEL_FOLDER_EXISTS" });
    await newModel({ ...options, replace: true });
  });

  it.each([
    [{ width: 65 }, "width", "65", "a multiple of 8"],
    [{ width: 36, heads: 4 }, "width", "36", "a multiple of 8"],
    [{ width: 96, heads: 3, keyValueHeads: 2 }, "keyValueHeads", "2", "a divisor of 3"],
  ])("names the option that does not fit the others: %j", async (sizes, option, got, expected) => {
    const made = newModel({ folder: join(root, "misfit"), texts: ["abc"], ...sizes });
    await expect(made).rejects.toMatchObject({
      code: "OPTION_INVALID",
      facts: { option, got, expected: expect.stringContaining(expected) as string },
    });
  });

  it("has a tokenizer trained on the files that are given, and names one that cannot be read", async () => {
    const there = join(root, "there.txt");
    await writeFile(there, "abc");
    const options = { folder: join(root, "f"), vocabularySize: 300, ...small };
    const made = await makeModel({ ...options, domain: "math", files: [there] });
    const fromTexts = await newModel({ ...options, folder: join(root, "g"), texts: ["abc"] });
    expect(made.vocabularySize).toBe(fromTexts.vocabularySize);
    expect(await digest(join(root, "f"))).toBe(await digest(join(root, "g")));
    const files = [there, join(root, "none.txt")];
    await expect(makeModel({ ...options, domain: "math", replace: true, files })).rejects.toThrow(
      /none\.txt/,
    );
  });
});

describe("an adapter", () => {
  const adapter = join(golden, "adapter-qv");

  it("is described beside its base", async () => {
    const shown = await describeModel(await findModel(golden, { adapter }));
    const { rank, alpha } = await readAdapter(adapter);
    expect(shown.adapter).toMatchObject({ rank, alpha, targetModules: ["q_proj", "v_proj"] });
  });

  it("is merged as W + s·B·A, and what it does not touch stays", async () => {
    const out = join(root, "merged");
    await mergeModel(await findModel(golden, { adapter }), out);
    const [before, after] = await Promise.all([openModelFolder(golden), openModelFolder(out)]);
    const files = await readAdapter(adapter);
    const module = "model.layers.0.self_attn.q_proj";
    const { a, b, inputs } = files.tensors.get(module)!;
    const [w, merged] = await Promise.all(
      [before, after].map((one) => one.read(`${module}.weight`)),
    );
    // Row 1, column 2, by hand.
    let product = 0;
    for (let r = 0; r < files.rank; r++) product += b[files.rank + r]! * a[r * inputs + 2]!;
    const expected = w![inputs + 2]! + (files.alpha / files.rank) * product;
    expect(merged![inputs + 2]).toBeCloseTo(expected, 6);
    expect(await after.read("model.norm.weight")).toEqual(await before.read("model.norm.weight"));
    expect(after.file("tokenizer.json")).toBeDefined();
  });

  it("is exported with the base's name that is given, and a model without one is refused", async () => {
    const out = join(root, "exported");
    const found = await findModel(adapter, { withoutBase: true });
    const saved = await exportAdapter(found, out, { baseModel: "organisation/name" });
    const [files, original] = await Promise.all([readAdapter(out), readAdapter(adapter)]);
    expect(saved).toMatchObject({ folder: out, baseModel: "organisation/name" });
    expect(files.baseModel).toBe("organisation/name");
    expect(files.tensors).toEqual(original.tensors);
    const whole = await findModel(golden);
    await expect(exportAdapter(whole, out)).rejects.toMatchObject({
      code: "ADAPTER_ABSENT",
      facts: { model: whole.folder },
    });
    await expect(mergeModel(whole, out)).rejects.toMatchObject({ code: "ADAPTER_ABSENT" });
    // A run that trained all weights and was stopped: its checkpoint holds the model beside what training goes on from.
    const state = join(out, "checkpoints/sft-step-000001/training");
    const checkpoint = { name: "sft-step-000001", state, trained: { lora: false as const } };
    await expect(exportAdapter({ ...whole, checkpoint }, out)).rejects.toMatchObject({
      facts: { model: join(out, "checkpoints/sft-step-000001/model") },
    });
  });
});
