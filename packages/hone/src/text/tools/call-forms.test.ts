/**
 * What every form of tool calls holds: a call that was cut never looks like another one that is whole, and arguments may hold the
 * marks of their own form. The forms are those of the templates in test/golden/tools, and of two more.
 */
import { describe, expect, it } from "vitest";
import { type ChatTemplate, compileChatTemplate } from "../chat-template.ts";
import { type JsonObject, parsedObject } from "../../core/json.ts";
import type { CallForm } from "../reply/call-form.ts";
import { toolFamilies } from "./golden-tools-fixture.ts";
import { toolStyleOf } from "./tool-style.ts";

/** A template that writes the calls of a turn so. */
const template = (call: string): string =>
  "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{% for c in m.tool_calls or [] %}{% set f = c.function %}" +
  `${call}{% endfor %}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}{{ tools | tojson }}`;

const families: readonly {
  readonly family: string;
  readonly source: string;
  readonly specials?: Readonly<Record<string, string>>;
}[] = [
  ...toolFamilies.map(({ family, golden: { template: source, specials } }) => ({
    family,
    source,
    specials,
  })),
  {
    family: "calls without marks around them",
    source: template(
      '<invoke name="{{ f.name }}">\n{% for k, v in f.arguments.items() %}<parameter name="{{ k }}">' +
        "{{ v if v is string else v | tojson }}</parameter>\n{% endfor %}</invoke>",
    ),
  },
  {
    family: "names in tags with JSON",
    source: template("<function={{ f.name }}>{{ f.arguments | tojson }}</function>"),
  },
];

const named = (name: string, keys: Readonly<Record<string, string>>) => ({
  type: "function",
  function: {
    name,
    description: "does it",
    parameters: {
      type: "object",
      properties: Object.fromEntries(
        Object.entries(keys).map(([key, type]) => [key, { type, description: key }]),
      ),
    },
  },
});
const tools = [named("write", { text: "string", n: "integer" }), named("wait", {})];

/** Two calls as the family's template writes them, and how they are read. */
function openForm(source: string, specials: Readonly<Record<string, string>> = {}) {
  const compiled: ChatTemplate = compileChatTemplate(source, { specials });
  const { form, writesCalls, takesTexts } = toolStyleOf(compiled);
  const written = (calls: readonly (readonly [string, JsonObject])[]): string | undefined => {
    const question = { role: "user", content: "question" };
    const tool_calls = calls.map(([name, values], i) => ({
      id: `callaaaa${i}`,
      type: "function",
      function: { name, arguments: takesTexts ? JSON.stringify(values) : values },
    }));
    const render = (message: JsonObject): string =>
      compiled.render([question, message as { role: string }], { tools, generationPrompt: false });
    try {
      const all = render({ role: "assistant", content: "", tool_calls });
      const plain = render({ role: "assistant", content: "WORDS" });
      const [head, tail] = plain.split("WORDS") as [string, string];
      const start = all.startsWith(head) ? head.length : head.trimEnd().length;
      return all.slice(start, all.length - tail.length);
    } catch {
      return undefined;
    }
  };
  return { form: form!, written, writesCalls };
}

/** The calls of a text, with arguments that are read; undefined for those that are marked as cut by being no JSON. */
const callsIn = (form: CallForm, text: string) =>
  form(text, { isPartial: false, tools: JSON.stringify(tools) }).calls.map(
    ({ name, arguments: values }) => ({ name, values: parsedObject(values) }),
  );

const kinds = families.flatMap(({ family, source, specials }) => {
  const opened = openForm(source, specials);
  return opened.writesCalls ? [{ family, ...opened }] : [];
});

describe.each(kinds)("calls in the manner of $family", ({ form, written }) => {
  const first = ["write", { text: "one } line", n: 12 }] as const;
  const two = written([first, ["wait", {}]]);
  const both = two ?? written([first])!;

  it("are never others than those written, wherever the text is cut", () => {
    const whole = callsIn(form, both);
    expect(whole).toEqual(
      [first, ...(two === undefined ? [] : [["wait", {}] as const])].map(([name, values]) => ({
        name,
        values,
      })),
    );
    for (let length = 0; length < both.length; length++) {
      callsIn(form, both.slice(0, length)).forEach(({ name, values }, i) => {
        const cut = JSON.stringify(both.slice(0, length));
        if (values !== undefined) expect({ name, values }, cut).toEqual(whole[i]);
      });
    }
  });

  it("hold the marks of their own form in a text", () => {
    const marks = new Set(both.match(/<[^<>\s]+(?: name="\w+")?>|\[[A-Z_]+\]/gu));
    // Gemma 4 does not escape the mark that it writes around texts.
    marks.delete('<|"|>');
    for (const mark of marks) {
      const values = { text: `a ${mark} b`, n: 12 };
      const text = written([["write", values]])!;
      expect(callsIn(form, text), text).toEqual([{ name: "write", values }]);
      for (let length = 0; length < text.length; length++) {
        for (const call of callsIn(form, text.slice(0, length))) {
          if (call.values !== undefined)
            expect(call, text.slice(0, length)).toEqual({ name: "write", values });
        }
      }
    }
  });
});

it("keeps the words behind and between calls whose names stand in tags", () => {
  const { form } = openForm(families.at(-1)!.source);
  const text = 'a <function=f>{"x": 1}</function> b <function=g>{}</function> c';
  expect(form(text, { isPartial: false })).toEqual({
    content: "a b c",
    calls: [
      { name: "f", arguments: '{"x": 1}' },
      { name: "g", arguments: "{}" },
    ],
  });
  for (let length = 0; length < text.length; length++) {
    const part = form(text.slice(0, length), { isPartial: true });
    expect("a b c".startsWith(part.content), part.content).toBe(true);
  }
});
