/** Forms of calls that are no JSON, at their edges. Whole conversations of each are in test/golden/tools. */
import { describe, expect, it } from "vitest";
import { compileChatTemplate } from "../chat-template.ts";
import { toolStyleOf } from "../tools/tool-style.ts";
import { attributeBody } from "./function-calls.ts";
import { gemmaBody, keyedBody, pythonBody } from "./literal-calls.ts";

const inJson = (calls: readonly { readonly name: string; readonly arguments: string }[]) =>
  calls.map(({ name, arguments: text }) => [name, JSON.parse(text) as unknown]);

describe("calls with literals of another notation", () => {
  it.each<[string, unknown]>([
    ["[f(a='it\\'s', b=\"q\\n\\u00e9\\x41\")]", [["f", { a: "it's", b: "q\né" + "A" }]]],
    [
      "[f(a=[1, -2.5, 'x'], b={'k': None, \"l\": [True, False]},), g()]",
      [
        ["f", { a: [1, -2.5, "x"], b: { k: null, l: [true, false] } }],
        ["g", {}],
      ],
    ],
    [
      "```python\nf(a=1)\nmy.g(b='2')\n```",
      [
        ["f", { a: 1 }],
        ["my.g", { b: "2" }],
      ],
    ],
  ])("Python: %s", (text, calls) => {
    expect(pythonBody.isWhole(text)).toBe(true);
    expect(inJson(pythonBody.read(text, undefined))).toEqual(calls);
  });

  it.each<[string, unknown]>([
    [
      'call:f{a:<|"|>it\'s "q" {x}, \\n<|"|>,n:-2,t:true}',
      ["f", { a: 'it\'s "q" {x}, \\n', n: -2, t: true }],
    ],
    ['call:f{o:{k:[1,<|"|>x<|"|>],e:{}},z:null}', ["f", { o: { k: [1, "x"], e: {} }, z: null }]],
    ["call:f{}", ["f", {}]],
    ['call:f{"a":"b"}', ["f", { a: "b" }]],
  ])("Gemma 4: %s", (text, call) => {
    expect(gemmaBody.isWhole(text)).toBe(true);
    expect(inJson(gemmaBody.read(text, undefined))).toEqual([call]);
  });

  it.each([
    [pythonBody, "[f(a='x"],
    [pythonBody, "[f(a=1) and more]"],
    [pythonBody, "[f(a=b())]"],
    [gemmaBody, 'call:f{a:<|"|>x'],
    [gemmaBody, "call:f{a:1} more"],
    [gemmaBody, "call:f{a:maybe}"],
  ])("keeps the text of one that is cut or malformed: %# %s", (body, text) => {
    expect(body.isWhole(text)).toBe(false);
    expect(body.read(text, undefined)).toEqual([{ name: "f", arguments: text }]);
  });

  it("keeps the text of one that is nested deeper than JSON may be", () => {
    const deep = "[".repeat(20_000);
    for (const [body, text] of [
      [pythonBody, `f(a=${deep}`],
      [gemmaBody, `call:f{a:${deep}`],
    ] as const)
      expect(body.read(text, undefined)).toEqual([{ name: "f", arguments: text }]);
    const nested = `f(a=${"[".repeat(400)}${"]".repeat(400)})`;
    expect(pythonBody.isWhole(nested)).toBe(true);
  });

  it("reads names that are keys", () => {
    const text = '[{"f": {"a": 1}}, {"g": {}}]';
    expect(inJson(keyedBody.read(text, undefined))).toEqual([
      ["f", { a: 1 }],
      ["g", {}],
    ]);
    expect(keyedBody.read('[{"f": {"a": ', undefined)[0]).toMatchObject({ name: "f" });
    expect(keyedBody.read("[1]", undefined)).toEqual([{ name: "", arguments: "1" }]);
  });

  it("reads names that are attributes: what is a text is said, or the schema says it", () => {
    const body = attributeBody({ call: "x:invoke", value: "x:parameter" });
    const value = (key: string, more: string, text: string): string =>
      `<x:parameter name="${key}"${more}>${text}</x:parameter>\n`;
    const values = [
      value("a", ' string="true"', "\n12"),
      value("b", ' string="false"', '{"c": [1]}'),
      value("d", "", "12"),
      value("e", "", "12"),
    ];
    const call = `<x:invoke name="f">\n${values.join("")}</x:invoke>`;
    const schema = { type: "object", properties: { d: { type: "string" } } };
    const tools = JSON.stringify([
      { type: "function", function: { name: "f", parameters: schema } },
    ]);
    expect(inJson(body.read(`${call}\n${call}`, tools))).toEqual(
      Array.from({ length: 2 }, () => ["f", { a: "\n12", b: { c: [1] }, d: "12", e: 12 }]),
    );
    const cut = call.slice(0, 60);
    expect(body.isWhole(cut)).toBe(false);
    expect(body.read(cut, tools)[0]!.arguments).not.toMatch(/^\{/u);
  });
});

it("the end of a turn does not begin within a mark that calls and words share the end of", () => {
  const template = compileChatTemplate(
    "{% for m in messages %}{% if m.role == 'user' %}<|U|>{{ m.content }}{% elif m.tool_calls %}<|A|><|START_ACTION|>" +
      "[{% for c in m.tool_calls %}{{ '' if loop.first else ', ' }}{{ c.function | tojson }}{% endfor %}]<|END_ACTION|><|E|>" +
      "{% else %}<|A|>{{ m.content }}<|END_TEXT|><|E|>{% endif %}{% endfor %}" +
      "{% if add_generation_prompt %}<|A|>{% endif %}{% if tools %}{{ tools | tojson }}{% endif %}",
  );
  const { form } = toolStyleOf(template);
  const said = '<|START_ACTION|>[{"name": "f", "arguments": {}}]<|END_ACTION|> more';
  expect(form!(said, { isPartial: false })).toEqual({
    content: " more",
    calls: [{ name: "f", arguments: "{}" }],
  });
});
