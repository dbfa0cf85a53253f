/**
 * Trains a byte-level BPE tokenizer on given texts and writes it as Hugging Face's tokenizer.json.
 *
 * Byte-pair encoding starts from single bytes and repeatedly joins the most frequent pair of neighbours. Texts are first
 * cut into pieces (words with the character before them, single digits, runs of signs, line ends, spaces), and no join
 * crosses a cut. Digits are not joined, so that a number has one spelling and arithmetic can be learned digit by digit.
 *
 * Any text can be encoded, since all 256 bytes are in the vocabulary. Texts are brought into Unicode's form NFC and cut as
 * Qwen2 does, because `transformers` does so with every folder whose model_type is qwen2; decoding gives the NFC text.
 * The same texts give the same tokenizer: of pairs with equal counts the one with the smaller token ids is joined first.
 *
 * @source Sennrich et al. 2016, Neural Machine Translation of Rare Words with Subword Units, §3.2 (arXiv:1508.07909);
 *         bytes as the alphabet: Radford et al. 2019, Language Models are Unsupervised Multitask Learners, §2.2
 */
import { HoneError } from "../core/errors.ts";
import { optionChecks } from "../core/option-checks.ts";
import { byteToCharacter } from "./byte-alphabet.ts";
import { PairQueue } from "./pair-queue.ts";
import { CUT, tokenizerJson, type Join, type TokenizerJson } from "./tokenizer-json.ts";

/** What a tokenizer is trained on, and how large it becomes. */
export interface BpeOptions {
  /** The texts to learn from. */
  readonly texts: Iterable<string>;
  /** Maximum number of tokens: special tokens, 256 bytes and joins. There are fewer when the texts run out of pairs. */
  readonly vocabularySize: number;
  /** Special tokens, which are never cut and never joined; they get the first ids, in this order. Default: none. */
  readonly specials?: readonly string[];
}

/** `CUT` for JavaScript, where `\s` matches U+FEFF and not U+0085, and `(?i:)` needs Node 24. */
const cut = new RegExp(
  CUT.replace(/^\(\?i:.*?\)/u, "'(?:[sSſtTmMdD]|[rR][eE]|[vV][eE]|[lL][lL])")
    .replaceAll("[^\\s", "[^\\p{White_Space}")
    .replaceAll("\\s", "\\p{White_Space}")
    .replaceAll("\\S", "\\P{White_Space}"),
  "gu",
);

/**
 * Trains a tokenizer.
 * @returns tokenizer.json, ready for JSON.stringify
 * @throws  OPTION_INVALID when vocabularySize cannot hold the bytes and the special tokens, or a special token is empty
 *          or given twice; DATA_EMPTY when the texts hold no character
 * @example
 * const json = trainTokenizer({ texts: ["3x + 7 = 16"], vocabularySize: 300, specials: ["<|im_end|>"] });
 * await writeFile("tokenizer.json", JSON.stringify(json, null, 2));
 */
export function trainTokenizer({
  texts,
  vocabularySize,
  specials = [],
}: BpeOptions): TokenizerJson {
  checkOptions(vocabularySize, specials);
  const counts = countPieces(texts, specials);
  if (counts.size === 0)
    throw new HoneError("DATA_EMPTY", { where: "trainTokenizer: texts", item: "word" });

  const alphabet = [...byteToCharacter].sort();
  const names = [...specials, ...alphabet];
  const byteIds = byteToCharacter.map((c) => specials.length + alphabet.indexOf(c));
  const words = [...counts].map(([piece, count]) => ({
    tokens: Array.from(new TextEncoder().encode(piece), (byte) => byteIds[byte]!),
    count,
  }));
  const joins = learnJoins(words, names, vocabularySize);
  return tokenizerJson(names, joins, specials);
}

