/** Secrets planted in every form they are met in: none of them may come out, and nothing else may be lost. */
import { describe, expect, it } from "vitest";
import { isError } from "../../core/errors.ts";
import { Cleaner } from "./clean-json.ts";
import { createRedaction, type RedactionOptions } from "./redaction.ts";

const clean = (value: unknown, options?: RedactionOptions | false): unknown =>
  new Cleaner(createRedaction(options)).json(value);

// Put together here, so that no scanner takes them for real ones.
const key = ["sk", "proj", "Zq81kfPw02mXn4Tb7LdYc6Rs"].join("-");
const password = "hunter2!x";
const body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC";
const pem = `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----`;
const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVPmB92K27uhbUJU1p1r";
const secrets = [key, password, body, jwt, "dBjftJeZ4CVP", btoa(`ada:${password}`), btoa(pem)];
const pair = (name: string, value: string): string => JSON.stringify({ [name]: value });

const texts: readonly string[] = [
  `Authorization: Bearer ${key}`,
  `curl -H "Authorization: Bearer ${key}" -H 'x-api-key: ${password}' https://a.example`,
  `authorization: Basic ${btoa(`ada:${password}`)}`,
  `sent Basic ${btoa(`ada:${password}`)} to it`,
  `Cookie: sid=${password}; theme=dark`,
  `Set-Cookie: sid=${password}; HttpOnly`,
  `OPENAI_API_KEY=${key} node app.js`,
  `export DB_PASSWORD='${password}'`,
  `password: ${password}\nuser: ada`,
  `Server=a;Password=${password};`,
  `AccountName=a;AccountKey=${password}==;EndpointSuffix=b`,
  `postgres://ada:${password}@db.example/app`,
  `https://a.example/v1?api_key=${password}&q=1`,
  `https://a.example/blob?se=2026&sig=${password}`,
  `https://a.example/?u=1&access_token=${jwt}`,
  pair("apiKey", password),
  JSON.stringify(pair("client_secret", password)),
  JSON.stringify(JSON.stringify(pair("password", password))),
  encodeURIComponent(pair("api_key", password)),
  encodeURIComponent(`Authorization: Bearer ${key}`),
  `{'password': '${password}'}`,
  `<input name=q value=&quot;password&quot;:&quot;${password}&quot;>`,
  pem,
  JSON.stringify({ pem }),
  `key: ${btoa(pem)}`,
  pem.slice(0, -20),
  `line\\n${key}\\nline`,
  `q=1\\u0026${key}`,
  `https://a.example/?k%3D${key}`,
  `it said ${jwt} to me`,
  `["Authorization", "Bearer ${key}"]`,
  `"secret": "a \\"quoted\\" ${password}"`,
];

const values: readonly (readonly [string, unknown])[] = [
  ["a header", { headers: { Authorization: `Bearer ${password}` } }],
  ["Headers", new Headers({ authorization: password, "X-Api-Key": password })],
  ["a Map", new Map([["cookie", password]])],
  ["URLSearchParams", new URLSearchParams({ api_key: password })],
  ["pairs", [["set-cookie", password]]],
  ["a list of names and values", ["Host", "a", "authorization", password]],
  ["names beside values", [{ name: "X-API-Key", value: password }]],
  ["a number", { password: 73_311_944 }],
  ["an object of cookies", { cookies: { sid: password, nested: [password] } }],
  ["a token", { access_token: password, GITHUB_TOKEN: password, token: password }],
  ["a key", { [`x ${key}`]: 1 }],
  ["an error", new Error(`401 for ${key}`, { cause: { request: { "api-key": password } } })],
  ["bytes", { file: Buffer.from(pem) }],
  ["toJSON", { toJSON: () => ({ password }) }],
];

