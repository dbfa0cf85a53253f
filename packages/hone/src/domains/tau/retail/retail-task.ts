/** A task of τ²-bench's shop, as `hone tasks import tau2` writes it into a file of tasks. */
import type { Task } from "../../../core/rollout.ts";
import { entryError } from "../../../data/data-line-error.ts";
import type { FileTask } from "../../../data/task-file.ts";

/** A call of a tool. */
export interface RetailCall {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** The task to serve one customer of τ²-bench's shop. */
export interface RetailTask extends Task {
  /** The file of the database at the beginning. */
  readonly database: string;
  /** The file of the policy. */
  readonly policy: string;
  /**
   * What the customer wants, knows and does not know, in the words of the benchmark; and the name of the model that plays it. Without a
   * model it is played by rules.
   */
  readonly customer: {
    readonly reason: string;
    readonly known: string;
    readonly unknown: string;
    readonly instructions: string;
    readonly model?: string;
  };
  /** What a right agent does. Only the state after it and what is to be said decide about success, not the way. */
  readonly calls: readonly RetailCall[];
  /** What the customer must be told, word for word. */
  readonly outputs: readonly string[];
}

/** Whether a task is one of the benchmark's shop. */
export const isRetailTask = (task: Task): task is RetailTask =>
  "database" in task && "calls" in task && "outputs" in task;

/** @throws DATA_LINE_INVALID for a task that is none of the benchmark's shop */
export function readRetailTask({ task, entry }: FileTask): RetailTask {
  if (isRetailTask(task)) return task;
  throw entryError(
    entry,
    "a task of tau2 has the fields database, policy, customer, calls and outputs",
  );
}
