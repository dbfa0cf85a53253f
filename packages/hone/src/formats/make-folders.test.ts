import { mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isError } from "../core/errors.ts";
import { makeFolders } from "./make-folders.ts";

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "hone-folders-"));
});
afterEach(() => rm(root, { recursive: true }));

describe("folders", () => {
  it("are made with those above them, and the first that was made is named", async () => {
    expect(await makeFolders(join(root, "a/b/c"))).toBe(join(root, "a"));
    expect((await stat(join(root, "a/b/c"))).isDirectory()).toBe(true);
    expect(await makeFolders(join(root, "a/b/d"))).toBe(join(root, "a/b/d"));
    expect(await makeFolders(join(root, "a/b/c"))).toBeUndefined();
  });

  it("are made by several at once", async () => {
    await Promise.all(Array.from({ length: 20 }, () => makeFolders(join(root, "a/b/c/d/e"))));
    expect((await stat(join(root, "a/b/c/d/e"))).isDirectory()).toBe(true);
  });

  it("are not made in the place of a file, below one, or below a link to nowhere", async () => {
    await writeFile(join(root, "file"), "");
    await expect(makeFolders(join(root, "file"))).rejects.toMatchObject({ code: "ENOTDIR" });
    await expect(makeFolders(join(root, "file/a"))).rejects.toMatchObject({ code: "ENOTDIR" });
    await symlink(join(root, "nowhere"), join(root, "link"));
    await expect(makeFolders(join(root, "link"))).rejects.toMatchObject({ code: "ENOTDIR" });
  });

  it.runIf(process.platform === "linux")("are an error where there can be none", async () => {
    await expect(makeFolders("/proc/hone/a")).rejects.toSatisfy(
      (error) =>
        isError(error, "WRITE_FAILED") && error.facts.reason === "no folder can be made there",
    );
  });
});
