/** Models of every family written as GGUF files and read back: the same numbers, settings, tokens and template. */
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readChatTemplate } from "../../text/chat-template.ts";
import { openTokenizer } from "../../text/tokenizer.ts";
import { parameterShapes } from "../models/architecture.ts";
import { readArchitecture } from "../models/models.ts";
import { openModelFolder } from "../weights/model-folder.ts";
import { exportAdapterGguf } from "./export-adapter-gguf.ts";
import { exportGguf } from "./export-gguf.ts";
import { openGguf } from "./gguf-file.ts";
import { type WrittenTensor, type WrittenValue, writeGguf } from "./gguf-writer.ts";
import { importGguf } from "./import-gguf.ts";
import { readGgufTensor } from "./read-tensor.ts";
import { splitHeads } from "./tensor-names.ts";

const golden = join(import.meta.dirname, "../../../../../test/golden/models");
const families = ["llama", "qwen2", "qwen3", "gemma3"] as const;
type Name = (typeof families)[number];

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "hone-gguf-"));
  for (const name of families) {
    await cp(join(golden, name), join(root, name), { recursive: true });
    if (name === "gemma3") await asGoogleMakesThem(join(root, name));
    await exportGguf({ model: join(root, name), type: "f32", out: fileOf(name) });
    await importGguf(fileOf(name), backOf(name));
  }
});
afterAll(() => rm(root, { recursive: true, force: true }));

const fileOf = (name: string) => join(root, `${name}.gguf`);
const backOf = (name: string) => join(root, `${name}-back`);
const readJson = async (...path: string[]): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(join(...path), "utf8")) as Record<string, unknown>;

/** The golden model of Gemma with what llama.cpp has in its code: the order of layers, the scale, merges of pieces. */
async function asGoogleMakesThem(folder: string): Promise<void> {
  const { layer_types: _types, ...config } = await readJson(folder, "config.json");
  const changed = { ...config, query_pre_attn_scalar: 16, sliding_window_pattern: 6 };
  await writeFile(join(folder, "config.json"), JSON.stringify(changed));
  const tokenizer = await readJson(folder, "tokenizer.json");
  const { vocab, merges, ...model } = tokenizer["model"] as {
    readonly vocab: Readonly<Record<string, number>>;
    readonly merges: readonly (readonly [string, string])[];
  };
  const pieces = merges.flatMap(([left, right]) => {
    const all = Array.from({ length: (left + right).length - 1 }, (_, i) => {
      const whole = left + right;
      return [whole.slice(0, i + 1), whole.slice(i + 1)] as const;
    }).filter((pair) => pair.every((half) => Object.hasOwn(vocab, half)));
    return all.toSorted((a, b) => b[0].length - a[0].length);
  });
  const written = { ...tokenizer, model: { ...model, vocab, merges: pieces } };
  await writeFile(join(folder, "tokenizer.json"), JSON.stringify(written));
}

/** The architecture and all weights of a folder. */
async function contentsOf(folder: string) {
  const opened = await openModelFolder(folder);
  const architecture = readArchitecture(opened.config, folder);
  const weights = new Map<string, Float32Array>();
  for (const name of parameterShapes(architecture).keys())
    weights.set(name, await opened.read(name));
  return { architecture, weights };
}

describe.each(families)("a %s model as a GGUF file and back", (name: Name) => {
  it("has the same architecture and the same numbers", async () => {
    const [before, after] = [await contentsOf(join(root, name)), await contentsOf(backOf(name))];
    expect(after.architecture).toEqual(before.architecture);
    for (const [weight, values] of before.weights) {
      // Gemma's norms are stored as w + 1 in 32 bits, which rounds.
      const isExact = name !== "gemma3" || !weight.endsWith("norm.weight");
      const read = after.weights.get(weight)!;
      if (isExact) expect(read).toEqual(values);
      else
        expect(Math.max(...values.map((value, i) => Math.abs(value - read[i]!)))).toBeLessThan(
          2e-7,
        );
    }
  });

  it("has the same tokens, specials and template", async () => {
    const [before, after] = [
      await openTokenizer(join(root, name)),
      await openTokenizer(backOf(name)),
    ];
    const texts = (await readJson(golden, name, "golden.json"))["tokenizer"] as readonly {
      text: string;
    }[];
    expect(texts.length).toBeGreaterThan(5);
    for (const { text } of texts) {
      const ids = before.encode(text);
      expect([text, after.encode(text)]).toEqual([text, ids]);
      expect(after.encode(text, { special: true })).toEqual(before.encode(text, { special: true }));
      expect(after.decode(ids)).toBe(before.decode(ids));
    }
    expect(after.endOfText).toEqual(before.endOfText);
    expect(after.padding).toBe(before.padding);
    const template = (await readChatTemplate(join(root, name)))?.source;
    expect((await readChatTemplate(backOf(name)))?.source).toBe(template);
  });
});

