import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { commandLine } from "../../../../../test/doubles/command-line.ts";
import { importGguf } from "../../engine/gguf/import-gguf.ts";
import { openGguf } from "../../engine/gguf/gguf-file.ts";
import { openModelFolder } from "../../engine/weights/model-folder.ts";
import { exportModel } from "./export-gguf.ts";
import { findModel } from "./find-model.ts";
import { mergeModel } from "./merge-model.ts";

const golden = join(import.meta.dirname, "../../../../../test/golden/models/llama");
const adapter = join(golden, "adapter-qv");
const changed = "model.layers.0.self_attn.q_proj.weight";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "hone-export-gguf-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

it("folds an adapter into the weights, as a merge does, in folders that it makes", async () => {
  const found = await findModel(golden, { adapter });
  const out = join(root, "new", "folders", "whole.gguf");
  const { file, modelfile } = await exportModel(found, { type: "f32", out });
  expect(file).toBe(out);
  expect(await readFile(modelfile, "utf8")).toMatch(/^FROM .*whole\.gguf$/m);
  await importGguf(file, join(root, "back"));
  await mergeModel(found, join(root, "merged"));
  const [back, merged] = await Promise.all(
    ["back", "merged"].map(async (name) => (await openModelFolder(join(root, name))).read(changed)),
  );
  expect(back).toEqual(merged);
  expect(back).not.toEqual(await (await openModelFolder(golden)).read(changed));
});

it("writes an adapter alone, without the base's weights", async () => {
  const found = await findModel(golden, { adapter });
  const out = join(root, "adapter.gguf");
  const { modelfile } = await exportModel(found, { type: "f32", out, adapterOnly: true });
  const text = await readFile(modelfile, "utf8");
  expect(text).toMatch(/^ADAPTER .*adapter\.gguf$/m);
  expect(text).toContain(`FROM ${golden}`);
  const again = importGguf(out, join(root, "no-model"));
  await expect(again).rejects.toMatchObject({ code: "GGUF_IS_ADAPTER", facts: { file: out } });
  const names = [...openGguf(out).tensors.keys()];
  expect(names.every((name) => /^blk\.\d+\.attn_[qv]\.weight\.lora_[ab]$/.test(name))).toBe(true);
  expect(names.length).toBeGreaterThan(0);
});

it("takes the whole model of a checkpoint that trained all weights", async () => {
  await mergeModel(await findModel(golden, { adapter }), join(root, "step", "model"));
  const found = await findModel(golden);
  const state = join(root, "step", "training");
  const checkpoint = { name: "sft-step-000001", state, trained: { lora: false as const } };
  const out = join(root, "checkpoint.gguf");
  await exportModel({ ...found, checkpoint }, { type: "f32", out });
  await importGguf(out, join(root, "checkpoint"));
  const read = async (folder: string) => (await openModelFolder(folder)).read(changed);
  expect(await read(join(root, "checkpoint"))).toEqual(await read(join(root, "step", "model")));
});

it("refuses an adapter alone where there is none, or in another type than f32, and writes nothing", async () => {
  const out = join(root, "none.gguf");
  const whole = exportModel(await findModel(golden), { type: "f32", out, adapterOnly: true });
  await expect(whole).rejects.toMatchObject({ code: "ADAPTER_ABSENT" });
  const found = await findModel(golden, { adapter });
  const half = exportModel(found, { type: "f16", out, adapterOnly: true });
  await expect(half).rejects.toMatchObject({ code: "OPTION_INVALID", facts: { got: "f16" } });
  expect(existsSync(out)).toBe(false);
});

it("replaces nothing without being told to, and gives each file a Modelfile of its own", async () => {
  const found = await findModel(golden);
  const out = join(root, "twice.gguf");
  const modelfile = join(root, "twice.Modelfile");
  await writeFile(modelfile, "mine");
  await writeFile(join(root, "Modelfile"), "mine, too");
  await expect(exportModel(found, { type: "f32", out })).rejects.toMatchObject({
    code: "MODEL_FILE_EXISTS",
    facts: { file: modelfile },
  });
  expect(existsSync(out)).toBe(false);
  const made = await exportModel(found, { type: "f32", out, replace: true });
  expect(made.modelfile).toBe(modelfile);
  expect(await readFile(modelfile, "utf8")).toContain("FROM ./twice.gguf");
  expect(await readFile(join(root, "Modelfile"), "utf8")).toBe("mine, too");
  await rm(modelfile);
  await expect(exportModel(found, { type: "f32", out })).rejects.toMatchObject({
    facts: { file: out },
  });
});

it("tells how an adapter's file is used: on its base, which the Modelfile names by its whole path", async () => {
  const words = ["model", "export", "base", "--adapter", adapter, "--gguf", "f32"];
  await symlink(golden, join(root, "base"));
  const { stdout } = await commandLine([...words, "--adapter-only", "--out", "sub/lora.gguf"], {
    folder: root,
  });
  expect(stdout).toContain("llama-cli -m base.gguf --lora sub/lora.gguf");
  expect(stdout).toContain("hone model export base --gguf");
  expect(stdout).toContain("ollama create my-model -f sub/lora.Modelfile");
  const text = await readFile(join(root, "sub", "lora.Modelfile"), "utf8");
  expect(text).toMatch(/^FROM \/.*\/base\nADAPTER \.\/lora\.gguf\n/);
});
