// Starts a script on a Node that can run it. Plain JavaScript: this file itself must load on any Node since 14.
// A checkout brings Node 24 as an npm package; an installed hone-rl does not and says what it needs.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { constants } from "node:os";

export const OLDEST = [22, 18];

/** True when the running Node strips types and has what hone needs. */
export function isModern(version = process.versions.node) {
  const [major, minor] = version.split(".").map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

/** Path of a Node that is new enough: this one, or the one the checkout installed; undefined when there is none. */
function modernNode() {
  if (isModern()) return process.execPath;
  try {
    const require = createRequire(import.meta.url);
    return require.resolve(`node-${process.platform}-${process.arch}/bin/node`);
  } catch {
    return undefined;
  }
}

/** Runs `node script …args` in a child that shares our terminal; our exit code becomes the child's. */
export function runWithModernNode(script, args) {
  const node = modernNode();
  if (node === undefined) {
    console.error(
      `hone needs Node.js >= ${OLDEST.join(".")}; this is ${process.version}. Install a newer Node.js from https://nodejs.org and try again.`,
    );
    process.exitCode = 1;
    return;
  }
  const child = spawn(node, [...process.execArgv, script, ...args], { stdio: "inherit" });
  // The terminal sends Ctrl-C to the child as well; we stay alive until it has saved and gone.
  // A signal sent to us alone (kill, a process manager) is handed on.
  let forwarded = 0;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      if (signal !== "SIGINT" || !process.stdin.isTTY || forwarded++ > 0) child.kill(signal);
    });
  }
  child.on("exit", (code, signal) => {
    process.exit(code ?? 128 + (signal ? (constants.signals[signal] ?? 0) : 0));
  });
}
