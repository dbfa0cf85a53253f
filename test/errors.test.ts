import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { errorCodes } from "../packages/hone/src/core/errors.ts";
import { errorsDocument, errorSubjects, printedRow } from "../scripts/errors-document.ts";

const source = join(import.meta.dirname, "../packages/hone/src");
const subjects = await errorSubjects();

describe("the catalogue of errors", () => {
  it("defines every code in one subject only, and holds them all", () => {
    const codes = subjects.flatMap(({ rows }) => Object.keys(rows));
    expect(codes.filter((code, i) => codes.indexOf(code) !== i)).toEqual([]);
    expect(codes.toSorted()).toEqual(errorCodes.toSorted());
  });

  it("says of every error what happened and what to do, in whole sentences", () => {
    const unfinished = subjects.flatMap(({ rows }) =>
      Object.entries(rows).flatMap(([code, row]) => {
        const { what, fix } = printedRow(row);
        return /[.:}]$/.test(what) && /[.}]$/.test(fix) ? [] : [`${code}: ${what} → ${fix}`];
      }),
    );
    expect(unfinished).toEqual([]);
  });

  it("does not send those whose store could not be written to the settings of a run alone", () => {
    const rows = Object.assign({}, ...subjects.map((subject) => subject.rows)) as Record<
      string,
      Parameters<typeof printedRow>[0]
    >;
    expect(printedRow(rows["DISK_FULL"]!).fix).toContain("`npx hone store prune`");
    expect(printedRow(rows["WRITE_FAILED"]!).fix).toContain("`store`");
  });

  it("names options as flags only in errors of the command line alone", () => {
    const ofCommands = ["DOCTOR_PROBLEMS", "EDITOR_FAILED"];
    const withFlags = subjects.flatMap(({ rows }) =>
      Object.entries(rows).flatMap(([code, row]) => {
        const { what, fix } = printedRow(row);
        return /(?<!\S)--[a-z]/.test(`${what} ${fix}`.replaceAll(/`[^`]*`/g, "")) ? [code] : [];
      }),
    );
    expect(withFlags.toSorted()).toEqual(ofCommands);
  });

  it("has no code that nothing throws", () => {
    const texts = readdirSync(source, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
      .filter((file) => !file.startsWith(join("core", "errors")))
      .map((file) => readFileSync(join(source, file), "utf8"));
    const unused = errorCodes.filter((code) => !texts.some((text) => text.includes(`"${code}"`)));
    expect(unused).toEqual([]);
  });

  it("is what docs/errors.md shows (npm run docs writes it)", async () => {
    const page = readFileSync(join(import.meta.dirname, "../docs/errors.md"), "utf8");
    expect(page).toBe(await errorsDocument());
  });
});

describe("docs/warnings.md", () => {
  it("has a row for every code of a warning that is no error", () => {
    const page = readFileSync(join(import.meta.dirname, "../docs/warnings.md"), "utf8");
    const training = join(source, "app/training");
    const codes = readdirSync(training, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
      .flatMap((file) => [
        ...readFileSync(join(training, file), "utf8").matchAll(
          /code: "([A-Z_]+)"|"([A-Z_]+)";|^ {2}([A-Z]+_[A-Z_]+): \(/gmu,
        ),
      ])
      .map(([, ofEvent, ofConstant, ofStep]) => (ofEvent ?? ofConstant ?? ofStep)!);
    const isError = new Set<string>(errorCodes);
    const own = new Set(codes.filter((code) => !isError.has(code)));
    expect(own.size).toBeGreaterThan(10);
    expect([...own].filter((code) => !page.includes(`| ${code} |`))).toEqual([]);
  });
});
