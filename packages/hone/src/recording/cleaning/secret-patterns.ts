/**
 * How secrets within texts are recognised: by the names beside them, and by their forms. Tokens that are recognised by how they
 * begin are in `token-scan.ts`.
 *
 * A pattern's first group is kept, and the rest of the match is replaced. A pattern that has read far has matched, and what it
 * matched is not read again; where it fails it has read a few hundred characters at most. So no text makes a pattern slow.
 */

/** How one kind of secret is recognised within a text. */
export interface TextRule {
  /** Written in the place of the secret, as in `[redacted: api key]`. */
  readonly name: string;
  /** Rare words of which one is in every text that could match. Default: none is looked for first. */
  readonly words?: readonly string[];
  /** Has the flag `g`. Its group 1, where there is one, is kept. */
  readonly pattern: RegExp;
  /** True: the whole match is replaced, group 1 as well. Default false. */
  readonly takesAll?: boolean;
  /**
   * Decides whether a match really is a secret. Given: the match with its groups. Default: every match is.
   */
  readonly holds?: (match: readonly (string | undefined)[]) => boolean;
}

const quote = String.raw`\\*["'\x60]|%22|%27|&quot;|&#3[49];`;
const gap = String.raw`[ \t]{0,4}`;
const equals = String.raw`(?:${quote})?${gap}(?::|=>|=|%3A|%3D)${gap}`;
/** What may be between a header's name and its value; a comma where both are items of a list. */
const header = String.raw`(?:${quote})?${gap}(?::|=>|=|,|%3A|%3D)${gap}(?:${quote}|\[){0,2}`;
const strong = String.raw`(?:(?:api[-_ ]?key|secret|passw(?:or)?d|passphrase|private[-_ ]?key|access[-_]?key|account[-_]?key|credential|_auth)[A-Za-z0-9_-]{0,24}|(?<![A-Za-z])pwd)`;

/** A text that could be a password: it is neither the name of a type nor a variable nor a path. */
const credential = String.raw`(?![/$<])(?=[^\s"'\\,;&]{0,200}[0-9!@#%^*+])[^\s"'\\,;&<>(){}\[\]]{6,1000}`;

