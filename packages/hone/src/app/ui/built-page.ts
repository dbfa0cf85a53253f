/** The files of the dashboard's page, as `npm run build` made them. They are few and small, and are kept in memory. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { HoneError } from "../../core/errors.ts";
import type { UiAsset, UiAssets } from "../../server/ui/ui-library.ts";

/** The same place for the sources of a checkout and for the package. */
const folder = fileURLToPath(new URL("../../../dist/dashboard/", import.meta.url));

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** @throws UI_NOT_BUILT in a checkout without a build */
export function builtPage(): UiAssets {
  if (!existsSync(join(folder, "index.html"))) throw new HoneError("UI_NOT_BUILT", { folder });
  const assets = new Map<string, UiAsset>();
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const type = types[extname(file)];
    if (type === undefined) continue;
    const bytes = new Uint8Array(readFileSync(join(folder, file)));
    assets.set(file.replaceAll(sep, "/"), { bytes, type });
  }
  return (path) => assets.get(path);
}
