/**
 * `npm run bench`: one table, ours beside what a Python user has for the same work on the same machine. README.md says how
 * to install the Python side and how to read the columns.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { leaveNothingBehind, runChild } from "./children.ts";
import { measure, type Row } from "./measure.ts";
import { type BenchOptions, benchOptions } from "./options.ts";
import { table } from "./table.ts";
import { type ModelShape, type Work, works } from "./works.ts";

const options = benchOptions(process.argv.slice(2));
if (options !== undefined) await bench(options);

async function bench({ isJson, ...options }: BenchOptions): Promise<void> {
  const machine = `${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} cores, ${options.threads} threads`;
  if (!isJson)
    console.log(
      `${machine}; medians, the sides taking turns; memory: peak (before the model exists)`,
    );
  const folder = await mkdtemp(join(tmpdir(), "hone-bench-"));
  leaveNothingBehind(folder);
  const rows: Row[] = [];
  for (const work of works.filter(({ name }) => options.only.includes(name))) {
    rows.push(await measure(work, await modelFolder(folder, work), options));
    console.error(table(rows.slice(-1)));
    await rm(join(folder, "model"), { recursive: true, force: true });
  }
  console.log(isJson ? JSON.stringify({ machine, rows }, null, 2) : table(rows));
}

/** A model of the work's shape, made in a process of its own. */
async function modelFolder(parent: string, { shape }: Work): Promise<string> {
  const path = join(parent, "model");
  const script = fileURLToPath(new URL("ours/make-model.ts", import.meta.url));
  await runChild(process.execPath, [script, path, JSON.stringify(shape satisfies ModelShape)]);
  return path;
}
