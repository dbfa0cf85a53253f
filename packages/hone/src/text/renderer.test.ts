import { fileURLToPath } from "node:url";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Message } from "../core/message.ts";
import type { Renderer } from "../ports/renderer.ts";
import { trainTokenizer } from "./bpe-trainer.ts";
import { compileChatTemplate } from "./chat-template.ts";
import { chatml, chatmlSpecials } from "./chatml.ts";
import { makeRenderer, openRenderer } from "./renderer.ts";
import { makeTokenizer, type Tokenizer } from "./tokenizer.ts";

const system: Message = { role: "system", content: "Be brief." };
const question: Message = { role: "user", content: "3x + 7 = 16?" };
const answer: Message = { role: "assistant", content: "x = 3" };
const thanks: Message = { role: "user", content: "And 5x = 10?" };
const second: Message = { role: "assistant", content: "\nx = 2" };
const third: Message = { role: "assistant", content: "x = 2" };

let tokenizer: Tokenizer;
let renderer: Renderer;
beforeAll(async () => {
  const json = trainTokenizer({
    texts: ["user assistant system x = 3, \n\n x = 2 answer"],
    vocabularySize: 320,
    specials: chatmlSpecials,
  });
  tokenizer = await makeTokenizer({
    file: "trained",
    tokenizer: json,
    config: { eos_token: "<|im_end|>" },
  });
  renderer = makeRenderer(tokenizer, compileChatTemplate(chatml));
});

const said = async (r: Renderer, messages: readonly Message[]) => {
  const { tokens, mask } = await r.conversation(messages);
  expect(mask).toHaveLength(tokens.length);
  const runs: string[] = [];
  for (let i = 0; i < tokens.length; i++) {
    if (mask[i] !== 1) continue;
    let end = i;
    while (mask[end] === 1) end++;
    runs.push(await r.decode(tokens.slice(i, end)));
    i = end;
  }
  return runs;
};

describe("a renderer over ChatML", () => {
  it("ends a prompt where the assistant speaks", async () => {
    expect(await renderer.decode(await renderer.prompt([system, question]))).toBe(
      "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n3x + 7 = 16?<|im_end|>\n<|im_start|>assistant\n",
    );
  });

  it("stops at the end of a turn", () => {
    expect(renderer.stopTokens).toEqual([tokenizer.idOf("<|im_end|>")]);
  });

  it("marks what the assistant says, with its end of turn, and nothing else", async () => {
    expect(await said(renderer, [system, question, answer, thanks, third])).toEqual([
      "x = 3<|im_end|>",
      "x = 2<|im_end|>",
    ]);
  });

  it("tokenises the whole text, and marks a token that holds both the header and what is said", async () => {
    // "\n\n" is one token in this vocabulary; the header ends with the first "\n", and the reply starts with the second.
    expect(tokenizer.encode("\n\n")).toHaveLength(1);
    const { tokens } = await renderer.conversation([system, question, second]);
    expect(tokens).toEqual(tokenizer.encode(await renderer.decode(tokens)));
    expect(await said(renderer, [system, question, second])).toEqual(["\n\nx = 2<|im_end|>"]);
  });

  it("marks nothing where the assistant is silent", async () => {
    const { mask } = await renderer.conversation([system, question]);
    expect(mask.every((m) => m === 0)).toBe(true);
  });

  it("cuts a conversation into the tokens that rollouts have: prompt, reply, next prompt, reply", async () => {
    const sampled = [...(await renderer.encode("x = 3")), ...renderer.stopTokens];
    const first = await renderer.prompt([system, question]);
    const next = await renderer.extend([...first, ...sampled], [thanks]);
    const tokens = [...next, ...(await renderer.encode("x = 2")), ...renderer.stopTokens];
    const whole = await renderer.conversation([system, question, answer, thanks, third]);
    expect(whole.tokens).toEqual([...tokens, ...(await renderer.encode("\n"))]);
  });

  it("extends a prompt by the very tokens sampled, however oddly they were chosen", async () => {
    const prompt = await renderer.prompt([question]);
    const odd = [...Buffer.from("x = 3")].map((byte) =>
      tokenizer.idOf(byte === 32 ? "Ġ" : String.fromCharCode(byte))!,
    );
    expect(odd).not.toEqual(await renderer.encode("x = 3"));
    const previous = [...prompt, ...odd, ...renderer.stopTokens];
    const next = await renderer.extend(previous, [thanks]);
    expect(next.slice(0, previous.length)).toEqual(previous);
    expect(await renderer.decode(next)).toBe(
      await renderer.decode(await renderer.prompt([question, answer, thanks])),
    );
  });

  it("ends the turn for a reply that was cut off", async () => {
    const prompt = await renderer.prompt([question]);
    const cut = await renderer.encode("x =");
    const next = await renderer.extend([...prompt, ...cut], [thanks]);
    const glue = await renderer.decode(next.slice(prompt.length + cut.length));
    expect(glue).toBe(
      "<|im_end|>\n<|im_start|>user\nAnd 5x = 10?<|im_end|>\n<|im_start|>assistant\n",
    );
  });

  it("reads a reply back as the message it was", async () => {
    const tokens = [...(await renderer.encode("x = 3")), ...renderer.stopTokens];
    expect(await renderer.parse(tokens)).toEqual(answer);
  });

  it("writes and reads tool calls, arguments as the model wrote them", async () => {
    const call: Message = {
      role: "assistant",
      content: "I divide.",
      toolCalls: [{ id: "c1", name: "divide", arguments: '{"by": 3}' }],
    };
    const result: Message = { role: "tool", content: "x = 3", toolCallId: "c1" };
    const tools = '[{"type": "function", "function": {"name": "divide"}}]';
    const withTools = makeRenderer(tokenizer, compileChatTemplate(chatml), { tools });
    const { tokens, mask } = await withTools.conversation([system, question, call]);
    expect(await withTools.decode(tokens)).toContain(
      'Tools:\n{"type": "function", "function": {"name": "divide"}}\n',
    );
    const reply = tokens.filter((_, i) => mask[i] === 1);
    const parsed = await withTools.parse(reply);
    expect(parsed).toMatchObject({
      content: "I divide.",
      toolCalls: [{ name: "divide", arguments: '{"by": 3}' }],
    });
    const next = await withTools.extend(
      [...(await withTools.prompt([system, question])), ...reply],
      [result],
    );
    expect(next).toEqual(await withTools.prompt([system, question, call, result]));
  });

  it("refuses reasoning, which ChatML has no place for", async () => {
    const thought: Message = { ...answer, reasoning: "9 / 3" };
    await expect(renderer.prompt([question, thought])).rejects.toMatchObject({
      code: "CHAT_TEMPLATE_LACKS",
    });
  });
});

