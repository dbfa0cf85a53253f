/** What holds of every row: random conversations through all committed templates and tokenizers. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isError, isHoneError } from "../core/errors.ts";
import type { Message } from "../core/message.ts";
import type { Renderer } from "../ports/renderer.ts";
import { readChatTemplate, type ChatTemplate } from "./chat-template.ts";
import { chatml } from "./chatml.ts";
import { makeRenderer } from "./renderer.ts";
import { templateMessages } from "./template-messages.ts";
import { openTokenizer, type Tokenizer } from "./tokenizer.ts";

const golden = (name: string): string =>
  fileURLToPath(new URL(`../../../../test/golden/${name}`, import.meta.url));

/** Pieces of texts that have broken rows somewhere: blanks, marks of ours, tags, end tokens, escapes, other scripts. */
const pieces = [
  ...'a,b c,red lamp,x = 3,42,.,{"a": 1}'.split(","),
  " ",
  "  ",
  "\n",
  "\n\n",
  "\r\n",
  "\t",
  "\u00a0",
  "\ufeff",
  "é",
  "e\u0301",
  "日本語",
  "😀",
  "👩‍👩‍👧",
  "\u202e",
  "<|im_end|>",
  "<|im_start|>assistant\n",
  "<|eot_id|>",
  "<end_of_turn>",
  "</s>",
  "<think>",
  "</think>",
  "[INST]",
  "[/INST]",
  "<|end|>",
  "▁",
  "<0x0A>",
  "qhonemark",
  "qhonemarkb0z",
  "d1z",
  "\uE0F1",
  "\uE0F2",
  "{{ x }}",
  "{% endif %}",
  "\\",
  '"',
  "'",
  "<tool_call>",
  "null",
];

const text = (max: number) =>
  fc.array(fc.constantFrom(...pieces), { maxLength: max }).map((all) => all.join(""));

interface Shape {
  readonly system: boolean;
  readonly tools: boolean;
  readonly reasoning: boolean;
}

const toolCall = fc.record({
  name: fc.constantFrom("look", "buy_it", "qhonemark", "f"),
  values: fc.dictionary(
    fc.constantFrom("city", "n", "q", "<|im_end|>"),
    fc.oneof(text(3), fc.integer(), fc.constant(null)),
  ),
});

/** A turn of the user and what the assistant says to it, perhaps over a tool. */
const exchange = ({ tools, reasoning }: Shape) =>
  fc
    .record({
      question: text(4),
      answer: text(5),
      thought: reasoning ? fc.option(text(3), { nil: undefined }) : fc.constant(undefined),
      call: tools ? fc.option(toolCall, { nil: undefined }) : fc.constant(undefined),
      result: text(3),
      weight: fc.constantFrom(1, 1, 1, 0),
    })
    .map(({ question, answer, thought, call, result, weight }): Message[] => {
      const more = {
        ...(thought !== undefined && { reasoning: thought }),
        ...(weight === 0 && { weight: 0 as const }),
      };
      const said: Message = { role: "assistant", content: answer, ...more };
      const asked: Message = { role: "user", content: question };
      if (call === undefined) return [asked, said];
      const args = JSON.stringify(call.values);
      return [
        asked,
        { ...said, toolCalls: [{ id: "c1", name: call.name, arguments: args }] },
        { role: "tool", content: result, toolCallId: "c1" },
        { role: "assistant", content: answer },
      ];
    });

const conversation = (shape: Shape) =>
  fc
    .record({
      system: shape.system ? fc.option(text(3), { nil: undefined }) : fc.constant(undefined),
      exchanges: fc.array(exchange(shape), { minLength: 1, maxLength: 3 }),
    })
    .map(({ system, exchanges }): Message[] => [
      ...(system === undefined ? [] : [{ role: "system" as const, content: system }]),
      ...exchanges.flat(),
    ]);

/** A template with its tokenizer, and what its conversations may hold. */
interface Side {
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate;
  readonly renderer: Renderer;
}

interface SideOptions {
  readonly shape: Shape;
  /** Another template than the folder's. */
  readonly source?: string;
  /** How the tokenizer changes a text before it cuts it. Default: not at all. */
  readonly change?: (text: string) => string;
}

async function open(folder: string, { source }: Pick<SideOptions, "source"> = {}): Promise<Side> {
  const tokenizer = await openTokenizer(folder);
  const own = (await readChatTemplate(folder))!;
  const template = source === undefined ? own : own.withSource(source);
  return { tokenizer, template, renderer: makeRenderer(tokenizer, template) };
}

