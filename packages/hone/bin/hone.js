#!/usr/bin/env node
// The command `hone`.
// By name, it could not be imported on the older Nodes that get the launcher only.
import * as nodeModule from "node:module";
import { fileURLToPath } from "node:url";
import { codeOf } from "./code.js";
import { isModern, runWithModernNode } from "./launcher.js";

if (isModern()) {
  // Keeps compiled code in a folder that Node chooses, so that the next start takes half the time.
  nodeModule.enableCompileCache();
  await import(codeOf("cli/main").href);
} else runWithModernNode(fileURLToPath(import.meta.url), process.argv.slice(2));
