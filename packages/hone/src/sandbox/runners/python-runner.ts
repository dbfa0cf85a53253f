/**
 * Runs Python in Pyodide: an interpreter of its own for every program, made from a snapshot. It is made before the program is
 * known, so that a run does not wait for it.
 */
import crypto from "node:crypto";
import { readFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import type { PyodideAPI } from "pyodide";
import { Random } from "../../core/random.ts";
import { lockDown } from "./lock-down.ts";
import { compileOnce, limitMemory, loadPython, memory } from "./python-interpreter.ts";
import { PythonProgram } from "./python-program.ts";
import { serveRuns } from "./serve-runs.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** A snapshot's file begins with the SHA-256 of the rest. */
const digestBytes = 32;

lockDown();
limitMemory();
compileOnce();
const clock = new VirtualClock();
const later = setImmediate;
clock.install();

/** All randomness that Python asks the process for. */
let random = new Random("sandbox");
const fill = <T extends NodeJS.ArrayBufferView | ArrayBufferLike>(into: T): T => {
  const bytes = ArrayBuffer.isView(into)
    ? new Uint8Array(into.buffer, into.byteOffset, into.byteLength)
    : new Uint8Array(into);
  for (let i = 0; i < bytes.length; i++) bytes[i] = random.integer(0, 255);
  return into;
};
crypto.randomFillSync = fill;
syncBuiltinESMExports();

const snapshot = new Uint8Array(readFileSync(process.argv[2]!)).subarray(digestBytes);

const prepare = (): Promise<PyodideAPI> => {
  memory.limitBytes = Infinity;
  return loadPython(snapshot);
};
let next = prepare();
await next;

await serveRuns(async (tools) => {
  const python = await next;
  const { limits, seed, now } = tools.request;
  random = new Random("sandbox", seed);
  clock.set(now);
  memory.limitBytes = limits.memoryMb * 1024 * 1024;
  memory.wasRefused = false;
  const end = new PythonProgram({ python, clock, tools }).run();
  clock.set(now);
  // The end is told first; a process that is not to be used again is gone before the next interpreter is made.
  next = new Promise<void>((resolve) => void later(resolve)).then(prepare);
  next.catch(() => {});
  return end;
});
