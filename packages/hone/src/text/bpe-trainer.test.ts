import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { trainTokenizer } from "./bpe-trainer.ts";
import { makeTokenizer } from "./tokenizer.ts";

interface Golden {
  vocabularySize: number;
  specials: string[];
  texts: string[];
  merges: [string, string][];
  cases: { text: string; ids: number[]; decoded: string }[];
}
const golden = JSON.parse(
  readFileSync(new URL("../../../../test/golden/text/bpe.json", import.meta.url), "utf8"),
) as Golden;

const open = (json: ReturnType<typeof trainTokenizer>) =>
  makeTokenizer({ file: "trained", tokenizer: json });

describe("BPE training", () => {
  it("joins the most frequent pair first and breaks ties by the smaller ids", () => {
    // Cut into "abab" and " abc". (a,b) stands three times and becomes 256, after the bytes 0–255. Then all pairs stand
    // once: (Ġ,ab) has the smallest left id and becomes 257; of (ab,ab) = (256,256) and (Ġab,c) = (257,·) the first wins.
    const json = trainTokenizer({ texts: ["abab abc"], vocabularySize: 1000 });
    expect(json.model.merges).toEqual([
      ["a", "b"],
      ["Ġ", "ab"],
      ["ab", "ab"],
      ["Ġab", "c"],
    ]);
  });

  it("learns exactly the merges of Python's BpeTrainer", () => {
    expect(trainTokenizer(golden).model.merges).toEqual(golden.merges);
  });

  it("encodes and decodes as Python's tokenizers do", async () => {
    const tokenizer = await open(trainTokenizer(golden));
    for (const { text, ids, decoded } of golden.cases) {
      expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(ids);
      expect(tokenizer.decode(ids)).toBe(decoded);
      expect(decoded).toBe(text.normalize("NFC"));
    }
  });

  it("splits digits one by one, however often they stand together", async () => {
    const tokenizer = await open(
      trainTokenizer({ texts: ["2024 2024 2024 2024"], vocabularySize: 400 }),
    );
    expect(tokenizer.encode("2024")).toHaveLength(4);
  });

  it("keeps special tokens whole, first in the vocabulary, and learns nothing across them", async () => {
    const json = trainTokenizer({
      texts: ["ab<|end|>ab<|end|>"],
      vocabularySize: 300,
      specials: ["<|end|>", "<|pad|>"],
    });
    expect(json.model.merges).toEqual([["a", "b"]]);
    const tokenizer = await open(json);
    expect(tokenizer.encode("ab<|end|>")).toEqual([258, 0]);
    expect(tokenizer.specials.get("<|pad|>")).toBe(1);
  });

  it("numbers its tokens without gaps and never joins bytes into the name of a special token", () => {
    const texts = [" a a a", ...golden.texts];
    const json = trainTokenizer({ texts, vocabularySize: 400, specials: ["Ġa"] });
    const ids = Object.values(json.model.vocab).sort((a, b) => a - b);
    expect(ids).toEqual(ids.map((_, i) => i));
    expect(json.model.merges).not.toContainEqual(["Ġ", "a"]);
  });

  it("is the same whenever it is trained on the same texts", () => {
    expect(JSON.stringify(trainTokenizer(golden))).toBe(JSON.stringify(trainTokenizer(golden)));
  });

  it("refuses a vocabulary too small for the bytes, special tokens that clash, and empty texts", () => {
    const code = (f: () => unknown) => {
      try {
        return f();
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    const texts = ["a b"];
    expect(code(() => trainTokenizer({ texts, vocabularySize: 256, specials: ["<s>"] }))).toBe(
      "OPTION_INVALID",
    );
    expect(
      code(() => trainTokenizer({ texts, vocabularySize: 300, specials: ["<s>", "<s>"] })),
    ).toBe("OPTION_INVALID");
    expect(code(() => trainTokenizer({ texts, vocabularySize: 300, specials: ["a"] }))).toBe(
      "OPTION_INVALID",
    );
    expect(code(() => trainTokenizer({ texts: [""], vocabularySize: 300 }))).toBe("DATA_EMPTY");
  });
});
