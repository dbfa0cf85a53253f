import { cp, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openModelFolder } from "./model-folder.ts";
import { groupIntoShards, saveModelFolder } from "./save-model.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "hone-model-"));
});
afterEach(() => rm(root, { recursive: true }));

const tensor = (name: string, ...values: number[]) => ({
  name,
  shape: [values.length],
  data: new Float32Array(values),
});
const contents = {
  config: { model_type: "qwen2", hidden_size: 2 },
  tensors: [tensor("a", 1, 2), tensor("b", 3), tensor("c", 4, 5, 6)],
  files: { "tokenizer.json": "{}" },
};
const save = (name: string, options = {}) =>
  saveModelFolder(join(root, name), contents, options).then(() => join(root, name));

describe("opening a folder", () => {
  it("gives back the config, the tensors and the files beside them", async () => {
    const folder = await openModelFolder(await save("m"));
    expect(folder.config).toEqual({ ...contents.config, torch_dtype: "float32" });
    expect(folder.generationConfig).toEqual({});
    expect([...folder.tensors.keys()]).toEqual(["a", "b", "c"]);
    expect(await folder.read("c")).toEqual(new Float32Array([4, 5, 6]));
    const into = new Float32Array(2);
    expect(await folder.read("a", into)).toBe(into);
    expect([...into]).toEqual([1, 2]);
    expect(folder.file("tokenizer.json")).toBe(join(root, "m", "tokenizer.json"));
    expect(folder.file("chat_template.jinja")).toBeUndefined();
  });

  it("reads shards through their index like one file", async () => {
    const path = await save("m", { maxShardBytes: 12 });
    expect((await readdir(path)).filter((name) => name.includes("safetensors")).toSorted()).toEqual(
      [
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
        "model.safetensors.index.json",
      ],
    );
    const folder = await openModelFolder(path);
    expect([...folder.tensors.keys()]).toEqual(["a", "b", "c"]);
    expect(await folder.read("b")).toEqual(new Float32Array([3]));
    expect(await folder.read("c")).toEqual(new Float32Array([4, 5, 6]));
  });

  it("names a tensor that is missing or has another shape", async () => {
    const folder = await openModelFolder(await save("m"));
    expect(folder.entry("a", [2]).dtype).toBe("F32");
    expect(() => folder.entry("z", [2])).toThrow(/TENSOR_MISSING: .*m has no tensor "z"/);
    expect(() => folder.entry("a", [1, 2])).toThrow(
      /TENSOR_SHAPE: .*"a" has the shape \[2\]; \[1, 2\] is expected/,
    );
    await expect(folder.read("z")).rejects.toMatchObject({ code: "TENSOR_MISSING" });
  });

  it("says what is missing or broken, by name", async () => {
    const path = await save("m", { maxShardBytes: 12 });
    const code = async (change: () => Promise<void>) => {
      const copy = join(root, "copy");
      await rm(copy, { recursive: true, force: true });
      await cp(path, copy, { recursive: true });
      process.chdir(copy);
      await change();
      const error = await openModelFolder(copy).catch(
        (caught: unknown) => caught as Error & { code: string },
      );
      return "code" in error ? `${error.message.split("\n")[0]}` : "opened";
    };
    const before = process.cwd();
    try {
      expect(await code(() => rm("config.json"))).toMatch(
        /^MODEL_FILE_MISSING: .*copy has no config.json/,
      );
      expect(await code(() => writeFile("config.json", "{"))).toMatch(
        /^MODEL_FILE_INVALID: .*config.json .*not JSON/,
      );
      expect(await code(() => writeFile("config.json", "[]"))).toMatch(
        /^MODEL_FILE_INVALID: .*not a JSON object/,
      );
      expect(await code(() => rm("model-00002-of-00002.safetensors"))).toMatch(
        /^MODEL_FILE_MISSING: .*model-00002-of/,
      );
      const index = (map: unknown) =>
        writeFile("model.safetensors.index.json", JSON.stringify({ weight_map: map }));
      expect(await code(() => index(undefined))).toMatch(/^MODEL_FILE_INVALID: .*no weight_map/);
      expect(await code(() => index({}))).toMatch(/^MODEL_FILE_INVALID: .*empty/);
      expect(await code(() => index({ a: "../m/model-00001-of-00002.safetensors" }))).toMatch(
        /^MODEL_FILE_INVALID: .*places "a"/,
      );
      expect(await code(() => index({ z: "model-00001-of-00002.safetensors" }))).toMatch(
        /^TENSOR_MISSING: .*no tensor "z"/,
      );
      expect(
        await code(async () => {
          await rm("model.safetensors.index.json");
          await rm("model-00001-of-00002.safetensors");
          await rm("model-00002-of-00002.safetensors");
          await writeFile("pytorch_model.bin", "");
        }),
      ).toMatch(/^MODEL_WEIGHTS_MISSING: .*it has pytorch_model.bin/);
    } finally {
      process.chdir(before);
    }
    await expect(openModelFolder(join(root, "nowhere"))).rejects.toMatchObject({
      code: "MODEL_NOT_FOUND",
    });
  });
});

