import { existsSync } from "node:fs";
import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeFileWhole, writeFolderWhole, writeOutput } from "./whole-write.ts";
import { writeError } from "./write-error.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "hone-write-"));
});
afterEach(() => rm(root, { recursive: true }));

describe("a file written whole", () => {
  it("replaces the old one only when it is complete", async () => {
    const path = join(root, "f");
    await writeFile(path, "old");
    await writeFileWhole(path, async (file) => {
      await file.writeFile("new, half");
      expect(await readFile(path, "utf8")).toBe("old");
    });
    expect(await readFile(path, "utf8")).toBe("new, half");

    const failing = writeFileWhole(path, async (file) => {
      await file.writeFile("third");
      throw new Error("interrupted");
    });
    await expect(failing).rejects.toThrow("interrupted");
    expect(await readFile(path, "utf8")).toBe("new, half");
    expect(await readdir(root)).toEqual(["f"]);
  });

  it("says that the folder is missing", async () => {
    await expect(writeFileWhole(join(root, "none", "f"), async () => undefined)).rejects.toThrow(
      /WRITE_FAILED: .*f could not be written \(its folder does not exist\)/,
    );
  });

  it("makes the missing folders of an output, and takes them away again where it fails", async () => {
    const path = join(root, "a/b/f");
    const failing = writeOutput(path, () => Promise.reject(new Error("interrupted")));
    await expect(failing).rejects.toThrow("interrupted");
    expect(await readdir(root)).toEqual([]);
    await writeOutput(path, "whole");
    expect(await readFile(path, "utf8")).toBe("whole");
    // Folders that were there before stay, and those that hold something.
    await mkdir(join(root, "empty"));
    const inside = writeOutput(join(root, "empty/c/f"), async () => {
      await writeFile(join(root, "empty/c/other"), "");
      throw new Error("interrupted");
    });
    await expect(inside).rejects.toThrow("interrupted");
    expect(await readdir(join(root, "empty/c"))).toEqual(["other"]);
    const blocked = writeOutput(join(root, "a/b/f/g"), "");
    await expect(blocked).rejects.toThrow(/^WRITE_FAILED/);
  });

  it.runIf(existsSync("/dev/full"))("says that the disk is full", async () => {
    const full = await open("/dev/full", "w");
    const error = await full
      .writeFile("x")
      .catch((caught: unknown) => writeError(caught, "weights"));
    await full.close();
    expect(error).toMatchObject({ code: "DISK_FULL", facts: { path: "weights" } });
  });
});

describe("a folder written whole", () => {
  it("names the folder that was asked for, not the temporary one, when writing fails inside", async () => {
    const made = writeFolderWhole(join(root, "m"), (folder) =>
      writeFileWhole(join(folder, "none", "f"), async () => undefined),
    );
    await expect(made).rejects.toMatchObject({
      code: "WRITE_FAILED",
      facts: { path: join(root, "m", "none", "f") },
    });
    expect(await readdir(root)).toEqual([]);
  });
});