/** Fields of a JSON text whose values the rules below do not see: lists, objects, and values that a name beside them names. */
export const jsonNames =
  /(?:[a-z0-9_-]key|secret|passw[a-z]{0,8}|token|pass|auth|credential|cookie|pwd|passphrase)s?"\s{0,8}:\s{0,8}["[{]|"value"\s{0,8}:|"--?(?:pass|token|secret|api)/i;

/** One of these is in every text that a rule below could match. Searched for first, in one pass: ten searches cost more than one. */
export const ruleWords =
  /key|secret|pass|pwd|credential|auth|cookie|token|bearer|basic|identified|sig(?:=|%3D)|:\/\/|%3A%2F%2F|PRIVATE|LS0tLS1CRUdJTi|Q~| -u| --user|webhooks\/|services\//i;

/** The usual rules for texts, in the order in which they are applied: each sees what the earlier ones left. */
export const textRules: readonly TextRule[] = [
  {
    name: "private key",
    words: ["PRIVATE"],
    pattern:
      /-----BEGIN[A-Z0-9 %+]{1,40}PRIVATE(?: |%20|\+)KEY[^]*?(?:-----END[A-Z0-9 %+]{1,40}PRIVATE(?: |%20|\+)KEY[A-Z ]{0,8}-----|$)/g,
  },
  {
    // A private key in base64, as Kubernetes and CI store it: "-----BEGIN " and the words that may follow, encoded.
    name: "private key",
    words: ["LS0tLS1CRUdJTi"],
    pattern:
      /LS0tLS1CRUdJTi(?:BQUklWQVRF|BSU0EgUFJJVkFUR|BFQyBQUklWQVRF|BPUEVOU1NIIFBSSVZBVE|BFTkNSWVBURUQg|BEU0EgUFJJVkFUR|BQR1AgUFJJVkFUR)(?:[A-Za-z0-9+/=\r\n]|\\[nr])+/g,
  },
  {
    name: "authorization",
    pattern: new RegExp(
      String.raw`(authorization${header})((?:(?:Bearer|Basic|Token|Digest|Negotiate|ApiKey|Key|AWS4-HMAC-SHA256)(?:[ \t]|%20|\+)|(?=[^\s"']{0,200}[0-9]))[^\r\n"'\\\x60]{4,4096})`,
      "gi",
    ),
    holds: ([, , value]) => !/^\w*[ \t]*\$\{/.test(value ?? ""),
  },
  {
    name: "cookie",
    pattern: new RegExp(
      String.raw`(cookie2?${header})([^\s"'=;\\]{1,200}=[^\r\n"'\\]{1,8192})`,
      "gi",
    ),
  },
  {
    // A token in the place of a user's name, as Git takes it.
    name: "token",
    words: ["://", "%3A%2F%2F", "%3a%2f%2f"],
    pattern:
      /((?::\/\/|%3A%2F%2F))((?=[A-Za-z_.~-]{0,64}[0-9])[A-Za-z0-9_.~-]{20,256})(?=(?::[^\s:@/"'<>]{0,256})?@)/gi,
  },
  {
    name: "password",
    words: ["://", "%3A%2F%2F", "%3a%2f%2f"],
    pattern: /((?::\/\/|%3A%2F%2F)[^\s:@/"'<>]{0,256}:)([^\s@/"'<>]{1,256})(?=@)/gi,
  },
  {
    name: "secret",
    pattern: new RegExp(
      // A value without an end is taken out as far as a secret may reach, so that it is not read again from its middle.
      String.raw`(${strong}${equals}(${quote}))(?:[^\r\n]{1,4096}?(?=(?<!\\)\2|[\r\n]|$)|[^\r\n]{4096})`,
      "gi",
    ),
  },
  {
    name: "secret",
    pattern: new RegExp(`(${strong}${equals})(${credential})`, "gi"),
  },
  {
    // Shorter names are ordinary words as well: only a value that looks like a password counts.
    name: "secret",
    pattern: new RegExp(
      String.raw`((?<![A-Za-z])(?:pass(?:${quote})?${gap}=|(?:pass|auth)(?:${quote})${gap}:)${gap}(?:${quote})?)(${credential})`,
      "gi",
    ),
  },
  {
    // Variables of an environment, such as OPENAI_KEY.
    name: "secret",
    words: ["_KEY="],
    pattern: new RegExp(
      String.raw`((?<![A-Za-z0-9])[A-Z][A-Z0-9_]{1,40}_KEY=(?:${quote})?)((?=[A-Za-z_.~+/=-]{0,64}[0-9])(?=[0-9_.~+/=-]{0,64}[A-Za-z])[A-Za-z0-9_.~+/=-]{12,1024})`,
      "g",
    ),
  },
  {
    // Options of command lines, whose values stand behind a space.
    name: "password",
    pattern: new RegExp(
      String.raw`(--?(?:password|passwd|pass|token|secret|api-?key)[ \t]{1,4}["']?)(${credential})`,
      "gi",
    ),
  },
  {
    // Words of SQL, behind which a password stands in quotes.
    name: "password",
    pattern: new RegExp(
      String.raw`((?<![A-Za-z])(?:password|identified[ \t]{1,4}by)[ \t]{1,4}["'])(${credential})(?=["'])`,
      "gi",
    ),
  },
  {
    name: "password",
    words: [" -u", " --user"],
    pattern: /((?<= )(?:-u|--user)[ =]["']?[^\s:"'=/]{1,64}:)([^\s"'/]{4,256})/g,
  },
  {
    name: "token",
    pattern: new RegExp(
      String.raw`(token${equals}(?:${quote})?)((?=[^\s"'\\]{0,64}[0-9])[A-Za-z0-9._~+/=%-]{8,4096})`,
      "gi",
    ),
  },
  {
    name: "signature",
    pattern:
      /((?:[?&]|\\u0026|%26|&amp;)(?:sig|x-amz-signature|x-amz-security-token|x-goog-signature|key|code|auth)(?:=|%3D))([^&\s"'<>\\#]{6,2048})/gi,
  },
  {
    // A client's secret of Azure.
    name: "secret",
    words: ["Q~"],
    pattern: /(?:(?<![\w~.-])|(?<=\\[nrt]|%3D))[\w~.-]{3}[0-9]Q~[\w~.-]{31,34}(?![\w~-])/g,
  },
  {
    name: "authorization",
    pattern:
      /(\bBearer(?:[ \t]{1,4}|%20|\+))((?=[^\s"']{0,200}[0-9])[A-Za-z0-9._~+/=%-]{8,8192})/gi,
  },
  {
    name: "authorization",
    pattern: /(\bBasic(?:[ \t]{1,4}|%20|\+))([A-Za-z0-9+/]{6,4096}={0,2})/gi,
    holds: ([, , value]) => isUserAndPassword(value ?? ""),
  },
  {
    name: "webhook",
    words: ["webhooks/", "services/"],
    pattern:
      /((?:hooks\.slack\.com\/services|discord(?:app)?\.com\/api\/webhooks)\/)([A-Za-z0-9_/-]{16,200})/g,
  },
];

/** True for base64 of "user:password". */
function isUserAndPassword(text: string): boolean {
  return /^[\x20-\x7e]*:[\x20-\x7e]*$/.test(Buffer.from(text, "base64").toString("latin1"));
}
