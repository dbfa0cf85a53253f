// `npm run build`: makes packages/hone/dist/ out of packages/hone/src/ and packages/dashboard/, unless it is of these very sources
// already, and puts ONNX Runtime's libraries into the packages of the platforms.
//
// The code is bundled: what a program or a thread loads lies in a few files and not in hundreds, each of which would have
// to be found and linked. The declarations are tsc's. The page of `hone ui` is built by Vite into dist/dashboard.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { placeLibraries } from "./platform-packages.js";

const root = fileURLToPath(new URL("../", import.meta.url));
const dist = join(root, "packages/hone/dist");
const builtOf = join(root, "node_modules/.cache/hone-dist.sha256");

placeLibraries();
const digest = digestOfSources();
if (!existsSync(dist) || !existsSync(builtOf) || readFileSync(builtOf, "utf8") !== digest) build();

function build() {
  // Nothing of a deleted source stays, and what is half built is built again.
  rmSync(builtOf, { force: true });
  rmSync(dist, { recursive: true, force: true });
  run("scripts/bundle.js", dist);
  run("tsc", "-p", "packages/hone/tsconfig.build.json");
  run("vite", "build", "packages/dashboard", "--logLevel", "warn");
  mkdirSync(dirname(builtOf), { recursive: true });
  writeFileSync(builtOf, digest);
}

/** Both need a newer Node than the system may have. */
function run(...command) {
  const options = { cwd: root, stdio: "inherit" };
  const { status } = spawnSync(
    process.execPath,
    [join(root, "scripts/run.js"), ...command],
    options,
  );
  if (status !== 0) process.exit(status ?? 1);
}

/** Of everything that decides what is built: sources, settings, the versions of the tools. */
function digestOfSources() {
  const settings = ["package-lock.json", "tsconfig.json", "scripts/build.js", "scripts/bundle.js"];
  const ofPackage = ["package.json", "tsconfig.build.json"].map((name) => `packages/hone/${name}`);
  const ofPage = ["index.html", "vite.config.ts"].map((name) => `packages/dashboard/${name}`);
  settings.push(...ofPackage, ...ofPage);
  const sources = ["packages/hone/src", "packages/dashboard/src"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .filter((name) => /\.(ts|tsx|css|svg)$/.test(name))
      .map((name) => join(folder, name)),
  );
  const hash = createHash("sha256");
  const byName = (a, b) => (a < b ? -1 : 1);
  for (const file of [...settings, ...sources].toSorted(byName)) {
    hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}
