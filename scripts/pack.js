// `npm run pack`: the tarballs that are published, into tarballs/: hone-rl, create-hone-rl, and ONNX Runtime's library for each platform.
// Publish these files (`npm publish tarballs/<file>`), the platforms first: the folders of packages/ lack `os` and `cpu`.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { platformPackages, publishedManifest } from "./platform-packages.js";

const root = fileURLToPath(new URL("../", import.meta.url));
const tarballs = join(root, "tarballs");
const stage = mkdtempSync(join(tmpdir(), "hone-pack-"));

/** Packs a folder. Ends this process when npm cannot. */
function pack(folder) {
  const args = ["pack", "--pack-destination", tarballs];
  const { status } = spawnSync("npm", args, {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status !== 0) process.exit(status ?? 1);
}

rmSync(tarballs, { recursive: true, force: true });
mkdirSync(tarballs);
try {
  // Its `prepack` builds dist/ and places the libraries.
  pack(join(root, "packages/hone"));
  pack(join(root, "packages/create-hone-rl"));
  for (const platform of platformPackages) {
    const folder = join(stage, platform.name);
    cpSync(platform.folder, folder, { recursive: true });
    const manifest = JSON.stringify(publishedManifest(platform), undefined, 2);
    writeFileSync(join(folder, "package.json"), `${manifest}\n`);
    pack(folder);
  }
} finally {
  rmSync(stage, { recursive: true, force: true });
}
