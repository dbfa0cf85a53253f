import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compileChatTemplate, readChatTemplate } from "./chat-template.ts";
import { chatml } from "./chatml.ts";
import type { JsonObject } from "../core/json.ts";

const golden = (name: string) =>
  readFileSync(new URL(`../../../../test/golden/text/${name}`, import.meta.url), "utf8");

const render = (source: string, variables: JsonObject = {}) =>
  compileChatTemplate(source, { now: () => new Date(2026, 0, 5, 9, 7, 3) }).render([], {
    variables,
  });

describe("our ChatML template", () => {
  it("renders as transformers renders it, tools and calls included", () => {
    expect(golden("chatml.jinja")).toBe(chatml);
    const rows = JSON.parse(golden("chatml.json")) as {
      messages: JsonObject[];
      tools: JsonObject[] | null;
      generationPrompt: boolean;
      text: string;
    }[];
    const template = compileChatTemplate(chatml);
    for (const { messages, tools, generationPrompt, text } of rows) {
      expect(template.render(messages, { generationPrompt, tools: tools ?? undefined })).toBe(text);
    }
  });
});

describe("a chat template", () => {
  it("has its blocks trimmed on both sides", () => {
    expect(render("a\n  {% if true %}\nb\n  {% endif %}\nc\n")).toBe("a\nb\nc");
  });

  it("writes JSON with Python's separators and without HTML escapes", () => {
    const value = { a: [1, "<é> & 'x'"], b: null };
    expect(render("{{ v | tojson }}", { v: value })).toBe(`{"a": [1, "<é> & 'x'"], "b": null}`);
    expect(render("{{ v | tojson(indent=2) }}", { v: { a: 1 } })).toBe('{\n  "a": 1\n}');
  });

  it("formats the time in English, whatever the machine speaks", () => {
    expect(render("{{ strftime_now('%d %b %Y, %A %B %-d %H:%M:%S %I%p %%') }}")).toBe(
      "05 Jan 2026, Monday January 5 09:07:03 09AM %",
    );
    expect(() => render("{{ strftime_now('%Q') }}")).toThrow(/CHAT_TEMPLATE_FAILED.*%Q/);
  });

  it("counts with range as Python does", () => {
    const source =
      "{% for i in range(3) %}{{ i }}{% endfor %}|{% for i in range(5, 0, -2) %}{{ i }}{% endfor %}";
    expect(render(source)).toBe("012|531");
  });

  it("sees the special tokens by name", () => {
    const template = compileChatTemplate("{{ bos_token }}x{{ eos_token }}", {
      specials: { bos_token: "<s>", eos_token: "</s>" },
    });
    expect(template.render([])).toBe("<s>x</s>");
  });

  it("refuses a conversation in its own words", () => {
    expect(() => render("{{ raise_exception('roles must alternate') }}")).toThrow(
      /CHAT_TEMPLATE_REFUSED: .*roles must alternate/,
    );
  });

  it("that is not Jinja is refused with its place", () => {
    expect(() => compileChatTemplate("{% if %}", { where: "here.jinja" })).toThrow(
      /CHAT_TEMPLATE_INVALID: here.jinja/,
    );
  });
});

async function inFolder(
  files: Readonly<Record<string, string | Uint8Array>>,
  work: (folder: string) => Promise<void>,
) {
  const folder = await mkdtemp(join(tmpdir(), "hone-template-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(join(folder, name, ".."), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe("the chat template of a folder", () => {
  it("has its Windows line ends read as line ends", async () => {
    const source =
      "{%- set word = 'x' -%}\r\n{% for m in messages %}\r\n{{ m.role }}:\r\n{{ m.content }};\r\n{% endfor %}\r\n";
    const messages = [
      { role: "user", content: "red" },
      { role: "assistant", content: "blue" },
    ];
    await inFolder({ "chat_template.jinja": source }, async (folder) => {
      const template = await readChatTemplate(folder);
      expect(template?.render(messages)).toBe("user:\nred;\nassistant:\nblue;\n");
    });
    expect(compileChatTemplate("a\rb\r\n").render([])).toBe("a\nb");
  });

  it("sees the special tokens of the older special_tokens_map.json, which win over the config's", async () => {
    const files = {
      "chat_template.jinja": "{{ bos_token }}|{{ eos_token }}|{{ image_token }}|{{ boi_token }}",
      "tokenizer_config.json": JSON.stringify({
        eos_token: "</s>",
        extra_special_tokens: { image_token: "<img>" },
      }),
      "special_tokens_map.json": JSON.stringify({
        bos_token: { content: "<s>" },
        eos_token: "<|end|>",
        boi_token: "<boi>",
      }),
    };
    await inFolder(files, async (folder) => {
      expect((await readChatTemplate(folder))?.render([])).toBe("<s>|<|end|>|<img>|<boi>");
      const config = JSON.stringify({ eos_token: "</s>", added_tokens_decoder: {} });
      await writeFile(join(folder, "tokenizer_config.json"), config);
      expect((await readChatTemplate(folder))?.render([])).toBe("|</s>||");
    });
  });

  it("may have further ones by name in files of their own", async () => {
    const files = {
      "chat_template.jinja": "plain",
      "additional_chat_templates/tool_use.jinja": "tools",
      "additional_chat_templates/rag.jinja": "rag",
    };
    await inFolder(files, async (folder) => {
      expect((await readChatTemplate(folder))?.render([])).toBe("plain");
      expect((await readChatTemplate(folder, { hasTools: true }))?.render([])).toBe("tools");
    });
  });

  it("that is alone is used whatever its name; of several the default is", async () => {
    const config = (...names: readonly string[]) => ({
      "tokenizer_config.json": JSON.stringify({
        chat_template: names.map((name) => ({ name, template: `of ${name}` })),
      }),
    });
    await inFolder(config("tool_use"), async (folder) => {
      expect((await readChatTemplate(folder))?.render([])).toBe("of tool_use");
    });
    await inFolder(config("rag", "tool_use"), async (folder) => {
      expect((await readChatTemplate(folder, { hasTools: true }))?.render([])).toBe("of tool_use");
      await expect(readChatTemplate(folder)).rejects.toMatchObject({
        code: "CHAT_TEMPLATE_AMBIGUOUS",
        facts: { folder, names: "rag, tool_use" },
      });
    });
  });

  it("that is not UTF-8 is refused by its name", async () => {
    const files = { "chat_template.jinja": Uint8Array.of(0x61, 0xff) };
    await inFolder(files, async (folder) => {
      await expect(readChatTemplate(folder)).rejects.toThrow(
        /TOKENIZER_INVALID.*chat_template.jinja/,
      );
    });
  });

  it("is looked for in its own file, then in tokenizer_config.json by name, then in the older file", async () => {
    const folder = await mkdtemp(join(tmpdir(), "hone-template-"));
    try {
      const text = async (hasTools = false) =>
        (await readChatTemplate(folder, { hasTools }))?.render([]);
      expect(await text()).toBeUndefined();
      await writeFile(join(folder, "chat_template.json"), '{"chat_template": "old"}');
      expect(await text()).toBe("old");
      const named = [
        { name: "default", template: "plain{{ bos_token }}" },
        { name: "tool_use", template: "tools" },
      ];
      const config = { chat_template: named, bos_token: { content: "<s>" } };
      await writeFile(join(folder, "tokenizer_config.json"), JSON.stringify(config));
      expect(await text()).toBe("plain<s>");
      expect(await text(true)).toBe("tools");
      await writeFile(join(folder, "chat_template.jinja"), "own{{ bos_token }}");
      expect(await text()).toBe("own<s>");
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
