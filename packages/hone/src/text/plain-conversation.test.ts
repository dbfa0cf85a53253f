import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Message } from "../core/message.ts";
import { openRenderer } from "./renderer.ts";

/**
 * `tokenizer(text=prompt)` and `tokenizer(text=prompt + completion + tokenizer.eos_token)` of transformers 5.24, as TRL's
 * SFTTrainer tokenises a prompt and a completion that are texts. What the second has more is learned.
 */
const golden: Readonly<Record<string, { readonly prompt: number[]; readonly added: number[] }>> = {
  qwen2: {
    prompt: [18, 87, 220, 10, 220, 22, 278, 220, 16, 21, 11, 280, 278],
    added: [220, 18, 316],
  },
  llama: {
    prompt: [316, 18, 87, 220, 10, 220, 22, 278, 220, 296, 11, 280, 278],
    added: [220, 18, 319],
  },
  gemma3: { prompt: [2, 272, 306, 312, 265, 365, 350, 385, 266, 352, 350], added: [363, 5] },
};

const messages: readonly Message[] = [
  { role: "user", content: "3x + 7 = 16, x =" },
  { role: "assistant", content: " 3" },
];

describe.each(Object.keys(golden))("texts without a chat template, %s", (family) => {
  const folder = fileURLToPath(
    new URL(`../../../../test/golden/models/${family}`, import.meta.url),
  );
  const { prompt, added } = golden[family]!;

  it("are tokenised as in Python: begin-of-text before them where it belongs, the end behind", async () => {
    const renderer = await openRenderer(folder);
    expect(await renderer.conversation(messages, { isPlain: true })).toEqual({
      tokens: [...prompt, ...added],
      mask: [...prompt.map(() => 0), ...added.map(() => 1)],
    });
    expect(await renderer.prompt(messages.slice(0, 1), { isPlain: true })).toEqual(prompt);
  });

  it("are not learned where their weight is 0", async () => {
    const renderer = await openRenderer(folder);
    const context = messages.map((one) => ({ ...one, weight: 0 as const }));
    const { mask } = await renderer.conversation(context, { isPlain: true });
    expect(mask.every((weight) => weight === 0)).toBe(true);
  });
});
