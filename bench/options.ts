/** The command line of the benchmark. */
import { parseArgs } from "node:util";
import { type StoreKind, storeKinds } from "./stores/stores-bench.ts";
import { works } from "./works.ts";

export interface BenchOptions {
  /** Names of the engine's works to measure. */
  readonly works: readonly string[];
  readonly stores: readonly StoreKind[];
  /** Traces that the stores are filled with. */
  readonly traces: number;
  readonly hasCollecting: boolean;
  /** Whether the cost of keeping rollouts is measured. */
  readonly hasRollouts: boolean;
  /** Whether the cost of binding replies to a schema is measured. */
  readonly hasJson: boolean;
  /** Whether streams of `hone serve` are measured. */
  readonly hasServing: boolean;
  /** Whether sandboxes are measured. */
  readonly hasSandboxes: boolean;
  /** Whether reading and writing of data files is measured. */
  readonly hasData: boolean;
  /** Whether the dashboard is measured in a browser. */
  readonly hasDashboard: boolean;
  /** A store that the dashboard shows in place of one that is made. */
  readonly store: string | undefined;
  /** Size of the file of conversations that it reads, in MiB. */
  readonly megabytes: number;
  /** Measured repetitions instead of each work's own number. */
  readonly repetitions: number | undefined;
  readonly threads: number;
  readonly isJson: boolean;
  /** The Python interpreter of the other side; undefined: only our column. */
  readonly python: string | undefined;
  /** The Python interpreter that has llama.cpp; undefined: without it. */
  readonly llamaPython: string | undefined;
}

const usage = `npm run bench -- [--only NAME,NAME] [--repetitions N] [--threads N] [--traces N] [--megabytes N] [--store URL] [--json]

HONE_BENCH_PYTHON  a Python with bench/peers/requirements.txt installed; without it only our column is measured
HONE_BENCH_LLAMA   a Python with bench/peers/llama-requirements.txt installed; puts llama.cpp beside the decode rows

engine:     ${works.map((work) => work.name).join(", ")}
stores:     ${storeKinds.map((kind) => `store-${kind}`).join(", ")}; --traces fills them with fewer than 100000
collecting: collecting
rollouts:   rollouts
json:       json
serving:    serving
sandboxes:  sandbox
dashboard:  dashboard; --traces, or --store with that many traces of an earlier run
data:       data; --megabytes makes its file smaller than 1024 MiB`;

/** Undefined when the command line asks for help or is wrong; then the usage was printed. */
export function benchOptions(args: readonly string[]): BenchOptions | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        only: { type: "string" },
        repetitions: { type: "string" },
        threads: { type: "string", default: "2" },
        traces: { type: "string", default: "100000" },
        megabytes: { type: "string", default: "1024" },
        store: { type: "string" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      console.log(usage);
      return undefined;
    }
    const engine = works.map((work) => work.name);
    const known = [
      ...engine,
      ...storeKinds.map((kind) => `store-${kind}`),
      "collecting",
      "rollouts",
      "json",
      "serving",
      "sandbox",
      "dashboard",
      "data",
    ];
    const only = values.only?.split(",") ?? known;
    const unknown = only.find((name) => !known.includes(name));
    if (unknown !== undefined) throw new Error(`unknown work ${unknown}`);
    return {
      works: engine.filter((name) => only.includes(name)),
      stores: storeKinds.filter((kind) => only.includes(`store-${kind}`)),
      traces: hundreds(values.traces),
      hasCollecting: only.includes("collecting"),
      hasRollouts: only.includes("rollouts"),
      hasJson: only.includes("json"),
      hasServing: only.includes("serving"),
      hasSandboxes: only.includes("sandbox"),
      hasDashboard: only.includes("dashboard"),
      store: values.store,
      hasData: only.includes("data"),
      megabytes: count(values.megabytes),
      repetitions: values.repetitions === undefined ? undefined : count(values.repetitions),
      threads: count(values.threads),
      isJson: values.json,
      python: process.env["HONE_BENCH_PYTHON"],
      llamaPython: process.env["HONE_BENCH_LLAMA"],
    };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exitCode = 2;
    return undefined;
  }
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`${text} is not a whole number from 1`);
  return value;
}

/** The stores are filled in batches of a hundred. */
function hundreds(text: string): number {
  const value = count(text);
  if (value % 100 !== 0) throw new Error(`${text} is not a number of whole hundreds`);
  return value;
}
