/** What is written about stores agrees with the table of stores. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openStore } from "./open-store.ts";
import { isLasting, listStores, type StoreKind, storeRows } from "./stores.ts";

const read = (path: string): string => readFileSync(join(import.meta.dirname, path), "utf8");

/** The comment of an exported function. */
function commentOf(source: string, name: string): string {
  const end = source.indexOf(`export async function ${name}`);
  return source.slice(source.lastIndexOf("/**", end), end);
}

it("refuses an address that is not there, such as an unset variable", async () => {
  const facts = { where: "openStore", option: "url", got: "undefined" };
  await expect(openStore(undefined as never)).rejects.toMatchObject({
    code: "OPTION_INVALID",
    facts,
  });
});

describe("the table of stores", () => {
  it("is the table of docs/stores.md", () => {
    const lines = storeRows.map(
      ({ kind: { example, what, when } }) => `| \`${example}\` | ${what} | ${when} |`,
    );
    const table = ["| Address | What it is | Take it when |", "|---|---|---|", ...lines].join("\n");
    expect(read("../../../../docs/stores.md")).toContain(`\n${table}\n\n`);
  });

  it("is named by the comments of openStore and openQueue", () => {
    const source = read("open-store.ts");
    const examples = (isListed: (kind: StoreKind) => boolean) =>
      storeRows.flatMap(({ kind }) => (isListed(kind) ? [`\`${kind.example}\``] : []));
    const opening = commentOf(source, "openStore");
    for (const example of examples(() => true)) expect(opening).toContain(example);
    const queue = commentOf(source, "openQueue");
    for (const example of examples((kind) => kind.openQueue !== undefined))
      expect(queue).toContain(example);
  });

  it("reads every example of its own, and knows no scheme twice", () => {
    for (const { scheme, kind } of storeRows) {
      expect(kind.example.startsWith(`${scheme}:`)).toBe(true);
      expect(kind.form.startsWith(`${scheme}:`)).toBe(true);
      const rest = kind.example.slice(scheme.length + 1);
      expect(typeof kind.read({ url: kind.example, rest })).toBe("string");
    }
    const schemes = storeRows.flatMap(({ scheme, kind }) => [scheme, ...kind.aliases]);
    expect(new Set(schemes).size).toBe(schemes.length);
  });

  it("lists addresses in words", () => {
    expect(listStores("form", isLasting)).toContain("files:<folder>, sqlite:<file>");
    expect(listStores("form", ({ migrate }) => migrate !== undefined)).toBe(
      "sqlite:<file> or postgres://…",
    );
    expect(listStores("form", () => false)).toBe("");
  });
});
