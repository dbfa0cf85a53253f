/** Every template as a folder: what it holds, and that its own tests pass. */
import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { initFolder } from "./init-folder.ts";
import { templateNames } from "./templates.ts";

const root = mkdtempSync(join(tmpdir(), "hone-init-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

beforeAll(async () => {
  mkdirSync(join(root, "node_modules"));
  symlinkSync(join(import.meta.dirname, "../../.."), join(root, "node_modules/hone-rl"));
  for (const name of templateNames) await initFolder(name, join(root, `My ${name}!`));
});

const folderOf = (name: string): string => join(root, `My ${name}!`);

describe("hone init", () => {
  it.each(templateNames)(
    "%s: a package under the folder's name, which installs hone-rl from where it came",
    (name) => {
      const files = readdirSync(folderOf(name));
      expect(files).toEqual(expect.arrayContaining([".gitignore", "README.md", "tsconfig.json"]));
      expect(files.some((file) => file.endsWith(".test.ts"))).toBe(true);
      const manifest = JSON.parse(readFileSync(join(folderOf(name), "package.json"), "utf8"));
      expect(manifest).toMatchObject({
        name: `my-${name}-`,
        // The tests run in a checkout.
        dependencies: {
          "hone-rl": expect.stringMatching(/^file:\/.*tarballs\/hone-rl-[\d.]+\.tgz$/),
        },
        scripts: { test: expect.any(String), train: expect.any(String) },
      });
      for (const file of files)
        expect(readFileSync(join(folderOf(name), file), "utf8"), file).not.toContain("{{");
    },
  );

  it("writes folders whose own tests pass", () => {
    const tests = templateNames.flatMap((name) =>
      readdirSync(folderOf(name))
        .filter((file) => file.endsWith(".test.ts"))
        .map((file) => join(folderOf(name), file)),
    );
    const args = ["--conditions=source", "--test", ...tests];
    const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...env } = process.env;
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", env });
    expect({ status, output: status === 0 ? "" : stdout + stderr }).toEqual({
      status: 0,
      output: "",
    });
    expect(stdout).toMatch(/pass 1\d/);
  });

  it("leaves a folder that holds something alone", async () => {
    const taken = join(root, "taken");
    mkdirSync(taken);
    writeFileSync(join(taken, "mine.txt"), "mine");
    await expect(initFolder("agent", taken)).rejects.toThrow(
      /^INIT_FOLDER_NOT_EMPTY: .*holds mine\.txt.\n.*`npx hone init agent <folder>`/,
    );
    expect(readdirSync(taken)).toEqual(["mine.txt"]);
  });
});