describe.each(["qwen2", "qwen3", "llama", "gemma3"])(
  "a renderer over the files of %s",
  (family) => {
    const folder = fileURLToPath(
      new URL(`../../../../test/golden/models/${family}`, import.meta.url),
    );
    const end = {
      qwen2: "<|im_end|>",
      qwen3: "<|im_end|>",
      llama: "<|eot_id|>",
      gemma3: "<end_of_turn>",
    }[family]!;

    it("extends to the prompt that the template renders, and marks the replies", async () => {
      const opened = await openRenderer(folder);
      const prompt = await opened.prompt([question]);
      const reply = [...(await opened.encode("x = 3")), opened.stopTokens[0]!];
      expect(await opened.decode(reply)).toBe(`x = 3${end}`);
      const next = await opened.extend([...prompt, ...reply], [thanks]);
      expect(next).toEqual(await opened.prompt([question, answer, thanks]));
      expect(await said(opened, [question, answer, thanks, third])).toEqual([
        `x = 3${end}`,
        `x = 2${end}`,
      ]);
      expect(await opened.parse(reply)).toEqual(answer);
    });

    it("lists the stop tokens of generation_config.json too", async () => {
      const opened = await openRenderer(folder);
      expect(opened.stopTokens.length).toBeGreaterThan(1);
    });
  },
);

