// Which code the programs of this folder run: a checkout has sources, an installed package only dist/.
import { existsSync } from "node:fs";

/**
 * The place of a module of hone, named from the root of the sources without an extension. In a checkout that is the source;
 * HONE_CODE=dist chooses the built file there, too (the same rule for threads: src/core/own-module.ts).
 */
export function codeOf(path) {
  const source = new URL(`../src/${path}.ts`, import.meta.url);
  const isBuilt = process.env.HONE_CODE === "dist" || !existsSync(source);
  return isBuilt ? new URL(`../dist/${path}.js`, import.meta.url) : source;
}
