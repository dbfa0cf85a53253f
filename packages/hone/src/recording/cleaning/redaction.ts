/**
 * Secrets taken out of what is recorded, before it leaves the tracer.
 *
 * A value is taken out whole when its field's name says what it is, and out of the middle of a text when it looks like a
 * secret; `[redacted: api key]` stands in its place. No rule knows every secret: give your own for those of your house.
 */
import { HoneError } from "../../core/errors.ts";
import { CleanTexts } from "./checked-texts.ts";
import { secretKeys, textRules, tokenKeys, type TextRule } from "./secret-patterns.ts";

export interface RedactionOptions {
  /** Names of fields whose values are never recorded, besides the usual ones; case, `-`, `_` and `.` do not count. */
  readonly keys?: readonly string[];
  /** Texts that are never recorded, besides the usual ones. */
  readonly patterns?: readonly RegExp[];
  /** False: only your own rules. */
  readonly defaults?: boolean;
}

export interface Redaction {
  /** The text without the secrets in it. */
  text(text: string): string;
  /** What a field of this name holds: a secret whatever it is, a secret if it looks like one, or nothing of the kind. */
  key(name: string): "secret" | "token" | undefined;
}

export const mark = (name: string): string => `[redacted: ${name}]`;

/** What nobody has to name. */
const none: Redaction = { text: (text) => text, key: () => undefined };

/** Names seen so far, so that each is looked at once; programs have few. */
const rememberedNames = 4096;

/** Characters of texts that are known to be clean: a long conversation. */
const rememberedCharacters = 2_000_000;

/**
 * @param options  false: nothing is taken out
 * @throws OPTION_INVALID for a rule that is neither a name nor a regular expression
 */
export function createRedaction(options: RedactionOptions | false = {}): Redaction {
  if (options === false) return none;
  const rules = [...(options.patterns ?? []).map(ownRule), ...usual(options, textRules)];
  const names = new Set((options.keys ?? []).map(ownName));
  const hasDefaults = options.defaults !== false;
  const remembered = new Map<string, ReturnType<Redaction["key"]>>();
  const clean = new CleanTexts(rememberedCharacters);

  const lookAt = (name: string): ReturnType<Redaction["key"]> => {
    const plain = plainName(name);
    if (names.has(plain) || (hasDefaults && secretKeys.test(plain))) return "secret";
    return hasDefaults && tokenKeys.test(plain) ? "token" : undefined;
  };
  return {
    text: (text) => {
      if (text.length < 4 || clean.has(text)) return text;
      const redacted = rules.reduce(apply, text);
      if (redacted === text) clean.add(text);
      return redacted;
    },
    key: (name) => {
      if (remembered.has(name)) return remembered.get(name);
      const found = lookAt(name);
      if (remembered.size < rememberedNames) remembered.set(name, found);
      return found;
    },
  };
}

/** True for a text that a field named "token" would hold: no word of a sentence, no `<|end|>`. */
export const looksLikeToken = (text: string): boolean =>
  text.length >= 8 && !/\s/.test(text) && !text.startsWith("<");

function apply(text: string, { name, pattern, holds, takesAll = false }: TextRule): string {
  // A test costs nothing when there is no match, which is nearly always.
  pattern.lastIndex = 0;
  if (!pattern.test(text)) return text;
  return text.replace(pattern, (...found: unknown[]) => {
    const offsetAt = found.findIndex((one) => typeof one === "number");
    const match = found.slice(0, offsetAt) as (string | undefined)[];
    const whole = match[0]!;
    const kept = takesAll ? "" : (match[1] ?? "");
    const secret = whole.slice(kept.length);
    if (secret.startsWith("[redacted:")) return whole;
    const before = text.slice(0, found[offsetAt] as number);
    return holds === undefined || holds(match, before) ? kept + mark(name) : whole;
  });
}

const usual = (options: RedactionOptions, rules: readonly TextRule[]): readonly TextRule[] =>
  options.defaults === false ? [] : rules;

const plainName = (name: string): string => name.toLowerCase().replaceAll(/[-_.\s]/g, "");

function ownName(name: unknown): string {
  if (typeof name === "string") return plainName(name);
  throw refused("keys", name, "a list of names");
}

function ownRule(pattern: unknown): TextRule {
  if (!(pattern instanceof RegExp)) {
    throw refused("patterns", pattern, "a list of regular expressions");
  }
  const everywhere = new RegExp(pattern.source, withGlobal(pattern.flags));
  return { name: "pattern", pattern: everywhere, takesAll: true };
}

/** Every match is taken out, and each search begins at the beginning. */
const withGlobal = (flags: string): string => `${flags.replaceAll(/[gy]/g, "")}g`;

const refused = (option: string, got: unknown, expected: string): HoneError =>
  new HoneError("OPTION_INVALID", {
    where: "redaction",
    option,
    got: String(got),
    expected,
  });
