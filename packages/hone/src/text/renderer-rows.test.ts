/** Rows of supervised learning against those of Python's `transformers`. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Message } from "../core/message.ts";
import { readChatTemplate } from "./chat-template.ts";
import { makeRenderer, openRenderer } from "./renderer.ts";
import { openTokenizer } from "./tokenizer.ts";

const place = (name: string): string =>
  fileURLToPath(new URL(`../../../../test/golden/rendered/${name}`, import.meta.url));
const read = (name: string, file: string): unknown =>
  JSON.parse(readFileSync(`${place(name)}/${file}`, "utf8"));

interface Row {
  readonly tokens: readonly number[];
  readonly mask: readonly number[];
}

describe("a row has the tokens and the mask of transformers", () => {
  it.each(["prepended-space", "end-token-in-words"])("%s", async (name) => {
    const { messages } = read(name, "input.json") as { messages: Message[] };
    const { tokens, mask } = read(name, "expected.json") as Row;
    const renderer = await openRenderer(place(name));
    expect(await renderer.conversation(messages)).toEqual({ tokens, mask });
  });
});

describe("the turn behind a tool's result", () => {
  it("is found although the template leaves out words beside a call", async () => {
    const name = "calls-without-words";
    const input = read(name, "input.json") as {
      readonly first: Message[];
      readonly sampled_text: string;
      readonly added: Message[];
    };
    const { text_after_the_sampled_turn: expected } = read(name, "expected.json") as {
      readonly text_after_the_sampled_turn: string;
    };
    const renderer = await openRenderer(place(name));
    const sampled = await renderer.encode(input.sampled_text);
    const before = [...(await renderer.prompt(input.first)), ...sampled];
    const toolCalls = [{ id: "c1", name: "buy", arguments: "{}" }];
    const reply: Message = { role: "assistant", content: "", toolCalls };
    for (const conversation of [undefined, [...input.first, reply]]) {
      const next = await renderer.extend(before, input.added, conversation);
      expect(next.slice(0, before.length)).toEqual(before);
      expect(await renderer.decode(next.slice(before.length))).toBe(expected);
    }
  });
});

describe("what a template leaves out", () => {
  it("is an error when it is the reasoning that a row should teach", async () => {
    const name = "reasoning-left-out";
    const { messages } = read(name, "input.json") as { messages: Message[] };
    const renderer = await openRenderer(place(name));
    await expect(renderer.conversation(messages)).rejects.toMatchObject({
      code: "CHAT_TEMPLATE_LACKS",
      facts: { feature: "reasoning", message: 1 },
    });
  });
});

interface PythonRow extends Row {
  readonly messages: readonly Message[];
  /** The prompt before the last message. */
  readonly prompt: readonly number[];
}

const families =
  "gemma llama2 metaspace-first metaspace-split mistral-legacy phi3 tinyllama unigram";

describe.each(families.split(" "))("conversations with a tokenizer like that of %s", (family) => {
  const folder = place(`../chat-rows/${family}`);
  const rows = JSON.parse(readFileSync(`${folder}/rows.json`, "utf8")) as PythonRow[];

  it("have the tokens and masks of transformers, whether or not the template marks what is said", async () => {
    const [tokenizer, template] = await Promise.all([
      openTokenizer(folder),
      readChatTemplate(folder),
    ]);
    const unmarked = template!.source.replace(/\{%\s*(end)?generation\s*%\}/gu, "");
    for (const source of [template!.source, unmarked]) {
      const renderer = makeRenderer(tokenizer, template!.withSource(source));
      for (const { messages, tokens, mask, prompt } of rows) {
        expect(await renderer.conversation(messages)).toEqual({ tokens, mask });
        expect(await renderer.prompt(messages.slice(0, -1))).toEqual(prompt);
      }
    }
  });

  it("have Python's tokens of spaces, however many there are", async () => {
    const texts = JSON.parse(readFileSync(`${folder}/spaces.json`, "utf8")) as [string, number[]][];
    const tokenizer = await openTokenizer(folder);
    expect(texts.map(([text]) => [text, tokenizer.encode(text)])).toEqual(texts);
  });

  it("go on with the tokens of the whole text, behind the very tokens that were sampled", async () => {
    const renderer = await openRenderer(folder);
    for (const { messages } of rows) {
      for (let k = 2; k < messages.length; k += 2) {
        const before = messages.slice(0, k);
        const { tokens } = await renderer.conversation(before);
        const end = tokens.findLastIndex((id) => renderer.stopTokens.includes(id)) + 1;
        const next = await renderer.extend(tokens.slice(0, end), [messages[k]!], before);
        expect(next).toEqual(await renderer.prompt(messages.slice(0, k + 1)));
      }
    }
  });
});

describe("arguments of tool calls", () => {
  const toolCalls = [{ id: "c1", name: "divide", arguments: '{"by": 3.0}' }];
  const call = { id: "c1", type: "function", function: { name: "divide" } };
  const written = (given: unknown): string =>
    JSON.stringify({
      role: "assistant",
      content: "",
      tool_calls: [{ ...call, function: { name: "divide", arguments: given } }],
    });
  const ask: Message = { role: "user", content: "q" };
  const said: Message = { role: "assistant", content: "", toolCalls };

  // Texts of jinja2 for the form that it can write; for the other one it raises a TypeError.
  it.each([
    ["text", "{{ ': ' + c.function.arguments }}", 'divide: {"by": 3.0}'],
    [
      "values",
      "{% for k, v in c.function.arguments | items %}{{ k }}={{ v }}{% endfor %}",
      "by=3.0",
    ],
  ])("reach a template that can write only %s in that form", async (_, part, expected) => {
    const source = `{% for m in messages %}<|im_start|>{{ m.role }} {{ m.content }}{% for c in m.tool_calls or [] %}{{ c.function.name }}${part}{% endfor %}<|im_end|>{% endfor %}`;
    const folder = place("end-token-in-words");
    const template = (await readChatTemplate(folder))!.withSource(source);
    const renderer = makeRenderer(await openTokenizer(folder), template);
    const forms = [
      said,
      ...['{"by": 3.0}', { by: 3 }].map((given) => ({ ...said, written: written(given) })),
    ];
    for (const message of forms) {
      const { tokens } = await renderer.conversation([ask, message]);
      expect(await renderer.decode(tokens)).toContain(expected);
    }
  });
});
