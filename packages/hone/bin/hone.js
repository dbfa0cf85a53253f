#!/usr/bin/env node
// The command `hone`. In a checkout it runs the sources; in an installed package, dist/.
import { existsSync } from "node:fs";
// By name, it could not be imported on the older Nodes that get the launcher only.
import * as nodeModule from "node:module";
import { fileURLToPath } from "node:url";
import { isModern, runWithModernNode } from "./launcher.js";

const source = new URL("../src/cli/main.ts", import.meta.url);
const main = existsSync(source) ? source : new URL("../dist/cli/main.js", import.meta.url);

if (isModern()) {
  // Keeps compiled code in a folder that Node chooses, so that the next start takes half the time.
  nodeModule.enableCompileCache();
  await import(main.href);
} else runWithModernNode(fileURLToPath(import.meta.url), process.argv.slice(2));
