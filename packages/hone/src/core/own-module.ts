/** Where hone's own modules lie that are started by their place and not imported: the programs of its threads. */

/**
 * The place of a module of hone, to start a thread with.
 *
 * A checkout has the source (`src/….ts`), the package a built file in its place (`dist/….js`). In a checkout the environment
 * variable `HONE_CODE=dist` chooses the built files of the last `npm run build`, which load in a third of the time.
 *
 * The command and the preload follow the same rule (bin/code.js).
 *
 * @param source  the module's source, beside the file that asks
 * @example new Worker(ownModule(new URL("./worker/engine-worker.ts", import.meta.url)), threadStart());
 */
export function ownModule(source: URL): URL {
  const isSource = import.meta.url.endsWith(".ts");
  if (isSource && process.env["HONE_CODE"] !== "dist") return source;
  const root = import.meta.url.replace(/core\/own-module\.[jt]s$/, "");
  const path = source.href.slice(root.length).replace(/\.ts$/, ".js");
  return new URL(isSource ? `${root}../dist/${path}` : `${root}${path}`);
}
