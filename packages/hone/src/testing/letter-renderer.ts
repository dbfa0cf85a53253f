/**
 * A renderer whose tokenizer is one token per letter: exact round trips, no files.
 *
 * Tokens: 0 ends a turn, 1–4 open a turn of system, user, assistant, tool, then the letters of the alphabet.
 */
import { HoneError } from "../core/errors.ts";
import type { Message, Role } from "../core/message.ts";
import type { TokenIds } from "../core/rollout.ts";
import type { Renderer } from "../ports/renderer.ts";

const roles: readonly Role[] = ["system", "user", "assistant", "tool"];
const END = 0;
const FIRST_LETTER = 1 + roles.length;

/** A renderer over an alphabet, with the size of its vocabulary. */
export interface LetterRenderer extends Renderer {
  /** Token ids are 0 to this − 1: an end of turn, four headers, the letters. */
  readonly vocabulary: number;
}

/**
 * A renderer whose tokenizer is one token per letter: exact round trips, no files.
 *
 * Token 0 ends a turn, 1 to 4 open a turn of system, user, assistant and tool, then come the letters of the alphabet.
 * @throws OPTION_INVALID when a text has a letter that the alphabet lacks
 * @example letterRenderer("abc").vocabulary; // 8: one end, four headers, three letters
 */
export function letterRenderer(alphabet: string): LetterRenderer {
  const letters = Array.from(alphabet);
  const encode = (text: string): number[] =>
    Array.from(text).map((letter) => {
      const index = letters.indexOf(letter);
      if (index >= 0) return FIRST_LETTER + index;
      throw new HoneError("OPTION_INVALID", {
        where: "letterRenderer",
        option: "text",
        got: JSON.stringify(letter),
        expected: `made of the letters ${JSON.stringify(alphabet)}`,
      });
    });
  const decode = (tokens: TokenIds): string =>
    tokens.map((token) => letters[token - FIRST_LETTER] ?? "").join("");
  const header = (role: Role): number => 1 + roles.indexOf(role);
  const turn = ({ role, content }: Message): number[] => [header(role), ...encode(content), END];
  return {
    vocabulary: FIRST_LETTER + letters.length,
    stopTokens: [END],
    prompt: async (messages) => [...messages.flatMap(turn), header("assistant")],
    extend: async (previous, added) => [
      ...previous,
      ...(previous.at(-1) === END ? [] : [END]),
      ...added.flatMap(turn),
      header("assistant"),
    ],
    conversation: async (messages) => ({
      tokens: messages.flatMap(turn),
      mask: messages.flatMap((message) => {
        const isLearned = message.role === "assistant" && message.weight !== 0;
        return turn(message).map((_, t) => (isLearned && t > 0 ? 1 : 0));
      }),
    }),
    parse: async (tokens) => ({ role: "assistant", content: decode(tokens) }),
    callOpening: async () => [],
    answerOpening: async () => [],
    encode: async (text) => encode(text),
    decode: async (tokens) => decode(tokens),
  };
}