describe("importing", () => {
  it("puts the rows of llama's queries and keys into Hugging Face's order", async () => {
    // Two heads of four rows: llama.cpp rotates row 0 with 1, transformers 0 with 2.
    expect([...splitHeads(Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7), 8, 2)]).toEqual([
      0, 2, 1, 3, 4, 6, 5, 7,
    ]);
    const [file, folder] = [openGguf(fileOf("llama")), await openModelFolder(join(root, "llama"))];
    const stored = await readGgufTensor(file.tensors.get("blk.0.attn_q.weight")!);
    const own = await folder.read("model.layers.0.self_attn.q_proj.weight");
    // Heads of size 8: the second stored row is the fifth of the folder's.
    expect(stored.subarray(32, 64)).toEqual(own.subarray(4 * 32, 5 * 32));
  });

  /** The file again, with some of its metadata and tensors changed; how importing it ends. */
  async function changed(
    change: (metadata: Map<string, WrittenValue>, tensors: WrittenTensor[]) => void,
    name: Name = "qwen2",
  ): Promise<string> {
    const { metadata, tensors } = openGguf(fileOf(name));
    const values = new Map([...metadata.values].map(([key, value]) => [key, written(key, value)]));
    const written32 = [...tensors.values()].map((tensor): WrittenTensor => ({
      name: tensor.name,
      shape: tensor.shape,
      type: "F32",
      data: async () => readGgufTensor(tensor),
    }));
    change(values, written32);
    const path = join(root, "changed.gguf");
    await writeGguf(path, values, written32);
    const folder = join(root, "changed");
    try {
      const { warnings } = await importGguf(path, folder);
      await rm(folder, { recursive: true });
      return warnings.map(({ message }) => message.split("\n")[0]).join();
    } catch (error) {
      expect((await readdir(root)).filter((one) => /^(changed|\.unfinished.*)$/.test(one))).toEqual(
        [],
      );
      return (error as Error).message.split("\n")[0]!.replace(path, "FILE");
    }
  }

  const written = (key: string, value: unknown): WrittenValue => {
    if (Array.isArray(value)) {
      const isTexts = typeof value[0] === "string";
      return {
        type: isTexts ? "texts" : key.endsWith("scores") ? "f32s" : "i32s",
        value,
      } as WrittenValue;
    }
    const type = { string: "text", boolean: "bool", number: "u32" }[typeof value as "string"];
    const isFloat = /epsilon|freq_base|factor/.test(key);
    return { type: isFloat ? "f32" : type, value } as WrittenValue;
  };
  const text = (value: string): WrittenValue => ({ type: "text", value });

  it("refuses by name what the engine does not have, and leaves nothing behind", async () => {
    expect(await changed(() => undefined)).toBe("");
    expect(await changed((m) => m.set("general.architecture", text("mamba")))).toBe(
      "GGUF_UNSUPPORTED: FILE: its architecture is mamba; hone reads llama, qwen2, qwen3, gemma3.",
    );
    expect(await changed((m) => m.set("tokenizer.ggml.pre", text("tekken")))).toContain(
      "its way to cut words (tokenizer.ggml.pre) is tekken; hone reads llama-bpe",
    );
    expect(await changed((m) => m.delete("tokenizer.ggml.pre"))).toContain(
      "(tokenizer.ggml.pre) is none",
    );
    expect(await changed((m) => m.set("tokenizer.ggml.model", text("bert")))).toContain(
      "its kind of tokenizer is bert; hone reads gpt2, llama",
    );
    expect(await changed((m) => m.set("qwen2.expert_count", { type: "u32", value: 8 }))).toContain(
      "its value of qwen2.expert_count is 8",
    );
    expect(await changed((m) => m.set("split.count", { type: "u32", value: 3 }))).toContain(
      "one part of several",
    );
    expect(await changed((m) => m.set("qwen2.rope.scaling.type", text("yarn")))).toContain(
      "its scaling of rotary positions is yarn; hone reads none, linear, llama3",
    );
    const halved = (_: unknown, tensors: WrittenTensor[]) => {
      const at = tensors.findIndex(({ name }) => name === "rope_freqs.weight");
      tensors[at] = { ...tensors[at]!, data: async () => Float32Array.of(1, 1.5, 2, 7) };
    };
    expect(await changed(halved, "llama")).toContain("other factors than Llama 3's");
  });

  it("refuses a vocabulary without merges, with double tokens, or with scores or types for others", async () => {
    expect(await changed((m) => m.delete("tokenizer.ggml.merges"))).toBe(
      'GGUF_INVALID: FILE is not a GGUF file hone can read: its metadata key "tokenizer.ggml.merges" is missing; a list of texts is expected.',
    );
    const merges: WrittenValue = { type: "texts", value: ["Ġ a", "abc"] };
    expect(await changed((m) => m.set("tokenizer.ggml.merges", merges))).toContain(
      'hold "abc", which is no pair',
    );
    const tokens: WrittenValue = { type: "texts", value: ["a", "b", "a"] };
    const types = (...value: number[]): WrittenValue => ({ type: "i32s", value });
    const withTokens = (kinds: WrittenValue) => (m: Map<string, WrittenValue>) =>
      void m.set("tokenizer.ggml.tokens", tokens).set("tokenizer.ggml.token_type", kinds);
    expect(await changed(withTokens(types(1, 1, 1)))).toContain(
      'tokens 0 and 2 have the same text, "a"',
    );
    expect(await changed(withTokens(types(1)))).toContain("it has 3 tokens and 1 token types");
    expect(
      await changed((m) => m.set("tokenizer.ggml.scores", { type: "f32s", value: [1] }), "gemma3"),
    ).toContain("tokens and 1 scores");
  });

  it("refuses tensors that are missing, misshapen or not finite, and says which ones are left out", async () => {
    const last = (tensors: WrittenTensor[]) =>
      tensors.find(({ name }) => name === "output_norm.weight")!;
    const without = (_: unknown, tensors: WrittenTensor[]) =>
      void tensors.splice(tensors.indexOf(last(tensors)), 1);
    expect(await changed(without)).toContain('has no tensor "output_norm.weight"');
    const put = (part: Partial<WrittenTensor>) => (_: unknown, tensors: WrittenTensor[]) => {
      tensors[tensors.indexOf(last(tensors))] = { ...last(tensors), ...part };
    };
    const data = async () => new Float32Array(32).fill(NaN);
    expect(await changed(put({ data }))).toMatch(/^WEIGHTS_NOT_FINITE: .*"output_norm.weight"/);
    expect(await changed(put({ shape: [16, 2] }))).toMatch(
      /^TENSOR_SHAPE: .*\[16, 2\]; \[32\] is expected/,
    );
    const more = (m: Map<string, WrittenValue>, tensors: WrittenTensor[]) => {
      m.set("tokenizer.chat_template.rag", text("{{ 1 }}"));
      tensors.push({ ...last(tensors), name: "blk.0.extra.weight" });
    };
    expect(await changed(more)).toMatch(
      /^GGUF_PARTS_LEFT_OUT: .*: 2 parts of the file \(such as tokenizer.chat_template.rag, blk.0.extra.weight\)/,
    );
  });

  it("writes nothing when the file became shorter after its header was read, or when it is cancelled", async () => {
    const path = join(root, "shorter.gguf");
    await cp(fileOf("qwen2"), path);
    const tensor = openGguf(path).tensors.get("output_norm.weight")!;
    await truncate(path, tensor.offset + 8);
    await expect(readGgufTensor(tensor)).rejects.toMatchObject({ code: "GGUF_TRUNCATED" });
    const signal = AbortSignal.abort();
    const cancelled = importGguf(fileOf("qwen2"), join(root, "none"), { signal });
    await expect(cancelled).rejects.toMatchObject({ code: "CANCELLED" });
    expect(await readdir(root)).not.toContain("none");
  });
});

