/**
 * How tests start programs that use hone: with the sources, or with the built package, which loads in a third of the time.
 * `npm test` builds it and sets HONE_CODE, which the threads of hone and its command go by, too.
 */
import { join } from "node:path";

const isBuilt = process.env["HONE_CODE"] === "dist";

/** The command `hone`. */
export const bin = join(import.meta.dirname, "../../packages/hone/bin/hone.js");

/** What `hone-rl/register` names; by its place, which is found from any folder. */
export const preload = join(
  import.meta.dirname,
  "../../packages/hone",
  isBuilt ? "dist/register.js" : "src/register.ts",
);

/** Flags of Node with which "hone-rl" is found in this checkout. */
export const findsHone: readonly string[] = isBuilt
  ? []
  : ["--import", join(import.meta.dirname, "hone-sources.ts")];
