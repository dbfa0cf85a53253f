import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, it } from "vitest";
import { type FullTextIndex, type IndexedDocument, openFullTextIndex } from "./full-text-index.ts";

const folder = mkdtempSync(join(tmpdir(), "hone-index-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const document = (
  id: string,
  title: string,
  text: string,
  filters: IndexedDocument["filters"] = {},
): IndexedDocument => ({ id, fields: { title, text }, filters });

const library = [
  document("bridge", "The old bridge", "It spans a river.", { kind: "place", year: 1901 }),
  document("river", "The river", "Boats pass under two bridges.", { kind: "place", year: 1800 }),
  document("ada", "Ada", "She drew the café by the water.", { kind: "person" }),
];

function opened(documents = library): FullTextIndex {
  const index = openFullTextIndex({ fields: { title: 2, text: 1 }, filters: ["kind", "year"] });
  index.add(documents);
  return index;
}

const ids = (found: readonly { readonly id: string }[]): readonly string[] =>
  found.map(({ id }) => id);

describe("a full-text index", () => {
  it("finds documents by the stems of their words, the best first, as they were added", () => {
    const found = opened().search("Bridge?");
    expect(ids(found)).toEqual(["bridge", "river"]);
    expect(found[0]).toEqual({ ...library[0], score: found[0]!.score });
    expect(found[0]!.score).toBeGreaterThan(found[1]!.score);
    expect(found[1]!.score).toBeGreaterThan(0);
  });

  it("scores by bm25 with k1 = 1.2 and b = 0.75, and the logarithm of Lucene", () => {
    const index = openFullTextIndex({ fields: { text: 1 } });
    index.add(
      ["red red house", "green house by the sea", "blue", "grey"].map((text, place) => ({
        id: String(place),
        fields: { text },
      })),
    );
    // Of 4 documents 1 has "red", twice; it has 3 words, and the mean is 10 / 4.
    const idf = Math.log(1 + (4 - 1 + 0.5) / (1 + 0.5));
    const score = (idf * (2 * 2.2)) / (2 + 1.2 * (1 - 0.75 + (0.75 * 3) / 2.5));
    expect(index.search("red")[0]!.score).toBeCloseTo(score, 9);
  });

  it("scores words that most or all documents have above 0, by how much they say", () => {
    const index = openFullTextIndex({ fields: { text: 1 } });
    const texts = ["red", "red red", "red house", "red car"];
    index.add(texts.map((text) => ({ id: text, fields: { text } })));
    const found = index.search("red");
    expect(ids(found)).toEqual(["red red", "red", "red house", "red car"]);
    // All 4 have "red": of "red house", 2 words where the mean is 7 / 4, it is one.
    const length = 0.25 + (0.75 * 2) / 1.75;
    const expected = (Math.log(1 + 0.5 / 4.5) * 2.2) / (1 + 1.2 * length);
    expect(found[2]!.score).toBeCloseTo(expected, 9);
    expect(ids(index.search("red house"))[0]).toBe("red house");
  });

  it("takes any word of the query, or asks for all", () => {
    const index = opened();
    expect(ids(index.search("river boats ada"))).toEqual(expect.arrayContaining(["ada", "river"]));
    expect(ids(index.search("river boats", { match: "all" }))).toEqual(["river"]);
    expect(ids(index.search("the", { limit: 1 }))).toHaveLength(1);
  });

  it("reads words in any script, without regard to accents", () => {
    const index = opened([...library, document("tokyo", "東京", "日本の首都")]);
    expect(ids(index.search("CAFE"))).toEqual(["ada"]);
    expect(ids(index.search("首都", { match: "all" }))).toEqual(["tokyo"]);
  });

  it("takes every text as words and none as an expression", () => {
    const index = opened();
    for (const text of ['"', "bridge AND", "title:bridge", "NEAR(a b", "a*", "-", "bridge\0river"])
      expect(() => index.search(text)).not.toThrow();
    expect(index.search("—?!")).toEqual([]);
    const long = Array.from({ length: 5000 }, (_, place) => `word${place}`).join(" ");
    expect(ids(index.search(`${long} ada`))).toEqual(["ada"]);
    expect(index.search(`${long} ada`, { match: "all" })).toEqual([]);
  });

  it.each([
    [{ kind: "place" }, ["bridge", "river"]],
    [{ kind: ["person", "thing"] }, ["ada"]],
    [{ kind: [] }, []],
    [{ year: { min: 1800, max: 1900 } }, ["river"]],
    [{ year: { min: 1801 } }, ["bridge"]],
    [{ year: {} }, ["bridge", "river"]],
    [{ kind: { min: 0 } }, []],
    [{ kind: "place", year: 1901 }, ["bridge"]],
  ])("finds only what meets %j", (where, expected) => {
    const found = opened().search("the bridge river ada", { where });
    expect(new Set(ids(found))).toEqual(new Set(expected));
  });

  it("replaces a document that is added again", () => {
    const index = opened();
    index.add([document("bridge", "A tower", "It stands alone.")]);
    expect(index.size()).toBe(3);
    expect(ids(index.search("bridge"))).toEqual(["river"]);
    expect(index.get("bridge")?.fields["title"]).toBe("A tower");
    expect(index.get("tower")).toBeUndefined();
  });

  it("adds all documents of a call or none", () => {
    const index = opened();
    const broken = { id: "b", fields: { title: "x" } };
    expect(() => index.add([document("new", "New", "new"), broken])).toThrow(
      /OPTION_INVALID: add got no fields.text; it must be a text/,
    );
    expect(index.size()).toBe(3);
  });

  it.each([
    [() => openFullTextIndex({ fields: {} }), /fields/],
    [() => openFullTextIndex({ fields: { text: 0 } }), /fields.text = 0/],
    [() => openFullTextIndex({ fields: { text: 1 }, filters: ["a", "a"] }), /all different/],
    [() => opened([{ id: "x", fields: { title: "", text: "", body: "" } }]), /fields = "body"/],
    [() => opened([document("x", "", "", { size: 1 })]), /filters = "size"/],
    [() => opened([document("x", "", "", { year: Number.NaN })]), /filters.year/],
    [() => opened().search("a", { limit: 0 }), /limit = 0/],
    [() => opened().search("a", { where: { size: 1 } }), /where = "size"/],
    [() => opened().search("a", { where: { year: { min: Number.NaN } } }), /where.year.min/],
  ])("refuses what does not fit it (%#)", (run, problem) => {
    expect(run).toThrow(/OPTION_INVALID/);
    expect(run).toThrow(problem);
  });

  it("is kept in a file, and opened again by those who ask for the same fields and filters", () => {
    const path = join(folder, "kept.sqlite");
    const options = { fields: { title: 2, text: 1 }, filters: ["kind", "year"], path };
    const first = openFullTextIndex(options);
    first.add(library);
    first.close();
    first.close();
    const second = openFullTextIndex(options);
    expect(ids(second.search("bridge"))).toEqual(["bridge", "river"]);
    second.close();
    expect(() => openFullTextIndex({ fields: { text: 1 }, path })).toThrow(
      /INDEX_UNUSABLE.*it holds {"fields":\["title","text"\]/,
    );
  });

  it("leaves alone a file that is something else", () => {
    const [text, foreign] = [join(folder, "text"), join(folder, "foreign.sqlite")];
    writeFileSync(text, "no database, but long enough to have a header".repeat(50));
    const other = new DatabaseSync(foreign);
    other.exec("create table mine (a)");
    other.close();
    const open = (path: string) => () => openFullTextIndex({ fields: { text: 1 }, path });
    expect(open(text)).toThrow(/INDEX_UNUSABLE.*not a database/);
    expect(open(foreign)).toThrow(/INDEX_UNUSABLE.*another program's/);
    expect(open(join(folder, "nowhere", "a.sqlite"))).toThrow(/INDEX_UNUSABLE/);
  });
});
