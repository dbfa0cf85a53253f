// Runs a script, or an installed tool by its name, on a Node that is new enough:
//   node scripts/run.js vitest run          node scripts/run.js packages/hone/bin/hone.js run math
// npm scripts go through here because the system's Node may be older than the one this checkout installs.
import { existsSync, realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runWithModernNode } from "../packages/hone/bin/launcher.js";

const [command, ...args] = process.argv.slice(2);
const tool = fileURLToPath(new URL(`../node_modules/.bin/${command}`, import.meta.url));
if (command === undefined || !(existsSync(command) || existsSync(tool))) {
  console.error(
    `usage: node scripts/run.js <script or installed tool> [arguments]; "${command ?? ""}" is neither`,
  );
  process.exitCode = 2;
} else {
  if (process.env["npm_lifecycle_event"] !== undefined) endWithParent();
  runWithModernNode(existsSync(command) ? command : realpathSync(tool), args);
}

/**
 * npm hands a SIGTERM to the shell in between, and dash, Debian's `sh`, dies of it without a word to us: seeing that it is
 * gone, we send ourselves the signal, which the launcher hands on.
 */
function endWithParent() {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, "SIGTERM");
  }, 500).unref();
}
