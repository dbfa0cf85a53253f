import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readChatTemplate } from "./chat-template.ts";
import type { JsonObject } from "../core/json.ts";
import { openTokenizer } from "./tokenizer.ts";

interface Golden {
  readonly chat: readonly Chat[];
  readonly tokenizer: readonly {
    readonly text: string;
    readonly ids: number[];
    readonly idsWithSpecial: number[];
    readonly decoded: string;
    readonly decodedWithoutSpecial: string;
  }[];
  /** Beginnings of one text, cut between tokens and so inside characters. */
  readonly cutTexts: readonly { readonly ids: number[]; readonly decoded: string }[];
}
interface Chat {
  readonly name: string;
  readonly messages: readonly JsonObject[];
  readonly arguments: JsonObject & { readonly tools?: readonly JsonObject[] };
  readonly addGenerationPrompt: boolean;
  readonly text?: string;
  readonly ids?: number[];
  readonly refused?: boolean;
}

describe.each(["qwen2", "qwen3", "llama", "gemma3"])("the files of %s", async (family) => {
  const folder = fileURLToPath(
    new URL(`../../../../test/golden/models/${family}`, import.meta.url),
  );
  const golden = JSON.parse(readFileSync(`${folder}/golden.json`, "utf8")) as Golden;
  const tokenizer = await openTokenizer(folder);

  it("are tokenised and decoded as in Python, special tokens added or not", () => {
    for (const row of golden.tokenizer) {
      const text = JSON.stringify(row.text);
      expect(tokenizer.encode(row.text), text).toEqual(row.ids);
      expect(tokenizer.encode(row.text, { special: true }), text).toEqual(row.idsWithSpecial);
      expect(tokenizer.decode(row.ids), text).toBe(row.decoded);
      expect(tokenizer.decode(row.ids, { special: false }), text).toBe(row.decodedWithoutSpecial);
    }
  });

  it("decode half characters as in Python", () => {
    for (const { ids, decoded } of golden.cutTexts) expect(tokenizer.decode(ids)).toBe(decoded);
  });

  it("say the bytes of each token, which together are the text; special tokens have none", () => {
    const specials = new Set(tokenizer.specials.values());
    for (const { ids, decodedWithoutSpecial } of golden.tokenizer) {
      const plain = ids.filter((id) => !specials.has(id));
      const bytes = Buffer.concat(plain.map((id) => tokenizer.bytesOf(id)!));
      expect(bytes.toString().trimStart()).toBe(decodedWithoutSpecial.trimStart());
    }
    for (const id of specials) expect(tokenizer.bytesOf(id)).toBeUndefined();
    expect(tokenizer.bytesOf(10 ** 6)).toBeUndefined();
  });

  it("stream to the same text token by token", () => {
    for (const { ids, decoded } of golden.tokenizer) {
      const stream = tokenizer.stream();
      expect(ids.map((id) => stream.push(id)).join("") + stream.finish()).toBe(decoded);
    }
  });

  it.each(golden.chat.map((chat) => [chat.name, chat.addGenerationPrompt, chat] as const))(
    "render as in transformers: %s (generation prompt: %s)",
    async (_name, generationPrompt, chat) => {
      const { tools, ...variables } = chat.arguments;
      const template = await readChatTemplate(folder, { hasTools: tools !== undefined });
      const render = () => template!.render(chat.messages, { generationPrompt, tools, variables });
      if (chat.refused === true) {
        expect(render).toThrow("CHAT_TEMPLATE_REFUSED");
        return;
      }
      expect(render()).toBe(chat.text);
      expect(tokenizer.encode(render())).toEqual(chat.ids);
    },
  );
});
