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
 * Ends this process when its parent is gone. npm sends SIGTERM to the shell between npm and this process, and dash (Debian's
 * `sh`) ends without sending it on. So when the parent has changed, this process sends itself the signal.
 */
function endWithParent() {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, "SIGTERM");
  }, 500).unref();
}
