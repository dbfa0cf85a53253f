/**
 * Conversations without a chat template: the texts of the messages one behind the other, and the token that ends a text, as
 * TRL tokenises a text prompt with its completion. The tokenizer puts its own token before the text, where it has one.
 */
import type { Message } from "../core/message.ts";
import type { TokenIds } from "../core/rollout.ts";
import type { RenderedConversation } from "../ports/renderer.ts";
import { TokenPlaces } from "./token-places.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** The tokens of the texts, to go on from. */
export function plainPrompt(messages: readonly Message[], tokenizer: Tokenizer): TokenIds {
  const text = messages.map(({ content }) => content).join("");
  return [...tokensBefore(text, tokenizer), ...tokenizer.encode(text)];
}

/** The tokens of the texts and the end of the text; the assistant's are learned, and the end, too. */
export function plainConversation(
  messages: readonly Message[],
  tokenizer: Tokenizer,
): RenderedConversation {
  let text = "";
  const said: { start: number; end: number }[] = [];
  for (const { role, content, weight } of messages) {
    const start = text.length;
    text += content;
    if (role === "assistant" && weight !== 0) said.push({ start, end: text.length });
  }
  const places = new TokenPlaces(text, tokenizer);
  const before = tokensBefore(text, tokenizer);
  const end = tokenizer.endOfText.slice(0, 1);
  const isLastLearned = said.at(-1)?.end === text.length;
  return {
    tokens: [...before, ...places.ids, ...end],
    mask: [
      ...before.map((): 0 => 0),
      ...places.mask(said),
      ...end.map(() => (isLastLearned ? 1 : 0)),
    ],
  };
}

/** What the tokenizer puts before every text, such as begin-of-text. */
function tokensBefore(text: string, tokenizer: Tokenizer): readonly number[] {
  const { beginOfText } = tokenizer;
  const whole = tokenizer.encode(text, { special: true });
  return beginOfText !== undefined && whole[0] === beginOfText && !isFirst(text, tokenizer)
    ? [beginOfText]
    : [];
}

const isFirst = (text: string, tokenizer: Tokenizer): boolean =>
  tokenizer.encode(text)[0] === tokenizer.beginOfText;
