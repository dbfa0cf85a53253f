import { mkdtemp, rm, writeFile } from "node:fs/promises";
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

describe("the chat template of a folder", () => {
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
