// `npm test`: the checks, then every test, with the package built before; ends with one line of counts. Arguments go to vitest.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
// Tests start hundreds of processes: each finds the code compiled that an earlier one has loaded.
const env = {
  NODE_COMPILE_CACHE: here("../node_modules/.cache/compiled"),
  // They start the package as it is built (test/doubles/own-code.ts).
  HONE_CODE: "dist",
  ...process.env,
};
const run = (args) =>
  spawnSync(process.execPath, [here("run.js"), ...args], { stdio: "inherit", env }).status ?? 1;

if (run([here("build.js")]) !== 0) process.exit(1);
const checks = run([here("check.js")]);
const folder = mkdtempSync(join(tmpdir(), "hone-test-"));
const report = join(folder, "report.json");
const reporters = ["--reporter=default", "--reporter=json", `--outputFile=${report}`];
const tests = run(["vitest", "run", ...reporters, ...process.argv.slice(2)]);

let counts = { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, numTodoTests: 0 };
try {
  counts = JSON.parse(readFileSync(report, "utf8"));
} catch (error) {
  console.error(`the test runner wrote no report: ${error.message}`);
}
rmSync(folder, { recursive: true, force: true });

// A failing check or a test file that did not load counts as a failure of its own.
const failed =
  counts.numFailedTests +
  (checks === 0 ? 0 : 1) +
  (tests !== 0 && counts.numFailedTests === 0 ? 1 : 0);
const skipped = counts.numPendingTests + counts.numTodoTests;
console.log(`${counts.numPassedTests} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed === 0 ? 0 : 1;
