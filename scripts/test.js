// `npm test`: builds the package, then runs every test with the checks beside them; ends with what the checks found and one
// line of counts. Arguments go to vitest.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
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
/** Runs a script or a tool to its end: its exit code, and what it printed where that was to be kept. */
async function run(args, output) {
  const stdio = ["ignore", output, output];
  const program = spawn(process.execPath, [here("run.js"), ...args], { stdio, env });
  const kept = [];
  for (const stream of [program.stdout, program.stderr]) stream?.on("data", (x) => kept.push(x));
  const [code] = await once(program, "close");
  return { code: code ?? 1, printed: Buffer.concat(kept).toString() };
}

const build = spawnSync(process.execPath, [here("build.js")], { stdio: "inherit", env });
if (build.status !== 0) process.exit(1);
const words = process.argv.slice(2);
// The arrows between the rooms are one of the tests, unless only some tests are wanted.
const checked = run(
  [here("check.js"), ...(words.length === 0 ? ["--without", "rooms"] : [])],
  "pipe",
);
const folder = mkdtempSync(join(tmpdir(), "hone-test-"));
const report = join(folder, "report.json");
const reporters = ["--reporter=default", "--reporter=json", `--outputFile=${report}`];
const tests = await run(["vitest", "run", ...reporters, ...words], "inherit");
const checks = await checked;
console.log(checks.printed);

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
  (checks.code === 0 ? 0 : 1) +
  (tests.code !== 0 && counts.numFailedTests === 0 ? 1 : 0);
const skipped = counts.numPendingTests + counts.numTodoTests;
console.log(`${counts.numPassedTests} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed === 0 ? 0 : 1;
