import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { trainTokenizer } from "./bpe-trainer.ts";
import { makeTokenizer, openTokenizer, type Tokenizer } from "./tokenizer.ts";

const json = trainTokenizer({
  texts: ["the other day, there was a number: 12"],
  vocabularySize: 280,
  specials: ["<|endoftext|>", "<|im_end|>"],
});

let folder: string;
let tokenizer: Tokenizer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-tokenizer-"));
  tokenizer = await makeTokenizer({ file: "trained", tokenizer: json });
});
afterAll(() => rm(folder, { recursive: true }));

const write = (name: string, content: unknown) =>
  writeFile(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));

describe("opening a tokenizer", () => {
  it("reads which tokens begin, end and pad a text from the files beside it", async () => {
    await write("tokenizer.json", json);
    await write("tokenizer_config.json", {
      eos_token: "<|im_end|>",
      pad_token: { content: "<|endoftext|>" },
      bos_token: null,
    });
    await write("generation_config.json", { eos_token_id: [1, 0] });
    const opened = await openTokenizer(folder);
    expect(opened.endOfText).toEqual([1, 0]);
    expect(opened.padding).toBe(0);
    expect(opened.beginOfText).toBeUndefined();
    expect(opened.vocabularySize).toBe(Object.keys(json.model.vocab).length);
  });

  it("names the folder that has no tokenizer.json", async () => {
    await expect(openTokenizer(join(folder, "nowhere"))).rejects.toMatchObject({
      code: "TOKENIZER_MISSING",
      facts: { folder: join(folder, "nowhere") },
    });
  });

  it.each([
    ["text that is not JSON", '{"model": '],
    ["a list", "[]"],
    ["an object without a model", "{}"],
    ["a model of unknown type", { ...json, model: { type: "Nonsense", vocab: {} } }],
    [
      "an empty vocabulary",
      { ...json, added_tokens: [], model: { type: "BPE", vocab: {}, merges: [] } },
    ],
  ])("refuses %s as tokenizer.json and names the file", async (_, content) => {
    await write("tokenizer.json", content);
    await expect(openTokenizer(folder)).rejects.toMatchObject({
      code: "TOKENIZER_INVALID",
      facts: { file: join(folder, "tokenizer.json") },
    });
  });
});

describe("a tokenizer", () => {
  it("does not clean up spaces before signs when it decodes", () => {
    const text = "a , b . do n't  ! ?";
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });

  it("leaves special tokens out of the text where asked", () => {
    const ids = tokenizer.encode("there<|im_end|>");
    expect(tokenizer.decode(ids)).toBe("there<|im_end|>");
    expect(tokenizer.decode(ids, { special: false })).toBe("there");
  });

  it("gives the empty text no tokens and back", () => {
    expect(tokenizer.encode("")).toEqual([]);
    expect(tokenizer.decode([])).toBe("");
  });

  it.each([9999, -1, 1.5, Number.NaN])("refuses the token id %s", (id) => {
    const size = tokenizer.vocabularySize;
    expect(() => tokenizer.decode([5, id])).toThrow(/TOKEN_UNKNOWN/);
    expect(() => tokenizer.decode([5, id])).toThrow(`vocabulary of ${size} tokens`);
  });

  it("refuses text that its vocabulary cannot write", async () => {
    const bare = {
      ...json,
      model: { ...json.model, vocab: { a: 0, b: 1 }, merges: [] },
      added_tokens: [],
    };
    const small = await makeTokenizer({ file: "small", tokenizer: bare });
    expect(small.encode("ab")).toEqual([0, 1]);
    // The library leaves out what it cannot write: silence here would train on another text than was given.
    expect(() => small.encode("axb")).toThrow(/TEXT_NOT_ENCODABLE/);
  });
});

describe("streamed text", () => {
  const pieces = (ids: readonly number[]) => {
    const stream = tokenizer.stream();
    return [...ids.map((id) => stream.push(id)), stream.finish()];
  };

  it("holds the bytes of a character back until it is whole", () => {
    const ids = tokenizer.encode("é🙂!"); // 2 + 4 + 1 single-byte tokens
    expect(pieces(ids)).toEqual(["", "é", "", "", "", "🙂", "!", ""]);
  });

  it("gives an unfinished character as U+FFFD at the end", () => {
    const ids = tokenizer.encode("a🙂").slice(0, -1);
    expect(pieces(ids)).toEqual(["a", "", "", "", "\uFFFD"]);
  });

  it("adds up to the decoding of all tokens, broken bytes included", () => {
    const whole = tokenizer.encode("the other 🙂 day<|im_end|>, 你好");
    const broken = [whole[5]!, 200, 130, ...whole, 180, 181, 3, 240, ...whole];
    for (const ids of [whole, broken]) expect(pieces(ids).join("")).toBe(tokenizer.decode(ids));
  });
});
