// Starts a script on a Node that can run it. It is plain JavaScript, since it must load on every Node from 14 on.
// A checkout installs Node 24 as an npm package; an installed hone-rl does not, and says which Node it needs.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { constants } from "node:os";

/** The oldest Node that can run hone: [major, minor]. */
export const OLDEST = [22, 18];

/** True when a version of Node strips types and has everything that hone needs. */
export function isModern(version = process.versions.node) {
  const [major, minor] = version.split(".").map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

/** The path of a Node that is new enough: the running one, or the one that a checkout installed; undefined without one. */
function modernNode() {
  if (isModern()) return process.execPath;
  try {
    const require = createRequire(import.meta.url);
    return require.resolve(`node-${process.platform}-${process.arch}/bin/node`);
  } catch {
    return undefined;
  }
}

/** Runs `node script …args` in a child process with this process's streams, and exits with its exit code. */
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
  // A terminal sends Ctrl-C to the child, too: this process waits until the child has saved and ended.
  // A signal that only this process gets (from kill or a process manager) is sent on to the child.
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