describe("exporting", () => {
  it("stores matrices in the type that is asked for, and rows that are no whole blocks as F16", async () => {
    const out = join(root, "blocks.gguf");
    const { warnings, modelfile } = await exportGguf({
      model: join(root, "qwen2"),
      type: "q8_0",
      out,
    });
    const { tensors, metadata } = openGguf(out);
    const types = (...names: string[]) =>
      names.map((name) => tensors.get(`blk.0.${name}`)!.type.name);
    expect(types("attn_q.weight", "attn_q.bias", "ffn_down.weight")).toEqual([
      "Q8_0",
      "F32",
      "F16",
    ]);
    expect(metadata.count("general.file_type")).toBe(7);
    expect(warnings.map(({ message }) => message.split("\n")[0])).toEqual([
      `GGUF_STORED_WIDER: ${out}: 2 matrices have rows that are no multiple of 32 numbers, which Q8_0 needs; they are stored as F16.`,
    ]);
    expect(await readFile(modelfile, "utf8")).toBe(
      'FROM ./blocks.gguf\nPARAMETER stop "<|im_end|>"\nPARAMETER stop "<|endoftext|>"\n',
    );
  });

  it("folds an adapter in, or writes its factors with the scale of rsLoRA", async () => {
    const model = join(root, "qwen3");
    const adapter = join(model, "adapter-all");
    const out = join(root, "merged.gguf");
    await exportGguf({ model, adapter, type: "f32", out });
    const merged = await readGgufTensor(openGguf(out).tensors.get("blk.1.attn_k.weight")!);
    const alone = join(root, "lora.gguf");
    await exportAdapterGguf({ model, adapter, out: alone, base: "qwen3" });
    const { tensors, metadata } = openGguf(alone);
    const [a, b] = await Promise.all(
      ["a", "b"].map((part) => readGgufTensor(tensors.get(`blk.1.attn_k.weight.lora_${part}`)!)),
    );
    // alpha 8, rank 4: 8 / √4 with rsLoRA, which llama.cpp computes as alpha / rank.
    expect([metadata.text("adapter.type"), metadata.decimal("adapter.lora.alpha")]).toEqual([
      "lora",
      16,
    ]);
    const base = await (
      await openModelFolder(model)
    ).read("model.layers.1.self_attn.k_proj.weight");
    const expected = base.map((value, i) => {
      const [row, column] = [Math.floor(i / 32), i % 32];
      let sum = 0;
      for (let r = 0; r < 4; r++) sum += b![row * 4 + r]! * a![r * 32 + column]!;
      return value + (16 / 4) * sum;
    });
    expect(Math.max(...expected.map((value, i) => Math.abs(value - merged[i]!)))).toBeLessThan(
      1e-5,
    );
  });

  it("refuses by name what llama.cpp would compute in another way", async () => {
    const folder = join(root, "odd");
    const odd = async (
      name: Name,
      file: string,
      change: (json: Record<string, unknown>) => void,
    ) => {
      await rm(folder, { recursive: true, force: true });
      await cp(join(root, name), folder, { recursive: true });
      const json = await readJson(folder, file);
      change(json);
      await writeFile(join(folder, file), JSON.stringify(json));
      const out = join(root, "odd.gguf");
      const error: unknown = await exportGguf({ model: folder, type: "f32", out }).catch(
        (e: unknown) => e,
      );
      expect(await readdir(root)).not.toContain("odd.gguf");
      return (error as Error).message.split("\n")[0];
    };
    expect(await odd("gemma3", "config.json", (json) => (json["query_pre_attn_scalar"] = 24))).toBe(
      `GGUF_NOT_EXPRESSIBLE: ${folder} cannot be written as a GGUF file: its query_pre_attn_scalar is 24; llama.cpp runs 16.`,
    );
    expect(
      await odd("gemma3", "config.json", (json) => (json["sliding_window_pattern"] = 2)),
    ).toContain("its layer_types is local, global, local");
    const dropLast = (json: Record<string, unknown>) =>
      (json["model"] as { merges: unknown[] }).merges.pop();
    expect(await odd("gemma3", "tokenizer.json", dropLast)).toContain(
      "its list of merges is not that of its pieces",
    );
    expect(
      await odd(
        "qwen2",
        "tokenizer.json",
        (json) => (json["pre_tokenizer"] = { type: "Whitespace" }),
      ),
    ).toContain(
      'its pre_tokenizer is {"type":"Whitespace"}; llama.cpp runs those of llama-bpe, qwen2, smollm, gpt-2',
    );
    expect(
      await odd(
        "qwen2",
        "tokenizer.json",
        (json) => ((json["model"] as { type: string }).type = "Unigram"),
      ),
    ).toContain("its kind of tokenizer is Unigram");
  });
});
