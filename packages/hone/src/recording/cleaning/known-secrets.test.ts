/** Kinds of secrets that are met in what agents read and write, and ordinary texts that look a little like them. */
import { describe, expect, it } from "vitest";
import { Cleaner } from "./clean-json.ts";
import { createRedaction } from "./redaction.ts";
import { textRules } from "./secret-patterns.ts";

const redaction = createRedaction();
const clean = (value: unknown): unknown => new Cleaner(redaction).json(value);

/** Characters that look random, put together here so that no scanner takes the tokens below for real ones. */
const random = (length: number, alphabet = "aB3dE5gH7jK9mN1pQ"): string =>
  Array.from({ length }, (_, i) => alphabet[(i * 7 + (i >> 2)) % alphabet.length]).join("");
const hex = (length: number): string => random(length, "0a1b2c3d4e5f6789");
const upper = (length: number): string => random(length, "A3B5C7D9EFG");
const value = random(16);

const tokens: readonly string[] = [
  `sk-${random(48)}`,
  `sk-proj-${random(40)}_${random(20)}-${random(30)}`,
  `sk-ant-api03-${random(90)}`,
  `AKIA${upper(16)}`,
  `AIza${random(35)}`,
  `GOCSPX-${random(28)}`,
  `hf_${random(34)}`,
  `gsk_${random(52)}`,
  `r8_${random(37)}`,
  `tvly-${random(32)}`,
  `fc-${hex(32)}`,
  `e2b_${hex(40)}`,
  `pcsk_${random(70)}`,
  `ghp_${random(36)}`,
  `github_pat_${random(22)}_${random(59)}`,
  `glpat-${random(20)}`,
  `ATATT3xFfGF0${random(170)}`,
  ["xoxb", random(12, "1234567890"), random(24)].join("-"),
  `sk_live_${random(24)}`,
  `whsec_${random(32)}`,
  `shpat_${hex(32)}`,
  `npm_${random(36)}`,
  `pypi-AgEIcHlwaS5vcmc${random(60)}`,
  `rubygems_${hex(48)}`,
  `dckr_pat_${random(27)}`,
  `hvs.${random(90)}`,
  `dp.pt.${random(43)}`,
  `tskey-auth-${random(16)}-${random(32)}`,
  `dapi${hex(32)}`,
  `dop_v1_${hex(64)}`,
  `sbp_${hex(40)}`,
  `glsa_${random(32)}_${hex(8)}`,
  `sntryu_${hex(64)}`,
  `NRAK-${upper(27)}`,
  `PMAK-${hex(24)}-${hex(34)}`,
  `lin_api_${random(40)}`,
  `ntn_${random(46)}`,
  `figd_${random(40)}`,
  `SG.${random(22)}.${random(43)}`,
  `re_${random(8)}_${random(24)}`,
  `pat${random(14)}.${hex(64)}`,
  `M${random(23)}.${random(6)}.${random(27)}`,
  `1234567890:AA${random(33)}`,
  `aB3${"8Q~"}${random(34)}`,
  `SK${hex(32)}`,
  `AGE-SECRET-KEY-1${upper(58)}`,
];

/** Texts with `value` in them, or with another secret beside them. */
const texts: readonly (readonly [text: string, secret: string])[] = [
  ["Server=db;User Id=sa;Pwd=Tr0ub4dor7x!;", "Tr0ub4dor7x!"],
  ["DB_PASS=AbCdEf01", "AbCdEf01"],
  ["pass='AbCdEf01'", "AbCdEf01"],
  [`https://ghs0meT0kenOfThirtySixCharacters12345@github.com/a/b.git`, "ghs0meT0ken"],
  [`git clone https://${random(40)}:x-oauth-basic@github.com/a/b.git`, random(40)],
  [`https://user:${value}@a.example/`, value],
  [`[{"name":"API_KEY","value":"${value}"}]`, value],
  [`{"env":[{"key":"DB_PASSWORD","value":"${value}"}],"n":2512292042121000001}`, value],
  [JSON.stringify({ apiKeys: [value, `x${value}`], passwords: ["a b 1"] }), value],
  [JSON.stringify({ secrets: { a: value, b: { c: "plain" } } }), "plain"],
  [JSON.stringify({ tokens: [value] }), value],
  [JSON.stringify({ args: ["--password", "AbCdEf01"] }), "AbCdEf01"],
  [JSON.stringify({ pass: "AbCdEf01", auth: "AbCdEf01" }), "AbCdEf01"],
  [`CREATE USER bob WITH PASSWORD '${value}';`, value],
  [`ALTER USER bob IDENTIFIED BY '${value}'`, value],
  [`curl -u bob:AbCdEf012345 https://x`, "AbCdEf012345"],
  [`psql --password AbCdEf01 -h db`, "AbCdEf01"],
  [`ENCRYPTION_KEY=${value}`, value],
  [`export OPENAI_KEY="${value}"`, value],
  [`passwords: ${value}`, value],
];

