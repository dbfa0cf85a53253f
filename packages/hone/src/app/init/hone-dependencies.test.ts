/** Where a new folder's `npm install` finds hone-rl. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { honeDependencies } from "./hone-dependencies.ts";

const root = mkdtempSync(join(tmpdir(), "hone-dependencies-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const library = `hone-rl-onnxruntime-${process.platform}-${process.arch}`;
const own = { version: "0.1.0", optionalDependencies: { [library]: "1.30.0" } };

function write(path: string, content: object | string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), typeof content === "string" ? content : JSON.stringify(content));
}

it("is a registry for a package that was installed from one", async () => {
  write("app/package.json", { dependencies: { "hone-rl": "^0.1.0" } });
  write("app/node_modules/hone-rl/package.json", own);
  expect(await honeDependencies(join(root, "app/node_modules/hone-rl"))).toEqual({
    dependencies: { "hone-rl": "0.1.0" },
  });
});

it("is the same tarballs for a package that was installed from them", async () => {
  const specs = { "hone-rl": "file:../packs/hone-rl-0.1.0.tgz", other: "file:../other" };
  write("packed/package.json", {
    dependencies: specs,
    devDependencies: { [library]: "file:/l.tgz" },
  });
  write("packed/node_modules/hone-rl/package.json", own);
  expect(await honeDependencies(join(root, "packed/node_modules/hone-rl"))).toEqual({
    dependencies: {
      "hone-rl": `file:${join(root, "packs/hone-rl-0.1.0.tgz")}`,
      [library]: "file:/l.tgz",
    },
  });
});

it("is the tarballs of a checkout, which says where they must be made first", async () => {
  write("checkout/scripts/pack.js", "");
  write("checkout/packages/hone/package.json", own);
  const folder = join(root, "checkout/packages/hone");
  const tarball = (name: string): string => join(root, "checkout/tarballs", name);
  const dependencies = {
    "hone-rl": `file:${tarball("hone-rl-0.1.0.tgz")}`,
    [library]: `file:${tarball(`${library}-1.30.0.tgz`)}`,
  };
  expect(await honeDependencies(folder)).toEqual({
    dependencies,
    unpacked: join(root, "checkout"),
  });
  for (const file of Object.values(dependencies))
    write(file.slice(`file:${root}/`.length), "packed");
  expect(await honeDependencies(folder)).toEqual({ dependencies });
});