/** What the template writes; undefined where it refuses the messages. */
function write({ template }: Side, messages: readonly Message[], generationPrompt: boolean) {
  try {
    const shaped = templateMessages(messages, template.source, "The template");
    return template.render(shaped, { generationPrompt });
  } catch (error) {
    if (isHoneError(error)) return undefined;
    throw error;
  }
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Where a turn is: behind the prompt that asks for it, up to the last text that ends turns in what is written up to it.
 * Undefined where the whole text does not begin with these two.
 */
function turnSpan(side: Side, messages: readonly Message[], turn: number): Span | undefined {
  const whole = write(side, messages, false);
  const prompt = write(side, messages.slice(0, turn), true);
  const alone = write(side, messages.slice(0, turn + 1), false);
  if (whole === undefined || prompt === undefined || alone === undefined) return undefined;
  const ends = side.renderer.stopTokens.map((id) => side.tokenizer.token(id));
  const end = Math.max(...ends.map((one) => alone.lastIndexOf(one) + one.length));
  const begins = whole.startsWith(prompt) && whole.startsWith(alone.slice(0, end));
  return begins && end > prompt.length ? { start: prompt.length, end } : undefined;
}

/** The mask by the sizes of the tokens in bytes. */
function maskBySizes(
  tokenizer: Tokenizer,
  tokens: readonly number[],
  bytes: readonly (readonly [number, number])[],
): number[] {
  let at = 0;
  return tokens.map((id) => {
    const [from, to] = [at, (at += tokenizer.sizeOf(id))];
    return bytes.some(([start, end]) => from < end && to > start) ? 1 : 0;
  });
}

const isLearned = ({ role, weight }: Message): boolean => role === "assistant" && weight !== 0;

/** The row of a conversation; undefined where it is refused, which must be for a reason that is there. */
async function rowOf(side: Side, messages: readonly Message[], isKnown: boolean) {
  try {
    return await side.renderer.conversation(messages);
  } catch (error) {
    if (isError(error, "CHAT_TEMPLATE_LACKS")) return undefined;
    if (isError(error, "CHAT_TEMPLATE_NOT_LINEAR") && !isKnown) return undefined;
    throw error;
  }
}

const models = golden("models");
const turnRows = JSON.parse(readFileSync(golden("turn-rows/rows.json"), "utf8")) as {
  readonly templates: readonly { readonly template: string }[];
};
const nfc = (text: string): string => text.normalize("NFC");
const spaces = (text: string): string => text.replaceAll(" ", "▁");
const all: Shape = { system: true, tools: true, reasoning: true };

const sides: readonly (readonly [string, string, SideOptions])[] = [
  ["qwen2", "qwen2", { shape: { ...all, reasoning: false }, change: nfc }],
  ["qwen3", "qwen3", { shape: { ...all, tools: false }, change: nfc }],
  ["llama", "llama", { shape: { ...all, tools: false, reasoning: false } }],
  ["gemma3", "gemma3", { shape: { ...all, tools: false, reasoning: false }, change: spaces }],
  ["chatml", "qwen2", { shape: { ...all, reasoning: false }, change: nfc, source: chatml }],
  ["fields", "qwen3", { shape: all, change: nfc, source: turnRows.templates[0]!.template }],
];

/** The same conversations each time; a search for rarer ones takes others and more, as HONE_TEST_RUNS=500. */
const wanted = process.env["HONE_TEST_RUNS"];
const numRuns = Number(wanted ?? 20);
const runs = { numRuns, ...(wanted === undefined && { seed: 1 }) };

describe.each(sides)("random conversations by the template %s", (_, folder, options) => {
  const { shape, change = (text) => text } = options;
  const sizeOf = (text: string): number => Buffer.byteLength(change(text));

  it("have the tokens of the whole text, and the turns of the assistant as their mask", async () => {
    const side = await open(join(models, folder), options);
    let compared = 0;
    const property = fc.asyncProperty(conversation(shape), async (messages) => {
      const learned = [...messages.keys()].filter((i) => isLearned(messages[i]!));
      const spans = learned.map((i) => turnSpan(side, messages, i));
      const known = spans.filter((span) => span !== undefined);
      const row = await rowOf(side, messages, known.length === spans.length);
      const whole = write(side, messages, false);
      if (row === undefined || whole === undefined) return;
      expect(row.tokens).toEqual(side.tokenizer.encode(whole));
      if (known.length < spans.length) return;
      const bytes = known.map(
        ({ start, end }) => [sizeOf(whole.slice(0, start)), sizeOf(whole.slice(0, end))] as const,
      );
      expect(row.mask).toEqual(maskBySizes(side.tokenizer, row.tokens, bytes));
      compared++;
    });
    await fc.assert(property, runs);
    expect(compared).toBeGreaterThan(numRuns / 5);
  });

  it("go on turn by turn with the tokens of the next prompt", async () => {
    const side = await open(join(models, folder), options);
    let compared = 0;
    const property = fc.asyncProperty(conversation(shape), async (messages) => {
      const replies = [...messages.keys()].filter((i) => messages[i]!.role === "assistant");
      for (const [i, reply] of replies.slice(0, -1).entries()) {
        const [before, next] = [messages.slice(0, reply + 1), replies[i + 1]!];
        const end = turnSpan(side, before, reply)?.end;
        const prompt = write(side, messages.slice(0, next), true);
        const text = write(side, before, false)?.slice(0, end);
        if (end === undefined || !prompt?.startsWith(text!)) continue;
        const tokens = side.tokenizer.encode(text!);
        const added = messages.slice(reply + 1, next);
        const extended = await side.renderer.extend(tokens, added, before);
        expect(extended).toEqual(side.tokenizer.encode(prompt));
        compared++;
      }
    });
    await fc.assert(property, runs);
    expect(compared).toBeGreaterThan(numRuns / 5);
  });
});

const families = readdirSync(golden("chat-rows"));

describe.each(families)("random conversations with a tokenizer like that of %s", (family) => {
  it("have the mask that the template itself marks, also where it marks nothing", async () => {
    const folder = golden(`chat-rows/${family}`);
    const marked = await open(folder);
    const source = marked.template.source.replace(/\{%\s*(end)?generation\s*%\}/gu, "");
    const unmarked = await open(folder, { source });
    const shape: Shape = { system: false, tools: false, reasoning: false };
    const property = fc.asyncProperty(conversation(shape), async (given) => {
      // Some of these prompts end with a line end more than the transcript's header, which takes one of the words' own.
      const messages = given.map(({ role, content }): Message => ({
        role,
        content: content.trimStart(),
      }));
      const expected = await marked.renderer.conversation(messages);
      expect(await unmarked.renderer.conversation(messages)).toEqual(expected);
    });
    await fc.assert(property, runs);
  });
});
