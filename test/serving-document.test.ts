/** docs/serving.md has the fields that the server takes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { servingDocument } from "../scripts/serving-document.ts";

const page = readFileSync(join(import.meta.dirname, "../docs/serving.md"), "utf8");

it("has the table of fields as it is now (npm run docs makes it)", () => {
  expect(page).toBe(servingDocument(page));
  expect(page).toContain("| `repetition_penalty` | only `1` | only `1` | only `1` |  |");
});
