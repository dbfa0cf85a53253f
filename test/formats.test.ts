import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatSchemas } from "../packages/hone/src/formats/json-schemas.ts";

const folder = join(import.meta.dirname, "../docs/formats");

describe("the formats of docs/formats", () => {
  it.each([...formatSchemas()])(
    "%s is what the code reads (npm run docs writes it)",
    (file, text) => {
      expect(readFileSync(join(folder, file), "utf8")).toBe(text);
    },
  );

  it("has a schema of every version ever written", () => {
    const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
    expect(files.toSorted()).toEqual([
      "audit-v1.schema.json",
      "feedback-v1.schema.json",
      "image-pairs-v1.schema.json",
      "preferences-v1.schema.json",
      "rewards-v1.schema.json",
      "span-v1.schema.json",
      "trace-v1.schema.json",
      "trajectory-v1.schema.json",
    ]);
  });
});
