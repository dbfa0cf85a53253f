/** The context of a new model is long enough for the texts that it is made for. */
import { expect, it } from "vitest";
import { tinyTokenizerFiles } from "../../text/tiny-tokenizer.ts";
import { contextForTexts } from "./context-for-texts.ts";

/** A vocabulary of bytes, so that a text has as many tokens as it has bytes. */
const files = tinyTokenizerFiles({ texts: ["a"], vocabularySize: 259 });
const conversation = (...contents: readonly string[]) =>
  contents.map((content) => ({ role: "user" as const, content }));

it("holds the longest text, in steps of 512 tokens", async () => {
  expect(await contextForTexts(files, ["a".repeat(512), "a"])).toBe(512);
  expect(await contextForTexts(files, ["a", "a".repeat(513)])).toBe(1024);
  expect(await contextForTexts(files, [])).toBe(512);
});

it("counts all messages of a conversation, with what stands around each", async () => {
  expect(await contextForTexts(files, [conversation("a".repeat(250), "a".repeat(250))])).toBe(512);
  expect(await contextForTexts(files, [conversation("a".repeat(250), "a".repeat(251))])).toBe(1024);
});

it("ends at 4,096 tokens", async () => {
  expect(await contextForTexts(files, ["a".repeat(9000)])).toBe(4096);
});
