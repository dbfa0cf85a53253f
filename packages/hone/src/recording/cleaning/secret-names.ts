/** Names of fields, variables and options that hold secrets. */

/** What a field of a name holds: a secret, whatever its value, or a secret where the value looks like one. */
export type SecretKind = "secret" | "token";

/** Matched in lower case and without `-`, `_`, `.` and spaces. */
const secretNames =
  /(?:apikey|apisecret|secret|secretkey|accesskey|accountkey|signingkey|encryptionkey|privatekey|password|passwordhash|passwd|passphrase|pwd|authorization|cookie|credential|connectionstring|(?:access|refresh|id|auth|session|bearer|api|csrf|xsrf|security)token|jwt)s?$/;

/** Endings of names that stand at a word's beginning: `DB_PASS`, `dbPass`, `OPENAI_KEY`, but not `compass` or `monkey`. */
const tokenWords =
  /(?:^|[-_.\s]|(?<=[a-z0-9])(?=[A-Z]))(?:pass|auth)$|^(?:db|user|admin|root|ssh|smtp|ftp|sudo|mail|redis|mysql)pass$|^[A-Z][A-Z0-9_]{1,60}_KEY$/;

/** What a field of this name holds; undefined for an ordinary name. */
export function secretKindOf(name: string): SecretKind | undefined {
  const plain = plainName(name);
  if (secretNames.test(plain)) return "secret";
  const isToken = plain.endsWith("token") || plain.endsWith("tokens");
  return isToken || tokenWords.test(name) || tokenWords.test(name.toLowerCase())
    ? "token"
    : undefined;
}

/** A name without what does not count in it. */
export const plainName = (name: string): string => name.toLowerCase().replaceAll(/[-_.\s]/g, "");

/**
 * True for a text that may be the secret of a field named "token"; false for words and for special tokens such as `<|end|>`.
 *
 * @param isListed  the text is one of a list, which may as well be the tokens of a text: then only what no word looks like counts
 */
export function looksLikeToken(text: string, isListed = false): boolean {
  if (text.length < 8 || /\s/.test(text) || text.startsWith("<")) return false;
  return !isListed || (text.length >= 12 && /[0-9]/.test(text) && /^[\w.~+/=-]+$/.test(text));
}

/** The name in an option of a command line, such as `--password`; undefined for other texts. */
export function optionName(text: unknown): string | undefined {
  return typeof text === "string" && text.length <= 40 && /^--?[A-Za-z][\w-]+$/.test(text)
    ? text.replace(/^--?/, "")
    : undefined;
}
