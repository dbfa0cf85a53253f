import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { commands } from "./command-table.ts";

const sources = join(import.meta.dirname, "..");

/** Neither a checkout nor a local install puts `hone` on the PATH; `npx hone` works in both, and for a global install. */
it("names every command so that it can be typed as it is printed", () => {
  const words = [...new Set(commands.map(({ name }) => name.split(" ")[0]!))].join("|");
  const bare = new RegExp(String.raw`(?<!npx )\bhone (?:(?:${words})\b|<|--|\$\{).*`, "g");
  const found = globSync("**/*.ts", { cwd: sources, exclude: ["**/*.test.ts"] }).flatMap((file) => {
    const text = readFileSync(join(sources, file), "utf8");
    const code = text.replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
    return [...code.matchAll(bare)].map(([line]) => `${file}: ${line}`);
  });
  expect(found).toEqual([]);
});
