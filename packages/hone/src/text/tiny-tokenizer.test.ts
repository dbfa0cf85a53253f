import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openRenderer } from "./renderer.ts";
import { tinyTokenizerFiles, tokenizerTextOf } from "./tiny-tokenizer.ts";
import { openTokenizer } from "./tokenizer.ts";

it("gives every role of a conversation a token of its own", async () => {
  const turn = (role: "user" | "assistant", content: string) => ({ role, content });
  const conversation = [turn("user", "3x = 9"), turn("assistant", "divide 3")];
  const texts = Array.from({ length: 4 }, () => conversation);
  const files = tinyTokenizerFiles({ texts, vocabularySize: 300 });
  const { model } = JSON.parse(files["tokenizer.json"]) as { model: { vocab: object } };
  expect(Object.keys(model.vocab)).toEqual(expect.arrayContaining(["user", "assistant"]));
});

it("makes the words of tools and calls tokens, as the template writes them", () => {
  const call = { id: "1", name: "lookUp", arguments: '{"customer":"Miller"}' };
  const messages = [
    { role: "user", content: "Where?" },
    { role: "assistant", content: "", toolCalls: [call] },
  ] as const;
  const tools = '[{"type":"function","function":{"name":"lookUp","description":"finds"}}]';
  const text = tokenizerTextOf(messages, { tools });
  expect(text).toContain('<tool_call>{"name": "lookUp", "arguments": {"customer": "Miller"}}');
  const files = tinyTokenizerFiles({ texts: [text, text], vocabularySize: 400 });
  const { model } = JSON.parse(files["tokenizer.json"]) as { model: { vocab: object } };
  const words = ["customer", "Miller", "description", "lookUp"];
  expect(Object.keys(model.vocab)).toEqual(expect.arrayContaining(words));
  expect(tokenizerTextOf(messages.slice(0, 1))).toEqual(messages.slice(0, 1));
});

it("writes files from which a tokenizer and a renderer open", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hone-tiny-"));
  try {
    const files = tinyTokenizerFiles({ texts: ["3x + 7 = 16, divide"], vocabularySize: 300 });
    for (const [name, content] of Object.entries(files))
      await writeFile(join(folder, name), content);
    const tokenizer = await openTokenizer(folder);
    expect(tokenizer.endOfText).toEqual([2, 0]);
    expect(tokenizer.padding).toBe(0);
    const renderer = await openRenderer(folder);
    expect(renderer.stopTokens).toEqual([2, 0]);
    const prompt = await renderer.prompt([{ role: "user", content: "3x" }]);
    expect(prompt[0]).toBe(1);
    expect(await renderer.decode(prompt)).toBe(
      "<|im_start|>user\n3x<|im_end|>\n<|im_start|>assistant\n",
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
