/**
 * Finds tokens by how they begin (`known-tokens.ts`), JSON Web Tokens, and tokens of chat bots, in one pass over a text.
 *
 * Tokens are long runs of letters, digits, `-`, `_` and `.`. The pass looks at every fifteenth character only, until it meets
 * such a run, so ordinary texts cost next to nothing. What it tests at one place is bounded, so no text makes it slow.
 */
import { addToList } from "../../core/lists-by-key.ts";
import { bodyCharacters, knownTokens } from "./known-tokens.ts";

/** The shortest token of all. */
const shortestRun = 15;

/** The longest token that is taken out as one. */
const longestBody = 8192;

/** A form of tokens. */
interface Form {
  readonly name: string;
  /** Sticky: it is tested at one place. */
  readonly pattern: RegExp;
  /** True for a form that is tested only where a run begins: one test of it may read far without finding anything. */
  readonly isAtStartOnly: boolean;
}

/** The forms by the first two characters of their tokens. */
const forms = new Map<number, Form[]>();

function addForm(beginning: string, form: Form): void {
  const key = keyAt(beginning, 0);
  addToList(forms, key, form);
}

function keyAt(text: string, at: number): number {
  return text.charCodeAt(at) * 65_536 + text.charCodeAt(at + 1);
}

for (const [, beginnings, body, fewest] of knownTokens) {
  for (const beginning of beginnings.split(" ")) {
    const escaped = beginning.replaceAll(".", String.raw`\.`);
    const digit = beginning.length <= 3 ? "(?=[A-Za-z_.+/=-]{0,64}[0-9])" : "";
    const rest = `${digit}[${bodyCharacters[body]}]{${fewest},${longestBody}}`;
    const pattern = new RegExp(escaped + rest, "y");
    addForm(beginning, { name: "api key", pattern, isAtStartOnly: false });
  }
}

const part = "[A-Za-z0-9_-]";
const special = (beginnings: string, name: string, pattern: RegExp): void => {
  for (const beginning of beginnings.split(" ")) {
    addForm(beginning, { name, pattern, isAtStartOnly: true });
  }
};
special(
  "ey",
  "token",
  new RegExp(String.raw`eyJ${part}{10,4096}\.${part}{6,8192}(?:\.${part}{0,8192}){0,3}`, "y"),
);
special("SG", "api key", new RegExp(String.raw`SG\.${part}{16,64}\.${part}{16,64}`, "y"));
special(
  "AA",
  "api key",
  new RegExp(
    String.raw`(?<=(?:(?<![A-Za-z0-9])|\\[nrt]|%3D)[0-9]{8,10}:)AA${part}{32,35}(?![A-Za-z0-9_-])`,
    "y",
  ),
);
special("pa", "api key", /pat[A-Za-z0-9]{14}\.[a-f0-9]{64}/y);
special("re", "api key", /re_[A-Za-z0-9]{8}_[A-Za-z0-9]{20,64}/y);

/** Bots of Discord: the first part is a number in base64, which begins with one of three letters. */
const discord: Form = {
  name: "api key",
  pattern: new RegExp(
    String.raw`[MNO]${part}{23,27}\.${part}{6,7}\.${part}{27,40}(?![A-Za-z0-9_-])`,
    "y",
  ),
  isAtStartOnly: true,
};

/** Of each character below 128: 1 for a letter or digit, 2 for `-`, `_` and `.`, 0 for others. */
const classes = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const character = String.fromCharCode(code);
  classes[code] = /[A-Za-z0-9]/.test(character) ? 1 : /[-_.]/.test(character) ? 2 : 0;
}

/** The class of the character at a place; 0 outside of the text. */
function classAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 128 ? classes[code]! : 0;
}

/** The text with `replacement` in the place of each token; the same text where there is none. */
export function withoutTokens(text: string, replacement: (name: string) => string): string {
  let result = "";
  let copied = 0;
  let at = shortestRun - 1;
  while (at < text.length) {
    if (classAt(text, at) === 0) {
      at += shortestRun;
      continue;
    }
    let start = at;
    while (start > copied && classAt(text, start - 1) !== 0) start--;
    let end = at + 1;
    while (classAt(text, end) !== 0) end++;
    if (end - start >= shortestRun) {
      const first = firstStart(text, start);
      for (let from = first; from < end;) {
        const found = tokenAt(text, from, from === first);
        if (found === undefined) {
          from = nextStart(text, from, end);
          continue;
        }
        result += text.slice(copied, from) + replacement(found.name);
        copied = found.end;
        from = found.end;
      }
    }
    at = Math.max(end, copied) + shortestRun - 1;
  }
  return copied === 0 ? text : result + text.slice(copied);
}

/** Where a token may begin in a run: its first character, unless that belongs to an escape such as \n, \u0026 or %3D. */
function firstStart(text: string, start: number): number {
  const before = text[start - 1];
  if (before === "%" && /^[0-9A-Fa-f]{2}/.test(text.slice(start, start + 2))) return start + 2;
  if (before !== "\\") return start;
  if (/^u[0-9A-Fa-f]{4}/.test(text.slice(start, start + 5))) return start + 5;
  return /[nrt]/.test(text[start] ?? "") ? start + 1 : start;
}

/** The next place in a run where a word begins. */
function nextStart(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && classAt(text, at) === 1) at++;
  while (at < end && classAt(text, at) === 2) at++;
  return at;
}

function tokenAt(
  text: string,
  from: number,
  isStart: boolean,
): { readonly name: string; readonly end: number } | undefined {
  const known = forms.get(keyAt(text, from));
  const first = text.charCodeAt(from);
  // M, N and O.
  const isBot = isStart && first >= 77 && first <= 79;
  if (known === undefined && !isBot) return undefined;
  for (const { name, pattern, isAtStartOnly } of isBot ? [...(known ?? []), discord] : known!) {
    if (isAtStartOnly && !isStart) continue;
    pattern.lastIndex = from;
    if (pattern.test(text)) return { name, end: pattern.lastIndex };
  }
  return undefined;
}