describe("saving a folder", () => {
  it("cuts shards before the limit and gives a tensor beyond it a shard of its own", () => {
    const names = groupIntoShards(
      [tensor("a", 1, 2), tensor("b", 3), tensor("c", 4, 5, 6, 7), tensor("d", 8)],
      12,
    );
    expect(names.map((group) => group.map(({ name }) => name))).toEqual([["a", "b"], ["c"], ["d"]]);
  });

  it("leaves nothing behind when a tensor cannot be produced", async () => {
    const tensors = [
      tensor("a", 1),
      { name: "b", shape: [1], data: () => Promise.reject(new Error("gone")) },
    ];
    await expect(saveModelFolder(join(root, "m"), { ...contents, tensors })).rejects.toThrow(
      "gone",
    );
    expect(await readdir(root)).toEqual([]);
  });

  it("refuses a folder that holds files, unless told to replace it; a failed replacement keeps the old one", async () => {
    const path = await save("m");
    await expect(save("m")).rejects.toMatchObject({ code: "MODEL_FOLDER_EXISTS" });
    const broken = {
      ...contents,
      tensors: [{ name: "b", shape: [1], data: () => Promise.reject(new Error("gone")) }],
    };
    await expect(saveModelFolder(path, broken, { replace: true })).rejects.toThrow("gone");
    expect((await openModelFolder(path)).tensors.size).toBe(3);

    await saveModelFolder(path, { ...contents, tensors: [tensor("n", 1)] }, { replace: true });
    expect([...(await openModelFolder(path)).tensors.keys()]).toEqual(["n"]);
    expect(await readdir(root)).toEqual(["m"]);
  });

  it.each([
    [{ dtype: "bfloat16" }, { dtype: "float32" }],
    [{ torch_dtype: "float16" }, { torch_dtype: "float32" }],
    [{ dtype: "bfloat16", torch_dtype: "float32" }, { dtype: "float32" }],
  ])("says that the weights are singles, whatever they were: %j", async (before, after) => {
    const folder = join(root, JSON.stringify(before).replace(/\W/g, ""));
    await saveModelFolder(folder, { ...contents, config: { model_type: "qwen3", ...before } });
    expect((await openModelFolder(folder)).config).toEqual({ model_type: "qwen3", ...after });
  });

  it("copies the tokenizer of another folder; given files win", async () => {
    const first = await save("m");
    await writeFile(join(first, "chat_template.jinja"), "T");
    await saveModelFolder(join(root, "n"), {
      ...contents,
      files: { "tokenizer.json": "[]" },
      tokenizerFrom: first,
    });
    expect((await readdir(join(root, "n"))).toSorted()).toEqual([
      "chat_template.jinja",
      "config.json",
      "model.safetensors",
      "tokenizer.json",
    ]);
  });

  it("says where it cannot write", async () => {
    await writeFile(join(root, "file"), "");
    await expect(saveModelFolder(join(root, "file", "m"), contents)).rejects.toMatchObject({
      code: "WRITE_FAILED",
    });
  });
});
