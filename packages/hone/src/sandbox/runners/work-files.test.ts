import { expect, it } from "vitest";
import { maxPathLength } from "../work-path.ts";
import { WorkFiles } from "./work-files.ts";

const limits = { fileCount: 10, fileBytes: 100 };

it("hands back a file whose path is as long as it may be", () => {
  const files = new WorkFiles([], limits);
  expect(files.write("x".repeat(maxPathLength), new Uint8Array())).toBeUndefined();
  expect(files.changes().files).toHaveLength(1);
});

it.each(["x".repeat(maxPathLength + 1), "a\0b", "../a", "a//b"])(
  "says that a file cannot be handed back, and leaves none out in silence",
  (path) => {
    const files = new WorkFiles([], limits);
    files.replaceAll([[path, new Uint8Array()]]);
    expect(files.tooMuch()).toMatch(/null byte or more than 1024 characters/);
  },
);
