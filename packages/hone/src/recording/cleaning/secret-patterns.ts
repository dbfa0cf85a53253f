/**
 * How secrets are recognised: by the names of fields that hold them, and by their forms within texts.
 *
 * A pattern's first group is kept, and the rest of the match is replaced. All repetitions are bounded or over one class of
 * characters, so that no text makes a pattern slow.
 */

/** How one kind of secret is recognised within a text. */
export interface TextRule {
  /** Written in the place of the secret, as in `[redacted: api key]`. */
  readonly name: string;
  /** Has the flag `g`. Its group 1, where there is one, is kept. */
  readonly pattern: RegExp;
  /** True: the whole match is replaced, group 1 as well. Default false. */
  readonly takesAll?: boolean;
  /**
   * Decides whether a match really is a secret. Given: the match with its groups, and the text before it. Default: every
   * match is.
   */
  readonly holds?: (match: readonly (string | undefined)[], before: string) => boolean;
}

/** Names of fields whose whole value is a secret. Matched in lower case and without `-`, `_`, `.` and spaces. */
export const secretKeys =
  /(?:apikey|apisecret|secret|secretkey|accesskey|accountkey|signingkey|encryptionkey|privatekey|password|passwordhash|passwd|passphrase|pwd|authorization|cookies?|credentials?|connectionstring|(?:access|refresh|id|auth|session|bearer|api|csrf|xsrf|security)tokens?|jwt)$/;

/** Names of fields whose value is a secret where it looks like one: 8 characters or more, no spaces, not `<|…|>`. */
export const tokenKeys = /token$/;

const quote = String.raw`\\*["'\x60]|%22|%27|&quot;|&#3[49];`;
const gap = String.raw`[ \t]{0,4}`;
const equals = String.raw`(?:${quote})?${gap}(?::|=>|=|%3A|%3D)${gap}`;
/** What may be between a header's name and its value; a comma where both are items of a list. */
const header = String.raw`(?:${quote})?${gap}(?::|=>|=|,|%3A|%3D)${gap}(?:${quote}|\[){0,2}`;
const strong = String.raw`(?:api[-_ ]?key|secret|passw(?:or)?d|passphrase|private[-_ ]?key|access[-_]?key|account[-_]?key|credential|_auth)[A-Za-z0-9_-]{0,24}`;

/** A text that could be a password: it is neither the name of a type nor a variable nor a path. */
const credential = String.raw`(?![/$<])(?=[^\s"'\\,;&]{0,200}[0-9!@#%^*+])[^\s"'\\,;&<>(){}\[\]]{6,1000}`;

/** The usual rules for texts, in the order in which they are applied: each sees what the earlier ones left. */
export const textRules: readonly TextRule[] = [
  {
    name: "private key",
    pattern:
      /-----BEGIN[A-Z0-9 %+]{1,40}PRIVATE(?: |%20|\+)KEY[^]*?(?:-----END[A-Z0-9 %+]{1,40}PRIVATE(?: |%20|\+)KEY[A-Z ]{0,8}-----|$)/g,
  },
  {
    // A private key in base64, as Kubernetes and CI store it: "-----BEGIN " and the words that may follow, encoded.
    name: "private key",
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
    name: "password",
    pattern: /((?::\/\/|%3A%2F%2F)[^\s:@/"'<>]{0,256}:)([^\s@/"'<>]{1,256})(?=@)/gi,
  },
  {
    name: "secret",
    pattern: new RegExp(
      String.raw`(${strong}${equals}(${quote}))([^\r\n]{1,4096}?)(?=(?<!\\)\2|[\r\n]|$)`,
      "gi",
    ),
  },
  { name: "secret", pattern: new RegExp(`(${strong}${equals})(${credential})`, "gi") },
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
    name: "api key",
    pattern:
      /(?:sk-[A-Za-z0-9_-]{16,}|[spr]k_(?:live|test)_[A-Za-z0-9]{10,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeprs]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}|A(?:KI|SI)A[A-Z0-9]{16}|AIza[\w-]{30,}|ya29\.[\w-]{20,}|hf_[A-Za-z0-9]{20,}|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,}|SG\.[\w-]{16,}\.[\w-]{16,}|gsk_[A-Za-z0-9]{20,}|xai-[A-Za-z0-9]{20,}|tvly-[A-Za-z0-9-]{16,}|r8_[A-Za-z0-9]{20,}|lsv2_(?:pt|sk)_\w{16,}|dop_v1_[a-f0-9]{32,}|shpat_[a-f0-9]{16,}|whsec_[A-Za-z0-9+/=]{16,}|pplx-[A-Za-z0-9]{20,}|nvapi-[\w-]{20,}|AGE-SECRET-KEY-1[A-Z0-9]{20,})/g,
    holds: (_, before) => !endsInWord(before),
  },
  {
    name: "token",
    pattern: /eyJ[A-Za-z0-9_-]{10,1024}\.[A-Za-z0-9_-]{6,8192}(?:\.[A-Za-z0-9_-]{0,8192}){0,3}/g,
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
    pattern:
      /((?:hooks\.slack\.com\/services|discord(?:app)?\.com\/api\/webhooks)\/)([A-Za-z0-9_/-]{16,200})/g,
  },
];

/** True when the text ends within a word. Letters of an escape such as \n, \u0026 or %3D belong to no word. */
function endsInWord(before: string): boolean {
  const end = before.slice(-6);
  return /[A-Za-z0-9]$/.test(end) && !/(?:%[0-9A-Fa-f]{2}|\\[nrt]|\\u[0-9A-Fa-f]{4})$/.test(end);
}

/** True for base64 of "user:password". */
function isUserAndPassword(text: string): boolean {
  return /^[\x20-\x7e]*:[\x20-\x7e]*$/.test(Buffer.from(text, "base64").toString("latin1"));
}
