// The packages with ONNX Runtime's library, one for each platform: what stands in them, and how they are made.
//
// Their folders in packages/ are workspaces, so that a checkout resolves them without a registry. `os` and `cpu` are missing
// there, since npm refuses workspaces of other platforms; they are added when a package is packed (scripts/pack.js).
import { copyFileSync, linkSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const source = dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json"));
const packages = fileURLToPath(new URL("../packages/", import.meta.url));

/** The version of onnxruntime-node that the libraries are from, and of the packages. */
export const runtimeVersion = JSON.parse(
  readFileSync(join(source, "package.json"), "utf8"),
).version;

/** The platforms that onnxruntime-node has a library for. */
export const platformPackages = [
  { os: "linux", cpu: "x64", library: "libonnxruntime.so.1", libc: "glibc" },
  { os: "linux", cpu: "arm64", library: "libonnxruntime.so.1", libc: "glibc" },
  { os: "darwin", cpu: "arm64", library: "libonnxruntime.1.dylib" },
  { os: "win32", cpu: "x64", library: "onnxruntime.dll" },
  { os: "win32", cpu: "arm64", library: "onnxruntime.dll" },
].map((one) => ({
  ...one,
  name: `hone-rl-onnxruntime-${one.os}-${one.cpu}`,
  folder: join(packages, `onnxruntime-${one.os}-${one.cpu}`),
  file: join(source, "bin/napi-v6", one.os, one.cpu, one.library),
}));

/** Puts each library into its package's folder, as a second name of the same file where that can be. */
export function placeLibraries() {
  for (const { folder, file, library } of platformPackages) {
    const place = join(folder, "lib", library);
    rmSync(join(folder, "lib"), { recursive: true, force: true });
    mkdirSync(join(folder, "lib"));
    try {
      linkSync(file, place);
    } catch {
      copyFileSync(file, place);
    }
  }
}

/** The manifest that is published: the workspace's, with the platform that npm installs it on. */
export function publishedManifest({ folder, os, cpu, libc }) {
  const { private: _private, ...manifest } = JSON.parse(
    readFileSync(join(folder, "package.json"), "utf8"),
  );
  return { ...manifest, os: [os], cpu: [cpu], ...(libc === undefined ? {} : { libc: [libc] }) };
}
