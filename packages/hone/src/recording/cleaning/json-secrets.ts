/**
 * Takes secrets out of a text that is JSON, by the names of its fields, as it is done in values that are no text.
 *
 * The text is read in one pass and only the secrets in it are replaced: numbers keep their digits, keys their order, and what
 * is no JSON after all stays as it is.
 */
import { looksLikeToken, optionName, type SecretKind } from "./secret-names.ts";

/** A list or an object that the pass is in. */
interface Level {
  readonly isList: boolean;
  /** What its values hold because of a name around it. */
  readonly kind: SecretKind | undefined;
  /** The name of the next value, if it has one. */
  name: string | undefined;
  /** The name that a field such as `name` gives to the field `value` beside it. */
  beside: string | undefined;
}

/** Deeper levels are not looked at. */
const maxLevels = 64;

/** A text, which the end of the whole may cut off, a mark, or a number. */
const piece = /"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?$)|[[\]{}:,]|-?\d[\d.eE+-]*/gs;

/**
 * The text with a mark in the place of each secret; the same text where there is none, or where it is no JSON.
 *
 * @param kindOf  what a field of a name holds
 * @param mark  what replaces a secret of a kind, as a text
 */
export function withoutJsonSecrets(
  text: string,
  kindOf: (name: string) => SecretKind | undefined,
  mark: (kind: SecretKind) => string,
): string {
  const levels: Level[] = [];
  let result = "";
  let copied = 0;
  for (const { 0: found, index } of text.matchAll(piece)) {
    const level = levels.at(-1);
    const first = found[0]!;
    if (first === "{" || first === "[") {
      if (levels.length >= maxLevels) return text;
      levels.push({
        isList: first === "[",
        kind: isSchema(text, index) ? undefined : kindFor(level, kindOf),
        name: undefined,
        beside: undefined,
      });
    } else if (first === "}" || first === "]") levels.pop();
    else if (level === undefined) return text;
    else if (first === ":") continue;
    else if (first === ",") {
      if (!level.isList) level.name = undefined;
    } else if (first === '"' && !level.isList && level.name === undefined) {
      level.name = found.slice(1, -1);
    } else {
      const kind = kindFor(level, kindOf);
      const value = first === '"' ? found.slice(1, -1) : found;
      if (isSecret(value, kind, first === '"', level)) {
        result += text.slice(copied, index) + JSON.stringify(mark(kind!));
        copied = index + found.length;
      }
      noteName(level, value);
    }
  }
  return copied === 0 ? text : result + text.slice(copied);
}

/** True for a JSON Schema: the schema of a field named "password" is no secret. */
const isSchema = (text: string, at: number): boolean =>
  /^\{[^{}[\]]*"(?:type"\s*:\s*"(?:string|number|integer|boolean|object|array|null)"|\$ref"|anyOf")/.test(
    text.slice(at, at + 300),
  );

function kindFor(
  level: Level | undefined,
  kindOf: (name: string) => SecretKind | undefined,
): SecretKind | undefined {
  if (level === undefined) return undefined;
  const { name, beside, kind, isList } = level;
  if (kind === "secret") return kind;
  const own = name === "value" ? (beside ?? name) : name;
  const found = own === undefined ? undefined : kindOf(own);
  return found ?? (isList ? kind : undefined);
}

function isSecret(
  value: string,
  kind: SecretKind | undefined,
  isText: boolean,
  level: Level,
): boolean {
  if (kind === undefined || value === "" || value.startsWith("[redacted:")) return false;
  if (kind === "secret") return true;
  return isText && looksLikeToken(value, level.isList && level.name === undefined);
}

/** Remembers a value that is the name of the value after it: of an option, or of the field `value`. */
function noteName(level: Level, value: string): void {
  if (level.isList) level.name = optionName(value);
  else if (/^(?:name|key|header)$/.test(level.name ?? "")) level.beside = value;
}
