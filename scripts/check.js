// `npm run check`: types, lint, format, unused code, rooms. All of them run; the exit code is 1 when one failed.
// `--without rooms` leaves a check out by its name.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const steps = {
  // Several checkers infer the types of shared files once each: on two cores one takes 21 s of the processor, four take 34 s.
  types: ["tsc", "-p", "tsconfig.json", "--checkers", "1"],
  "types of the page": ["tsc", "-p", "packages/dashboard"],
  lint: ["oxlint", "--deny-warnings"],
  format: ["oxfmt", "--check"],
  "unused code": ["knip", "--no-progress", "--no-config-hints"],
  rooms: ["vitest", "run", "test/rooms.test.ts"],
};

const { values } = parseArgs({ options: { without: { type: "string", multiple: true } } });
const run = fileURLToPath(new URL("run.js", import.meta.url));
let failed = 0;
for (const [name, command] of Object.entries(steps)) {
  if (values.without?.includes(name) === true) continue;
  const start = performance.now();
  const step = spawnSync(process.execPath, [run, ...command], { encoding: "utf8" });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${step.status === 0 ? "ok  " : "FAIL"} ${name} (${seconds} s)`);
  if (step.status !== 0) {
    failed++;
    console.log(step.stdout + step.stderr);
  }
}
process.exitCode = failed === 0 ? 0 : 1;
