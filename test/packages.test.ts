/** What `npm install hone-rl` brings: no install script, one platform's library, a package that npm can read everywhere. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
// @ts-expect-error A script without types.
import * as scripts from "../scripts/platform-packages.js";

interface PlatformPackage {
  readonly name: string;
  readonly os: string;
  readonly cpu: string;
  readonly folder: string;
  readonly file: string;
}

interface LockedPackage {
  readonly hasInstallScript?: boolean;
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const root = join(import.meta.dirname, "..");
const {
  platformPackages: platforms,
  publishedManifest,
  runtimeVersion,
} = scripts as {
  readonly platformPackages: readonly PlatformPackage[];
  readonly publishedManifest: (platform: PlatformPackage) => Readonly<Record<string, unknown>>;
  readonly runtimeVersion: string;
};
const read = <T>(path: string): T => JSON.parse(readFileSync(join(root, path), "utf8")) as T;
const lock = read<{ packages: Readonly<Record<string, LockedPackage>> }>("package-lock.json");

/** Everything that hone-rl brings, of all platforms, by the lock. */
function broughtPackages(): Map<string, LockedPackage> {
  const found = new Map<string, LockedPackage>();
  const waiting = ["packages/hone"];
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    const named = lock.packages[place]!;
    const one = named.resolved?.startsWith("packages/") ? lock.packages[named.resolved]! : named;
    if (found.has(place)) continue;
    found.set(place, one);
    for (const name of Object.keys({ ...one.dependencies, ...one.optionalDependencies })) {
      const inner = `${place}/node_modules/${name}`;
      waiting.push(inner in lock.packages ? inner : `node_modules/${name}`);
    }
  }
  return found;
}

describe("npm install hone-rl", () => {
  it("runs no script of any package", () => {
    const brought = [...broughtPackages()];
    expect(brought.length).toBeGreaterThan(15);
    expect(brought.filter(([, one]) => one.hasInstallScript).map(([name]) => name)).toEqual([]);
    expect(brought.map(([name]) => name)).not.toContain("node_modules/onnxruntime-node");
    for (const { name } of platforms) {
      expect(brought.map(([place]) => place)).toContain(`node_modules/${name}`);
    }
  });

  it("takes the library of one platform, in the version that is tested here", () => {
    const { optionalDependencies } = read<LockedPackage>("packages/hone/package.json");
    for (const platform of platforms) {
      expect(optionalDependencies).toMatchObject({ [platform.name]: runtimeVersion });
      const { os, cpu } = platform;
      const manifest = publishedManifest(platform);
      expect(manifest).toMatchObject({
        name: platform.name,
        version: runtimeVersion,
        os: [os],
        cpu: [cpu],
      });
      expect(manifest).not.toHaveProperty("private");
      expect(manifest).not.toHaveProperty("scripts");
      expect(existsSync(join(platform.folder, "LICENSE"))).toBe(true);
      // 80 MB in all leave room for what is not the library.
      expect(statSync(platform.file).size).toBeLessThan(50e6);
    }
  });
});

it("npm create hone-rl begins with the hone-rl of its own version", () => {
  const { version } = read<{ version: string }>("packages/hone/package.json");
  expect(read("packages/create-hone-rl/package.json")).toMatchObject({
    version,
    dependencies: { "hone-rl": version },
  });
});
