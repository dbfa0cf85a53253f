/**
 * Takes secrets out of values before they leave the tracer.
 *
 * The value of a field named like a secret is taken out whole; in a text, what looks like a secret is. `[redacted: api key]`
 * is put in its place. No rule knows every secret: give rules of your own for yours.
 */
import type { HoneError } from "../../core/errors.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { CheckedTexts } from "./checked-texts.ts";
import { withoutJsonSecrets } from "./json-secrets.ts";
import { plainName, type SecretKind, secretKindOf } from "./secret-names.ts";
import { jsonNames, ruleWords, textRules, type TextRule } from "./secret-patterns.ts";
import { withoutTokens } from "./token-scan.ts";

/** Which secrets are taken out of what is recorded. */
export interface RedactionOptions {
  /**
   * Names of fields whose values are never recorded, added to the usual ones such as `password` and `apiKey`. Upper and lower
   * case, `-`, `_`, `.` and spaces do not count. Default: none.
   */
  readonly keys?: readonly string[];
  /** Texts that are never recorded, added to the usual ones such as API keys and tokens. Default: none. */
  readonly patterns?: readonly RegExp[];
  /** False: only your own rules count, not the usual ones. Default true. */
  readonly defaults?: boolean;
}

export interface Redaction {
  /** The text without the secrets in it. */
  text(text: string): string;
  /**
   * What a field of this name holds: "secret": a secret, whatever its value; "token": a secret if its value looks like one;
   * undefined: none.
   */
  key(name: string): SecretKind | undefined;
}

/** The text that replaces a secret, with the name of the rule that found it. */
export const mark = (name: string): string => `[redacted: ${name}]`;

/** Takes nothing out. */
const none: Redaction = { text: (text) => text, key: () => undefined };

/** How many names of fields are remembered, so that each is examined once. Programs have few. */
const maxRememberedNames = 4096;

/** Characters of texts that are remembered as clean: those of a long conversation. */
const rememberedCharacters = 2_000_000;

/** Characters of the shortest text that is remembered: to search a shorter one costs less than to copy and to find it. */
const shortestRemembered = 100;

/**
 * The rules of these options.
 *
 * @param options  false: nothing is taken out. Default: the usual rules
 * @throws OPTION_INVALID for a rule that is neither a name nor a regular expression
 */
export function createRedaction(options: RedactionOptions | false = {}): Redaction {
  if (options === false) return none;
  const hasDefaults = options.defaults !== false;
  const ownRules = (options.patterns ?? []).map(ownRule);
  const names = new Set((options.keys ?? []).map(ownName));
  const remembered = new Map<string, ReturnType<Redaction["key"]>>();
  const clean = new CheckedTexts(rememberedCharacters);

  const examine = (name: string): ReturnType<Redaction["key"]> => {
    const plain = plainName(name);
    if (names.has(plain)) return "secret";
    return hasDefaults ? secretKindOf(name) : undefined;
  };
  const key = (name: string): ReturnType<Redaction["key"]> => {
    if (remembered.has(name)) return remembered.get(name);
    const found = examine(name);
    if (remembered.size < maxRememberedNames) remembered.set(name, found);
    return found;
  };
  return {
    text: (text) => {
      if (text.length < 4) return text;
      const isKept = text.length >= shortestRemembered;
      if (isKept && clean.has(text)) return text;
      const own = ownRules.reduce(apply, text);
      const redacted = hasDefaults ? usual(own, key) : own;
      if (isKept && redacted === text) clean.add(text);
      return redacted;
    },
    key,
  };
}

/** The text without what the usual rules find. */
function usual(text: string, key: Redaction["key"]): string {
  if (isPicture(text)) return text;
  const plain = withoutTokens(text, mark);
  if (!ruleWords.test(plain)) return plain;
  const isJson = /^\s*[[{]/.test(plain) && jsonNames.test(plain);
  const named = isJson
    ? withoutJsonSecrets(plain, key, (kind) => mark(kind === "secret" ? "field" : kind))
    : plain;
  return textRules.reduce(apply, named);
}

/** True for a picture, sound or film as a data URL: its base64 may hold anything, and no secret that anyone could read. */
const isPicture = (text: string): boolean =>
  text.startsWith("data:") &&
  /^data:(?:image|audio|video)\//.test(text) &&
  /^data:[a-z]+\/[\w.+-]{1,60};base64,[A-Za-z0-9+/=]*$/.test(text);

function apply(text: string, { name, words, pattern, holds, takesAll = false }: TextRule): string {
  if (words !== undefined && !words.some((word) => text.includes(word))) return text;
  // Nearly always there is no match, and testing costs less than replacing.
  pattern.lastIndex = 0;
  if (!pattern.test(text)) return text;
  return text.replace(pattern, (...found: unknown[]) => {
    const offsetAt = found.findIndex((one) => typeof one === "number");
    const match = found.slice(0, offsetAt) as (string | undefined)[];
    const whole = match[0]!;
    const kept = takesAll ? "" : (match[1] ?? "");
    const secret = whole.slice(kept.length);
    if (secret.startsWith("[redacted:")) return whole;
    return holds === undefined || holds(match) ? kept + mark(name) : whole;
  });
}

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

/** With `g`, so that every match is taken out, and without `y`, so that a match may be anywhere. */
const withGlobal = (flags: string): string => `${flags.replaceAll(/[gy]/g, "")}g`;

const refused = (option: string, got: unknown, expected: string): HoneError =>
  optionChecks("redaction").invalid(option, got, expected);
