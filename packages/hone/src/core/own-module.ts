/** Where hone's own modules lie that are started by their place and not imported: the programs of its threads. */

/**
 * The place of a module of hone, to start a thread with.
 *
 * A checkout has it as a source (`src/….ts`), the package as a built file (`dist/….js`). In a checkout the environment
 * variable `HONE_CODE=dist` chooses the built files of the last `npm run build`, which load in a third of the time.
 *
 * @param path  from the root of the sources, without an extension
 * @example new Worker(ownModule("engine/worker/engine-worker"), threadStart());
 */
export function ownModule(path: string): URL {
  if (!import.meta.url.endsWith(".ts")) return new URL(`../${path}.js`, import.meta.url);
  if (process.env["HONE_CODE"] === "dist") return new URL(`../../dist/${path}.js`, import.meta.url);
  return new URL(`../${path}.ts`, import.meta.url);
}