describe("templates that rewrite history", () => {
  it("marks replies although the prompt says more than the transcript", async () => {
    const folder = fileURLToPath(new URL("../../../../test/golden/models/qwen3", import.meta.url));
    const quiet = await openRenderer(folder, { variables: { enable_thinking: false } });
    expect(await said(quiet, [question, answer])).toEqual(["x = 3<|im_end|>"]);
  });

  it("keeps reasoning that was sampled although the template would drop it", async () => {
    const folder = fileURLToPath(new URL("../../../../test/golden/models/qwen3", import.meta.url));
    const opened = await openRenderer(folder);
    const reply = await opened.encode("<think>\n9 / 3\n</think>\n\nx = 3<|im_end|>");
    expect(await opened.parse(reply)).toEqual({ ...answer, reasoning: "9 / 3" });
    const previous = [...(await opened.prompt([question])), ...reply];
    const next = await opened.extend(previous, [thanks]);
    expect(next.slice(0, previous.length)).toEqual(previous);
    expect(await opened.decode(next)).toContain("9 / 3");
    const rendered = await opened.prompt([question, { ...answer, reasoning: "9 / 3" }, thanks]);
    expect(await opened.decode(rendered)).not.toContain("9 / 3");
  });

  it("goes on behind the words where only the last turn ends with a stop token", async () => {
    const last =
      "{% for m in messages %}{{ m.role ~ ': ' ~ m.content ~ '<end>' }}{% endfor %}{{ 'assistant: ' if add_generation_prompt else '<|im_end|>' }}";
    const opened = makeRenderer(tokenizer, compileChatTemplate(last));
    const before = [
      ...(await opened.prompt([question])),
      ...(await opened.encode("x = 3<|im_end|>")),
    ];
    const next = await opened.extend(before, [thanks], [question, answer]);
    expect(await opened.decode(next.slice(before.length))).toBe(
      "<end>user: And 5x = 10?<end>assistant: ",
    );
  });

  it("says so when the tokens of a turn cannot be told apart", async () => {
    const counting =
      "{{ messages | length }}{% for m in messages %}{{ m.content }}<|im_end|>{% endfor %}{{ '>' if add_generation_prompt }}";
    const mute = "{% for m in messages %}{{ (messages | length) ~ m.role }}{% endfor %}";
    const measured =
      "{% for m in messages %}{{ messages | length ~ m.content | length ~ m.content }}{% endfor %}";
    const counted = makeRenderer(tokenizer, compileChatTemplate(counting));
    expect(await said(counted, [question, answer])).toEqual(["x = 3<|im_end|>"]);
    const odd = makeRenderer(tokenizer, compileChatTemplate(measured));
    await expect(odd.conversation([question, answer])).rejects.toMatchObject({
      code: "CHAT_TEMPLATE_NOT_LINEAR",
      facts: { turn: 1 },
    });
    const deaf = makeRenderer(tokenizer, compileChatTemplate(mute));
    await expect(deaf.conversation([question, answer])).rejects.toMatchObject({
      code: "CHAT_TEMPLATE_LACKS",
      facts: { feature: "words", message: 0 },
    });
    await expect(deaf.extend([5], [thanks])).rejects.toMatchObject({
      code: "CHAT_TEMPLATE_NOT_LINEAR",
    });
  });
});

describe("opening a renderer", () => {
  it("names the folder that has a tokenizer but no chat template", async () => {
    const folder = await mkdtemp(join(tmpdir(), "hone-renderer-"));
    try {
      await writeFile(
        join(folder, "tokenizer.json"),
        JSON.stringify(trainTokenizer({ texts: ["a b"], vocabularySize: 260 })),
      );
      await expect(openRenderer(folder)).rejects.toMatchObject({
        code: "CHAT_TEMPLATE_MISSING",
        facts: { folder },
      });
      await writeFile(join(folder, "chat_template.jinja"), "{% for m in %}");
      await expect(openRenderer(folder)).rejects.toMatchObject({ code: "CHAT_TEMPLATE_INVALID" });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("a template that can write no conversation without tools", () => {
  const source = `{% for tool in tools %}{{ tool | tojson }}
{% endfor %}${chatml}`;
  const tools = JSON.stringify([{ type: "function", function: { name: "add" } }]);

  it("is opened: it works with tools, and without them it is the error that Python raises", async () => {
    const demanding = makeRenderer(tokenizer, compileChatTemplate(source));
    expect(demanding.stopTokens).toEqual(renderer.stopTokens);
    const prompt = await demanding.prompt([question], { tools });
    expect(await demanding.decode(prompt)).toContain('"name": "add"');
    await expect(demanding.prompt([question])).rejects.toThrow("CHAT_TEMPLATE_FAILED");
  });

  it("is refused at opening when it cannot be rendered with tools, either", () => {
    const never = compileChatTemplate("{{ messages.none.none }}");
    expect(() => makeRenderer(tokenizer, never)).toThrow("CHAT_TEMPLATE_FAILED");
  });
});
