/** How long the context of a new model must be to hold the texts that it is made for. */
import { makeTokenizer } from "../../text/tokenizer.ts";
import type { TinyTokenizerFile, TokenizerText } from "../../text/tiny-tokenizer.ts";

/** The shortest context, and the step by which it grows. */
const CONTEXT_STEP = 512;
/** The longest: attention costs the square of it, so a longer text is better cut than learned. */
const MAX_CONTEXT = 4096;
/** Tokens that the chat template writes around a message, at most. */
const TOKENS_AROUND_MESSAGE = 6;

/** The files of a tokenizer by their names. */
type TokenizerTexts = Readonly<Record<Extract<TinyTokenizerFile, "tokenizer.json">, string>>;

/**
 * The smallest multiple of 512 tokens that holds every text, at most 4,096.
 * @param files  of the tokenizer
 * @throws TOKENIZER_INVALID
 */
export async function contextForTexts(
  { "tokenizer.json": file }: TokenizerTexts,
  texts: readonly TokenizerText[],
): Promise<number> {
  const tokenizer = await makeTokenizer({ file: "tokenizer.json", tokenizer: JSON.parse(file) });
  // A token is a byte or more, so a text of few bytes fits without being tokenised.
  const long = texts.filter(
    (text) => sizeOf(text, (part) => Buffer.byteLength(part)) > CONTEXT_STEP,
  );
  const lengths = long.map((text) => sizeOf(text, (part) => tokenizer.encode(part).length));
  const longest = lengths.reduce((most, length) => Math.max(most, length), 1);
  return Math.min(MAX_CONTEXT, CONTEXT_STEP * Math.ceil(longest / CONTEXT_STEP));
}

/** The size of a text: of a conversation that of all its messages with what the template writes around them. */
const sizeOf = (text: TokenizerText, of: (part: string) => number): number =>
  typeof text === "string"
    ? of(text)
    : text.reduce((sum, { content }) => sum + of(content) + TOKENS_AROUND_MESSAGE, 0);
