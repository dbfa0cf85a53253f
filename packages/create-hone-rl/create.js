#!/usr/bin/env node
// `npm create hone-rl agent my-agent`: `hone init agent my-agent` of the package hone-rl. A folder alone is an agent.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const hone = new URL("bin/hone.js", import.meta.resolve("hone-rl/package.json"));
const given = process.argv.slice(2);
const isFolderAlone =
  given.length === 1 && /^[^-]/.test(given[0]) && !["agent", "domain"].includes(given[0]);
const args = [fileURLToPath(hone), "init", ...(isFolderAlone ? ["agent"] : []), ...given];
const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
process.exitCode = status ?? 1;
