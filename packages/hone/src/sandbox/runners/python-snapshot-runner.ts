/** Makes the snapshot that Python's interpreters begin with, and writes it to the pipe of replies. */
import { writeSync } from "node:fs";
import { lockDown } from "./lock-down.ts";
import { replyPipe } from "./messages.ts";
import { installHarness, pythonHarness } from "./python-harness.ts";
import { loadPython } from "./python-interpreter.ts";

lockDown();
const python = await loadPython();
python.globals.set("_harness", pythonHarness);
python.runPython(installHarness);
let rest = python.makeMemorySnapshot();
while (rest.length > 0) rest = rest.subarray(writeSync(replyPipe, rest));
process.exit(0);
