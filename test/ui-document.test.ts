import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { documentFile, documentNow, typesFile, typesOf } from "../scripts/ui-document.ts";

it("docs/ui-api.json and the types of the dashboard's client say what its server answers (npm run docs)", async () => {
  const document = documentNow();
  expect(readFileSync(documentFile, "utf8")).toBe(document);
  expect(readFileSync(typesFile, "utf8")).toBe(await typesOf(document));
});
