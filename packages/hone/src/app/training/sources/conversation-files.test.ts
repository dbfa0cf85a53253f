/** The common chat files reach a chat template as Python's apply_chat_template gets them; test/golden says how it was made. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { conversationSettings } from "../../../core/message.ts";
import type { Renderer } from "../../../ports/renderer.ts";
import { trainTokenizer } from "../../../text/bpe-trainer.ts";
import { compileChatTemplate } from "../../../text/chat-template.ts";
import { chatmlSpecials } from "../../../text/chatml.ts";
import { makeRenderer } from "../../../text/renderer.ts";
import { makeTokenizer } from "../../../text/tokenizer.ts";
import { type Conversation, readConversations } from "../../../data/conversations.ts";

const golden = (name: string): string =>
  fileURLToPath(
    new URL(`../../../../../../test/golden/conversation-files/${name}`, import.meta.url),
  );

const expected = JSON.parse(readFileSync(golden("expected.json"), "utf8")) as Record<
  string,
  readonly string[]
>;

let renderer: Renderer;
beforeAll(async () => {
  const json = trainTokenizer({
    texts: ["user assistant tool"],
    vocabularySize: 300,
    specials: chatmlSpecials,
  });
  const config = { eos_token: "<|im_end|>" };
  const tokenizer = await makeTokenizer({ file: "trained", tokenizer: json, config });
  const source = readFileSync(golden("shows-values.jinja"), "utf8");
  renderer = makeRenderer(tokenizer, compileChatTemplate(source));
});

const render = (one: Conversation) =>
  renderer.conversation(one.messages, conversationSettings(one));

describe.each(Object.keys(expected))("%s", (name) => {
  it.each(expected[name]!.map((text, i) => [i, text] as const))(
    "reaches the template as in Python: conversation %i",
    async (i, text) => {
      const { conversations } = await readConversations(golden(name));
      expect(conversations).toHaveLength(expected[name]!.length);
      const { tokens } = await render(conversations[i]!);
      expect(await renderer.decode(tokens)).toBe(text);
    },
  );
});

describe("what is learned of a file", () => {
  const learned = async (name: string, index: number): Promise<string> => {
    const { conversations } = await readConversations(golden(name));
    const { tokens, mask } = await render(conversations[index]!);
    return renderer.decode(tokens.filter((_, i) => mask[i] === 1));
  };

  it("leaves out messages of weight 0", async () => {
    expect(await learned("openai.jsonl", 1)).toBe("green<|im_end|>");
  });

  it("is the completion of a prompt, whose own replies are context", async () => {
    expect(await learned("trl.jsonl", 0)).toBe("four<|im_end|>");
  });

  it("is the chosen answer of a pair; the rejected one is handed over apart", async () => {
    expect(await learned("trl.jsonl", 1)).toBe("blue<|im_end|>");
    const { conversations } = await readConversations(golden("trl.jsonl"));
    expect(conversations[1]!.rejected?.at(-1)?.content).toBe("green");
  });
});
