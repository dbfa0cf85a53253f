/** A task of τ²-bench's shop, as `hone tasks import tau2` writes it into a file of tasks. */
import { realpathSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import { z } from "zod";
import { type DataEntry, entryError, refusal } from "../data-line-error.ts";
import type { FileTask } from "../task-file.ts";

const retailCall = z.object({
  name: z.string(),
  arguments: z.record(z.string(), z.unknown()),
});

const retailTask = z.looseObject({
  id: z.string(),
  /** The file of the database at the beginning; in a file of tasks relative to its folder. */
  database: z.string(),
  /** The file of the policy, likewise. */
  policy: z.string(),
  /** What the customer wants, knows and does not know, in the words of the benchmark. */
  customer: z.looseObject({
    reason: z.string(),
    known: z.string(),
    unknown: z.string(),
    instructions: z.string(),
    /** The name of the model that plays the customer. Without one it is played by rules. */
    model: z.string().optional(),
  }),
  /** What a right agent does. Only the state after it and what is to be said decide about success, not the way. */
  calls: z.array(retailCall).readonly(),
  /** What the customer must be told, word for word. */
  outputs: z.array(z.string()).readonly(),
});

/** A call of a tool. */
export type RetailCall = Readonly<z.infer<typeof retailCall>>;

/** The task to serve one customer of τ²-bench's shop. */
export type RetailTask = Readonly<z.infer<typeof retailTask>>;

/**
 * A task of a file, with whole paths.
 * @throws DATA_LINE_INVALID for a task of another shape, and for a database or a policy outside of the folder of the file
 */
export function readRetailTask({ task, entry }: FileTask): RetailTask {
  const result = retailTask.safeParse(task);
  if (!result.success)
    throw refusal(entry, { json: task, issues: result.error.issues, knownAt: () => [] });
  const { data } = result;
  const [database, policy] = [fileOf(entry, "database", data), fileOf(entry, "policy", data)];
  return { ...data, database, policy };
}

/** The whole path of a file that a task names. The policy is sent to models, so a task from elsewhere must not name any file of the user's. */
function fileOf(
  entry: DataEntry,
  key: "database" | "policy",
  { [key]: given }: Readonly<Record<typeof key, string>>,
): string {
  const folder = realPath(dirname(resolve(entry.file)));
  const path = realPath(resolve(folder, given));
  const way = relative(folder, path);
  if (way !== "" && resolve(folder, way) === path && way.split(sep)[0] !== "..") return path;
  throw entryError(entry, `${given} is not in the folder of the file of tasks`, [key]);
}

/** A path without links; one that leads nowhere stays, and is refused when it is read. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
