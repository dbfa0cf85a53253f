import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const pages = globSync("{*.md,{bench,docs,packages,test}/**/*.md}", {
  cwd: root,
  exclude: (name) => name.endsWith("node_modules") || name.endsWith("dist"),
});

it("follows every link between the pages of the repository", () => {
  const links = pages.flatMap((page) =>
    [...readFileSync(join(root, page), "utf8").matchAll(/\]\(([^)\s]+)\)/g)].map(
      ([, target]) => [page, target!.replace(/#.*/, "")] as const,
    ),
  );
  const local = links.filter(([, target]) => target !== "" && !/^[a-z]+:/.test(target));
  expect(local.length).toBeGreaterThan(20);
  const broken = local.filter(([page, target]) => !existsSync(join(root, dirname(page), target)));
  expect(broken).toEqual([]);
});

it("finds every source file that the recipes and the map name", () => {
  const rooms = join(root, "packages/hone/src");
  const named = ["CONTRIBUTING.md", "docs/architecture.md"].flatMap((page) =>
    [...readFileSync(join(root, page), "utf8").matchAll(/`([\w./-]+\.(?:ts|js|py))`/g)].map(
      ([, path]) => path!,
    ),
  );
  const places = [root, rooms, join(rooms, "engine"), join(root, "scripts")];
  const files = new Set(globSync("**/*.ts", { cwd: rooms }).map((path) => path.split("/").at(-1)));
  const isThere = (path: string): boolean =>
    places.some((place) => existsSync(join(place, path))) ||
    (!path.includes("/") && files.has(path));
  expect(named.filter((path) => !isThere(path) && !path.includes("*"))).toEqual([]);
});