const fields: readonly object[] = [
  { apiKeys: [value] },
  { API_KEYS: { a: value } },
  { secrets: { a: value } },
  { passwords: [value] },
  { pass: value },
  { DB_PASS: value },
  { dbPass: value },
  { tokens: [value] },
  { auth: value },
  { OPENAI_KEY: value },
  { "process.command_args": ["--password", value] },
  { headers: [{ name: "Authorization", value }] },
];

describe("secrets of kinds that are known", () => {
  it.each(tokens)("%s is found wherever it stands", (token) => {
    const secret = token.replace(/^\d+:/, "");
    for (const around of [
      "%",
      "it is %.",
      '{"k":"%"}',
      "x=%&y=1",
      "(%)",
      "a\\n%\\n",
      "k%3D%",
      "`%`",
    ]) {
      const result = clean(around.replace(/%(?!3D)/, token)) as string;
      expect(result, around).not.toContain(secret.slice(0, 20));
      expect(result, around).toContain("[redacted: ");
      expect(clean(result)).toBe(result);
    }
  });

  it.each(texts)("are found in %s", (text, secret) => {
    const result = clean(text) as string;
    expect(result).not.toContain(secret);
    expect(clean(result)).toBe(result);
    if (/^[[{]/.test(text)) expect(() => JSON.parse(result)).not.toThrow();
  });

  it.each(fields)("are found in the fields %j", (field) => {
    expect(JSON.stringify(clean(field))).not.toContain(value);
  });

  it("leave the rest of a JSON text as it was written", () => {
    const text = `{ "n": 2512292042121000001, "p": 5.0,\n "apiKeys": ["${value}", "${value}"], "10": 1, "2": 2 }`;
    expect(clean(text)).toBe(text.replaceAll(`"${value}"`, '"[redacted: field]"'));
  });
});

describe("what is no secret", () => {
  const uuid = "123e4567-e89b-12d3-a456-426614174000";
  const ordinary: readonly unknown[] = [
    "The compass shows the key idea: a monkey passes the test. pass: 12, fail: 3. Passing 4/5 tests.",
    `commit ${hex(40)} tree ${hex(64)} etag "${hex(32)}" trace ${uuid}`,
    `call_${random(24)} chatcmpl-${random(29)} msg_${random(24)} run_${random(24)} resp_${hex(48)} toolu_${random(24)}`,
    `re_3${random(23)} pi_3${random(23)} cus_${random(14)} ch_${random(24)} in_1${random(23)}`,
    "https://registry.example.com/some-long-package-name-2024/-/some-long-package-name-2024-1.2.3.tgz",
    "https://docs.example.com:8443/reference/very-long-page-name-number-12345678?x=1#frag",
    "ssh://git@github.com/a/b.git mailto:ada.lovelace2024@mail.example.com",
    "function passwordField(password: string) { return hash(password); }",
    "task-management-department risk-assessment-2024-final-version-12345 disk-usage-report-2026-01-02",
    "import { sk } from './sk-learn-utils-v2'; const key = keys[0]; primary_key=12345678 cache_key: user-42",
    "PATH=/usr/bin:/bin PWD=/home/ada/work1 OLDPWD=/tmp/a1b2c3",
    `data:image/png;base64,${Buffer.from(random(3000)).toString("base64")}AKIA${upper(16)}`,
    Buffer.from(random(600)).toString("base64"),
    '{"type":"object","properties":{"password":{"type":"string","description":"the user\'s password"},"tokens":{"type":"array"}}}',
    '{"max_tokens":1024,"tokens":["The","internationalisation","cat"],"usage":{"total_tokens":12345678901}}',
    "session_id and user ids are no secrets: they say which traces belong together",
    "Bearer bonds are basic instruments; a basic authorization concept",
    { pass: true, passes: 12, compass: "northwest1", bypass: "enabled12", author: "ada12345678" },
    { sessionId: "AbCdEf0123456789", key: "C major", keys: ["a", "b"], monkey: "Abcdef0123456789" },
    { tokens: ["The", "▁international", "cat"], token_ids: [1, 2], authType: "oauth2-client" },
    { args: ["--verbose", "AbCdEf0123456789", "--output", "file12345678.txt"] },
  ];
  it.each(ordinary)("stays: %j", (given) => {
    expect(clean(given)).toEqual(given);
  });
});

describe("the time that redaction takes", () => {
  /** Beginnings that each rule, or a part of the search, may read far from, again and again. */
  const hostile: readonly string[] = [
    "eyJ",
    "eyJ-",
    "eyJ.",
    "eyJaaaaaaaaaa.",
    "sk-",
    "sk-a",
    "SG.",
    "SG.aaaaaaaaaaaaaaaa.",
    "AA",
    "M",
    "pat",
    "re_",
    "ghp_",
    "xoxb-",
    "a-",
    "a_",
    ".",
    "-",
    "1:AA",
    "1234567890:AA",
    "-----BEGIN PRIVATE KEY-----",
    "-----BEGIN ",
    "-----END ",
    "LS0tLS1CRUdJTiBQUklWQVRF",
    "authorization:",
    "authorization=",
    "authorization:Bearer ",
    "cookie:",
    "cookie:a=",
    "://",
    "%3A%2F%2F",
    "://a:",
    "://a:a",
    "://a1",
    "secret=",
    "secret:",
    'secret="',
    "secret='",
    'secret=\\"',
    'secret=\\\\\\"a',
    "secret=&quot;",
    "secret=%22",
    "secret\\",
    "\\",
    '"',
    '\\"',
    "api-key",
    "password",
    "password=a",
    "pwd=",
    "pass=",
    "pass=a",
    "'pass':",
    "A_KEY=",
    "A_KEY=a",
    "A",
    "token=",
    "token=a",
    "token: a",
    "--password a",
    "--token ",
    "password 'a",
    "identified by ",
    " -u a:",
    " -u a",
    "?sig=",
    "&key=",
    "&amp;key=a",
    "Q~",
    "aaa8Q~",
    "Bearer ",
    "Bearer a",
    "Basic ",
    "Basic a",
    "hooks.slack.com/services/",
    "discord.com/api/webhooks/",
    "[",
    "{",
    '{"',
    '{"password":',
    '["password",',
    '{"name":"key","value":',
    '{"a":"\\',
    "=",
    ":",
    "%",
    "&",
    " ",
    "\n",
    "0",
    "aB3",
  ];

  /** Processor time of one text in ms, for a redaction that has seen no other. */
  const timeOf = (text: string): number => {
    const redaction = createRedaction();
    const start = process.cpuUsage();
    redaction.text(text);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  };
  /** The least of several tries, since other programs share the machine: of so many that it is below the limit, or of ten. */
  const leastTime = (text: string, limit: number): number => {
    let least = Infinity;
    for (let i = 0; i < 10 && least >= limit; i++) least = Math.min(least, timeOf(text + i));
    return least;
  };

  // Eight times the length takes eight times as long where the time grows with the length, and 64 times where with its square.
  it("grows with the length of the worst texts only", () => {
    expect(textRules.length).toBeGreaterThan(10);
    for (const piece of hostile) {
      for (const before of ["", '{"k":"secret=']) {
        const text = (length: number): string => before + piece.repeat(length / piece.length);
        const tries = [0, 1, 2].map((i) => timeOf(text(4_000) + i));
        const limit = 30 * Math.max(Math.min(...tries), 0.5);
        expect(leastTime(text(32_000), limit), JSON.stringify(text(40))).toBeLessThan(limit);
      }
    }
  }, 60_000);
});
