/**
 * `as unknown as` switches the compiler off, so each one has its reason in a comment on the line above, and there are few.
 * A narrower form usually does: a type guard, a schema, `as Partial<T> as T` for a double in a test, `as never` for a value
 * that is wrong on purpose.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "..");

/** Casts outside of *.test.ts today. A new one needs a better reason than a raised limit. */
const limit = 2;

const files = ["packages/hone/src", "bench", "examples", "scripts", "test"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(?:ts|js)$/.test(file) && !file.includes("node_modules"))
    .map((file) => join(folder, file)),
);

interface Cast {
  readonly file: string;
  readonly line: number;
  readonly hasReason: boolean;
}

const casts: readonly Cast[] = files
  .filter((file) => file !== join("test", "casts.test.ts"))
  .flatMap((file) => {
    const lines = readFileSync(join(root, file), "utf8").split("\n");
    return lines.flatMap((text, i) =>
      /\bas unknown as\b/.test(text)
        ? [{ file, line: i + 1, hasReason: /^\s*(?:\/\/|\*|\/\*\*)/.test(lines[i - 1] ?? "") }]
        : [],
    );
  });

it("every cast through unknown has its reason on the line above", () => {
  expect(casts.filter(({ hasReason }) => !hasReason)).toEqual([]);
});

it("there are no more casts than there were", () => {
  const own = casts.filter(({ file }) => !file.endsWith(".test.ts"));
  expect(own.length).toBeLessThanOrEqual(limit);
});