function checkOptions(vocabularySize: number, specials: readonly string[]): void {
  const check = optionChecks("trainTokenizer");
  const min = 256 + specials.length;
  if (!Number.isInteger(vocabularySize) || vocabularySize < min) {
    const expected = `a whole number of at least ${min} (256 bytes and ${specials.length} special tokens)`;
    throw check.invalid("vocabularySize", vocabularySize, expected);
  }
  // A one-byte special token would share its name with a byte of the alphabet.
  const isBad = specials.some((s) => s === "" || byteToCharacter.includes(s));
  if (isBad || new Set(specials).size < specials.length) {
    throw check.invalid("specials", specials, "different texts of at least two characters");
  }
}

/** How often each piece is in the texts, in order of first appearance. A special token in a text only divides it. */
function countPieces(texts: Iterable<string>, specials: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  const divider =
    specials.length === 0 ? undefined : new RegExp(specials.map(escape).join("|"), "u");
  for (const text of texts) {
    for (const part of divider === undefined ? [text] : text.split(divider)) {
      for (const [piece] of part.normalize("NFC").matchAll(cut))
        counts.set(piece, (counts.get(piece) ?? 0) + 1);
    }
  }
  return counts;
}

const escape = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");

/** A piece as its tokens so far, and how often it is in the texts. */
interface Word {
  tokens: number[];
  readonly count: number;
}

/** Larger than any vocabulary, so that left · PAIR + right names one pair; its square is exact in a double. */
const PAIR = 2 ** 24;

/**
 * Joins the most frequent pair until the vocabulary is full or no pair is left. Each join adds a name to `names`.
 *
 * Only words that hold the joined pair are updated, and only their pairs are counted again. A pair is queued again whenever
 * its count changes, so the queue may also hold old counts.
 */
function learnJoins(words: readonly Word[], names: string[], vocabularySize: number): Join[] {
  const counts = new Map<number, number>();
  const holders = new Map<number, Set<Word>>();
  const queue = new PairQueue();
  const count = (word: Word, sign: 1 | -1, changed: Set<number>): void => {
    for (let i = 1; i < word.tokens.length; i++) {
      const pair = word.tokens[i - 1]! * PAIR + word.tokens[i]!;
      counts.set(pair, (counts.get(pair) ?? 0) + sign * word.count);
      changed.add(pair);
      if (sign < 0) continue;
      const set = holders.get(pair);
      if (set === undefined) holders.set(pair, new Set([word]));
      else set.add(word);
    }
  };
  const enqueue = (pairs: Iterable<number>): void => {
    for (const pair of pairs) {
      const n = counts.get(pair)!;
      if (n > 0) queue.push({ left: Math.floor(pair / PAIR), right: pair % PAIR, count: n });
      else counts.delete(pair);
    }
  };

  const all = new Set<number>();
  for (const word of words) count(word, 1, all);
  enqueue(all);

  // Two joins can give the same text ("ab" + "c", "a" + "bc"), which is one token then.
  const ids = new Map(names.map((name, id) => [name, id]));
  const firstByte = names.length - 256;
  const joins = new Map<number, Join>();
  while (names.length < vocabularySize) {
    const best = queue.pop();
    if (best === undefined) break;
    const pair = best.left * PAIR + best.right;
    if (counts.get(pair) !== best.count) continue; // outdated
    const left = names[best.left]!;
    const right = names[best.right]!;
    const known = ids.get(left + right);
    if (known !== undefined && known < firstByte) continue; // the joined text is a special token
    const joined = known ?? names.push(left + right) - 1;
    ids.set(left + right, joined);
    joins.set(pair, [left, right]);
    const changed = new Set<number>();
    for (const word of holders.get(pair)!) {
      count(word, -1, changed);
      word.tokens = join(word.tokens, best.left, best.right, joined);
      count(word, 1, changed);
    }
    holders.delete(pair);
    enqueue(changed);
  }
  return [...joins.values()];
}

/** The tokens of a word with every pair (left, right) replaced by `joined`, searched from the left. */
function join(tokens: readonly number[], left: number, right: number, joined: number): number[] {
  const out: number[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const isPair = tokens[i] === left && tokens[i + 1] === right;
    out.push(isPair ? joined : tokens[i]!);
    if (isPair) i++;
  }
  return out;
}
