/**
 * Runs JavaScript in QuickJS, compiled to WebAssembly: an instance with a memory of its own for every program, which is dropped
 * as a whole. The program itself is javascript-program.ts.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import * as packaged from "@jitl/quickjs-wasmfile-release-sync";
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSSyncVariant,
} from "quickjs-emscripten-core";
import { assert } from "../../core/errors.ts";
import { randomBits } from "../../core/random.ts";
import { type GuestClock, JavaScriptProgram } from "./javascript-program.ts";
import { lockDown } from "./lock-down.ts";
import { serveRuns } from "./serve-runs.ts";
import "./web-assembly.ts";

/** Depth of calls: bytes of the guest's stack. The process's own, which V8 uses beside it, is larger. */
const stackBytes = 256 * 1024;

/** Bytes of instances that are no longer used and may not have been collected. */
let dropped = 0;

/** A collection takes some ms, so small programs share one. */
const maxDroppedBytes = 256 * 1024 * 1024;

lockDown();

/** Compiled once; every program gets an instance of it. */
const wasmModule = await WebAssembly.compile(
  readFileSync(createRequire(import.meta.url).resolve("@jitl/quickjs-wasmfile-release-sync/wasm")),
);
// The package's types describe its CommonJS form, whose `default` holds another `default`.
const variant: object = packaged.default;
assert(isVariant(variant), "the package of QuickJS holds no QuickJS");
const compiled = newVariant(variant, { wasmModule });

/** QuickJS asks the process for the time, and gets the guest's. */
const clock: GuestClock = { now: 0 };
Date.now = () => clock.now++;

await serveRuns(async (tools) => {
  const { limits, seed, now } = tools.request;
  const quickjs = await newQuickJSWASMModuleFromVariant(compiled);
  const runtime = quickjs.newRuntime({
    memoryLimitBytes: limits.memoryMb * 1024 * 1024,
    maxStackSizeBytes: stackBytes,
  });
  // A new context seeds Math.random with the time of the clock.
  clock.now = randomBits("sandbox", seed);
  const context = runtime.newContext();
  clock.now = now;
  const program = new JavaScriptProgram({ runtime, context, clock, tools });
  tools.started();
  const end = program.run();
  dropped += quickjs.getWasmMemory().buffer.byteLength;
  return end;
}, collect);

/** Gives the memory of earlier programs back, which the process's limit counts until it is collected. */
function collect(): void {
  if (dropped < maxDroppedBytes) return;
  globalThis.gc?.();
  dropped = 0;
}

function isVariant(value: object): value is QuickJSSyncVariant {
  return "importFFI" in value;
}
