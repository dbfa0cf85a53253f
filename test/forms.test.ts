/** docs/trajectories.md has the tables of forms as they are (npm run docs writes them). */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { formsPage, withFormTables } from "../scripts/forms-document.ts";

it("docs/trajectories.md has every form with what it keeps and drops", () => {
  const page = readFileSync(formsPage, "utf8");
  expect(withFormTables(page)).toBe(page);
});
