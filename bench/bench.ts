/**
 * `npm run bench`: the engine beside what a Python user has for the same work on the same machine, the stores of traces side
 * by side, what recording costs an agent, what binding replies to a schema costs a token, how fast `hone serve` answers, what a run in a sandbox costs, how soon the dashboard shows its pages, and how much time and memory commands on data files take. README.md says how to install the Python side and how to read the tables.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { leaveNothingBehind, runChild } from "./children.ts";
import { benchCollecting, collectingTable } from "./collecting/collecting-bench.ts";
import { benchDashboard, dashboardTable } from "./dashboard/dashboard-bench.ts";
import { benchData, dataTable } from "./data/data-bench.ts";
import { instructions } from "./instructions.ts";
import { benchJson, jsonTable } from "./json/json-bench.ts";
import { measure, type Row } from "./measure.ts";
import { type BenchOptions, benchOptions } from "./options.ts";
import { benchRollouts, rolloutsTable } from "./rollouts/rollouts-bench.ts";
import { benchSandboxes, sandboxTable } from "./sandbox/sandbox-bench.ts";
import { benchServing, servingTable } from "./serving/serving-bench.ts";
import { benchStores, storesTable } from "./stores/stores-bench.ts";
import { table } from "./table.ts";
import { type ModelShape, type Work, works } from "./works.ts";

const options = benchOptions(process.argv.slice(2));
if (options !== undefined) await bench(options);

async function bench(options: BenchOptions): Promise<void> {
  const { isJson, threads, traces } = options;
  const { name, hasBf16 } = instructions();
  const processor = `${cpus()[0]?.model ?? "unknown processor"} (${name}${hasBf16 ? "" : ", bf16 left out: it would be emulated"})`;
  const machine = `${processor}, ${availableParallelism()} cores, ${threads} threads`;
  if (!isJson) console.log(machine);
  const folder = await mkdtemp(join(tmpdir(), "hone-bench-"));
  leaveNothingBehind(folder);
  const rows = await benchEngine(options, folder);
  if (rows.length > 0 && !isJson)
    console.log(
      `medians, the sides taking turns; memory: peak (before the model exists)\n${table(rows)}`,
    );
  const stores = await benchStores(options.stores, traces, folder);
  if (options.stores.length > 0 && !isJson) console.log(storesTable(stores, traces));
  const collecting = options.hasCollecting ? await benchCollecting(folder) : [];
  if (options.hasCollecting && !isJson) console.log(collectingTable(collecting));
  const rollouts = options.hasRollouts ? await benchRollouts(folder, threads) : [];
  if (options.hasRollouts && !isJson) console.log(rolloutsTable(rollouts));
  const json = options.hasJson ? await benchJson(folder, threads) : undefined;
  if (json !== undefined && !isJson) console.log(jsonTable(json));
  const serving = options.hasServing ? await benchServing(folder, threads) : undefined;
  if (serving !== undefined && !isJson) console.log(servingTable(serving));
  const sandboxes = options.hasSandboxes ? await benchSandboxes() : [];
  if (options.hasSandboxes && !isJson) console.log(sandboxTable(sandboxes));
  const dashboard = options.hasDashboard
    ? await benchDashboard(folder, traces, options.store)
    : undefined;
  if (dashboard !== undefined && !isJson) console.log(dashboardTable(dashboard));
  const data = options.hasData ? await benchData(folder, options.megabytes) : [];
  if (options.hasData && !isJson) console.log(dataTable(data, options.megabytes));
  const all = {
    ...{ machine, rows, stores, collecting, rollouts, json, serving, sandboxes, dashboard, data },
  };
  if (isJson) console.log(JSON.stringify(all, null, 2));
}

async function benchEngine(options: BenchOptions, folder: string): Promise<Row[]> {
  const rows: Row[] = [];
  const { hasBf16 } = instructions();
  for (const work of works.filter(({ name }) => options.works.includes(name))) {
    rows.push(await measure(work, await modelFolder(folder, work), { ...options, hasBf16 }));
    console.error(table(rows.slice(-1)));
    await rm(join(folder, "model"), { recursive: true, force: true });
  }
  return rows;
}

/** A model of the work's shape, made in a process of its own. */
async function modelFolder(parent: string, { shape }: Work): Promise<string> {
  const path = join(parent, "model");
  const script = fileURLToPath(new URL("ours/make-model.ts", import.meta.url));
  await runChild(process.execPath, [script, path, JSON.stringify(shape satisfies ModelShape)]);
  return path;
}