describe("secrets", () => {
  it.each(texts)("are taken out of %j", (text) => {
    const result = clean(text) as string;
    for (const secret of secrets) expect(result).not.toContain(secret);
    expect(result).toContain("[redacted: ");
    expect(clean(result)).toBe(result);
  });

  it.each(values)("are taken out of %s", (_, value) => {
    const result = JSON.stringify(clean(value));
    for (const secret of [...secrets, "73311944"]) expect(result).not.toContain(secret);
  });

  it("leave what stands around them", () => {
    expect(clean(`curl -H "Authorization: Bearer ${key}" https://a.example`)).toBe(
      'curl -H "Authorization: [redacted: authorization]" https://a.example',
    );
    expect(clean(`postgres://ada:${password}@db.example/app`)).toBe(
      "postgres://ada:[redacted: password]@db.example/app",
    );
  });

  it("are not seen in ordinary texts, code and numbers", () => {
    const ordinary = [
      "The key idea: tokens are cheap. Password: required. It costs 12 tokens = 3 cents.",
      'const password: string = readPassword(); if (token === "") return apiKey;',
      "apiKey: process.env.OPENAI_API_KEY, secret: config.secret, PWD=/home/ada/work1",
      "A basic understanding of bearer bonds; a secretary from the task-management-department.",
      "https://a.example:8080/path?q=1&page=2 2026-11-21T10:11:12Z 123e4567-e89b-12d3-a456-426614174000",
      '["username", "password", "email"]',
      "[redacted: api key]",
    ];
    for (const text of ordinary) expect(clean(text)).toBe(text);
    const fields = {
      maxTokens: 100,
      total_tokens: 7,
      eos_token: "<|im_end|>",
      token: "a b",
      properties: { password: { type: "string" } },
      cookie: true,
      key: "C major",
    };
    expect(clean(fields)).toEqual(fields);
  });

  it("of a house are named by its own rules, and the usual rules can be left out", () => {
    const options = { keys: ["Customer-Name"], patterns: [/ACME-(\d)\1/, /order \d+/i] };
    expect(clean({ customerName: "Ada", note: "ACME-77 and ORDER 12, ACME-78" }, options)).toEqual({
      customerName: "[redacted: field]",
      note: "[redacted: pattern] and [redacted: pattern], ACME-78",
    });
    expect(clean({ password, a: 1 }, { ...options, defaults: false })).toEqual({ password, a: 1 });
    expect(clean({ password }, false)).toEqual({ password });
  });

  it("refuses rules of another kind", () => {
    const wrong = { patterns: ["secret"] } as never;
    expect(() => createRedaction(wrong)).toThrow(
      expect.toSatisfy((error) => isError(error, "OPTION_INVALID")) as Error,
    );
  });

  it("are found in time that grows with the text alone", () => {
    const hostile = [
      "password=",
      "eyJ",
      "-----BEGIN PRIVATE KEY-----",
      "a://a:",
      '"secret":"',
      "%22",
    ];
    for (const piece of hostile) {
      const text = piece.repeat(120_000 / piece.length);
      // The processor's time, whatever else the machine does.
      const start = process.cpuUsage();
      clean(text);
      const { user, system } = process.cpuUsage(start);
      expect((user + system) / 1000, piece).toBeLessThan(1500);
    }
  });
});

describe("what is recorded of a value", () => {
  it("is a copy in JSON, whatever the value holds", () => {
    const circle: Record<string, unknown> = { name: "a" };
    circle["self"] = circle;
    const odd = {
      circle,
      nan: Number.NaN,
      big: 10n,
      none: undefined,
      when: new Date(0),
      set: new Set([1]),
      bytes: new Uint8Array(3),
      run: () => 1,
      lone: "a\ud800b",
      broken: {
        get field(): never {
          throw new Error("no");
        },
      },
    };
    expect(clean(odd)).toEqual({
      circle: { name: "a", self: "[circular]" },
      nan: "NaN",
      big: "10",
      when: "1970-01-01T00:00:00.000Z",
      set: [1],
      bytes: "[Uint8Array, 3 bytes]",
      run: "[function run]",
      lone: "a\ud800b",
      broken: "[unreadable: no]",
    });
  });

  it("is cut where it is too long, says so, and shows no part of a secret at the cut", () => {
    const cleaner = new Cleaner(createRedaction());
    const start = process.cpuUsage();
    const text = cleaner.text("a".repeat(50_000_000));
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1000).toBeLessThan(500);
    expect(text).toHaveLength(125_000);
    expect(text).toMatch(/aaa… \[cut by hone: it had 50000000 characters\]$/);
    expect(cleaner.lost).toBe(50_000_000 - 125_000);
    const long = pem.replace(body, body.repeat(4000));
    for (const before of [124_000, 125_000, 140_000, 157_000]) {
      const padded = " ".repeat(before);
      expect(clean(`${padded}${long}${padded}`)).not.toContain("MIIE");
    }
  });

  it("shows no beginning of a secret that its part was too short for, when others before it went", () => {
    // A part of 157,768 characters is looked at, and ends before the token's first dot.
    const token = `eyJ${"Zq81".repeat(100)}.${"Xk3d".repeat(10)}.${"P0s7".repeat(10)}`;
    const before = `${pem.replace(body, body.repeat(1500))} `;
    const text = `${before}${" ".repeat(157_768 - 300 - before.length)}${token}${" ".repeat(100_000)}`;
    expect(clean(text)).not.toContain("Zq81");
    expect(clean(text)).toMatch(/cut by hone/);
  });

  it("is cut where it has too many items", () => {
    const list = clean(Array.from({ length: 1_000_000 }, () => 0)) as unknown[];
    expect(list.length).toBeLessThan(200_000);
    expect(list.at(-1)).toMatch(/^… \[cut by hone: \d+ more\]$/);
  });
});
