/** The tasks of τ²-bench's shop, as its files have them: what the user wants, what a right agent does, what it says, and the splits. */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { HoneError } from "../../core/errors.ts";
import { fileReason } from "../../core/file-reason.ts";
import { readJsonFile, readTextFile } from "./retail-data.ts";

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? "");

const taskSchema = z.looseObject({
  id: z.string(),
  user_scenario: z.looseObject({
    instructions: z.looseObject({
      task_instructions: text,
      reason_for_call: text,
      known_info: text,
      unknown_info: text,
    }),
  }),
  evaluation_criteria: z.looseObject({
    actions: z.array(
      z.looseObject({ name: z.string(), arguments: z.record(z.string(), z.unknown()) }),
    ),
    communicate_info: z.array(z.string()).nullish(),
    nl_assertions: z.array(z.string()).nullish(),
  }),
});

/** A task of τ²-bench. */
export type Tau2Task = z.infer<typeof taskSchema>;

/** Where the parts of the benchmark's shop are. */
export interface Tau2Retail {
  readonly databaseFile: string;
  readonly policy: string;
  readonly tasks: readonly Tau2Task[];
  /** The ids of the tasks of each split. */
  readonly splits: Readonly<Record<string, readonly string[]>>;
}

/** The files of the benchmark's shop; all lie in one folder. */
const names = {
  database: "db.json",
  tasks: "tasks.json",
  splits: "split_tasks.json",
  policy: "policy.md",
} as const;

/**
 * Reads the benchmark's shop from a folder that has it somewhere inside: a checkout of τ²-bench, or an unpacked package.
 * @throws TAU2_UNREADABLE for a folder without its files, or a file of another shape
 */
export function readTau2Retail(folder: string): Tau2Retail {
  const found = retailFolder(folder);
  const file = (name: keyof typeof names): string => join(found, names[name]);
  return {
    databaseFile: file("database"),
    policy: readTextFile(file("policy")),
    tasks: readJsonFile(file("tasks"), z.array(taskSchema)),
    splits: readJsonFile(file("splits"), z.record(z.string(), z.array(z.string()))),
  };
}

function retailFolder(folder: string): string {
  const isComplete = (path: string): boolean =>
    Object.values(names).every((name) => existsSync(join(path, name)));
  const candidates = databasesIn(folder).filter((path) => isComplete(join(folder, path)));
  const path = candidates.find((one) => one.endsWith("retail")) ?? candidates[0];
  if (path !== undefined) return join(folder, path);
  const reason = `it has no folder with ${Object.values(names).join(", ")}`;
  throw new HoneError("TAU2_UNREADABLE", { path: folder, reason });
}

/** The folders inside of this one, itself included, that have a database. */
function databasesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => path.split(/[/\\]/).at(-1) === names.database)
      .map((path) => dirname(path))
      .toSorted((a, b) => a.length - b.length);
  } catch (error) {
    const facts = { path: folder, reason: fileReason(error) };
    throw new HoneError("TAU2_UNREADABLE", facts, { cause: error });
  }
}
