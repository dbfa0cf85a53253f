// Bundles the code of packages/hone/src/ into a folder: one file for each entrance, command and thread, and files of what
// they share. Names, not minified code: a stack of an error stays readable.
//   node scripts/run.js scripts/bundle.js <folder whose name is dist>
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const source = fileURLToPath(new URL("../packages/hone/src/", import.meta.url));
const manifest = JSON.parse(
  readFileSync(new URL("../packages/hone/package.json", import.meta.url), "utf8"),
);

/** Modules that are started by their place: the command line, the threads and the interpreters' processes (core/own-module.ts). */
const programs = [
  "cli/main",
  "app/recording/writer-worker",
  "app/serving/agent-runner",
  "app/training/stored/rollout-worker",
  "app/ui/chat/chat-runner",
  "app/ui/ui-runner",
  "engine/worker/benchmark-worker",
  "engine/worker/engine-worker",
  "sandbox/runners/javascript-runner",
  "sandbox/runners/python-runner",
  "sandbox/runners/python-snapshot-runner",
  "sandbox/runners/shell-runner",
];
const entrances = Object.values(manifest.exports).flatMap(({ source: path }) =>
  path === undefined ? [] : [path.replace(/^\.\/src\/(.*)\.ts$/, "$1")],
);

/**
 * A module's own place stays what it is without a bundle, wherever its code has gone: `dist/<path of the source>.js`.
 * Files are found by it: package.json, the preload, the programs above.
 */
const ownPlaces = {
  name: "own-places",
  transform(code, id) {
    if (!id.startsWith(source) || !code.includes("import.meta")) return undefined;
    if (/import\.meta\.(?!url\b)/.test(code))
      this.error(`${id}: only import.meta.url keeps its place`);
    const place = id.slice(source.length).replaceAll("\\", "/").replace(/\.ts$/, ".js");
    const root = 'import.meta.url.slice(0, import.meta.url.lastIndexOf("/dist/") + 6)';
    return code.replaceAll("import.meta.url", `(${root} + ${JSON.stringify(place)})`);
  },
};

const bundle = await rolldown({
  input: Object.fromEntries(
    [...entrances, ...programs].map((path) => [path, `${source}${path}.ts`]),
  ),
  platform: "node",
  // Packages stay packages: their code is theirs, and one copy of each serves the app, too.
  external: (id) => !/^[./]/.test(id) && !id.startsWith(source),
  plugins: [ownPlaces],
  onLog(level, log) {
    if (level === "warn") throw new Error(log.message);
  },
});
await bundle.write({
  dir: process.argv[2],
  format: "esm",
  entryFileNames: "[name].js",
  chunkFileNames: "shared/[name]-[hash].js",
});
