/**
 * Preloaded into a process that runs several programs: runs all that RECORDED_RUNS names, with their flags, except for the last,
 * which is the program of the process. Each begins when the process of the test, which is told the time before it, has answered.
 */
import { once } from "node:events";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);
const runs = JSON.parse(process.env["RECORDED_RUNS"]!) as (readonly [string, ...string[]])[];

async function begin(index: number): Promise<void> {
  const answer = once(process, "message");
  // A mark in the output between two runs.
  if (index > 0) for (const stream of [process.stdout, process.stderr]) stream.write("\0");
  // The clock of traces may be behind the wall clock, by as long as a busy machine keeps a process waiting between two readings:
  // the time told keeps its distance from both runs.
  await sleep(150);
  process.send!(Date.now());
  await answer;
  await sleep(150);
  process.argv.splice(1, Infinity, ...runs[index]!);
}

for (const [index, [script]] of runs.slice(0, -1).entries()) {
  await begin(index);
  if (script.endsWith(".cts")) {
    await require(script);
    delete require.cache[script];
  } else await import(`${pathToFileURL(script).href}?run=${index}`);
}
await begin(runs.length - 1);
process.disconnect();
