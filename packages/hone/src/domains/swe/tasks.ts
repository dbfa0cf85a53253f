/**
 * Repositories with failing tests as tasks, by level: copies of small libraries with bugs, drawn from a seed.
 *
 *     level 1  one file, one bug
 *     level 2  two files, one bug
 *     level 3  two files, two bugs
 *
 * Of the bugs of a library, and of its pairs of bugs, one in five is held out, drawn by a hash, so no combination of bugs is in both splits,
 * whatever the names in the copy are.
 */
import { HoneError } from "../../core/errors.ts";
import { Random, randomBits } from "../../core/random.ts";
import type { Task } from "../../core/rollout.ts";
import { checkTasksOptions, tasksOptionNames } from "../../environments/tasks-options.ts";
import { libraries } from "./libraries.ts";
import { fileLine, readRepository } from "./repository-text.ts";
import {
  type Bug,
  bugsOf,
  type ChosenNames,
  filledSources,
  type Library,
  testFile,
} from "./template.ts";

/** Difficulty of a repository, from 1, one file with one bug, to 3, two files with two. */
export type SweLevel = 1 | 2 | 3;

/** Texts by their paths. */
export type Files = Readonly<Record<string, string>>;

/** The task to make the tests of a repository pass. */
export interface SweTask extends Task {
  /** What is wrong, in words. */
  readonly issue: string;
  /** The files that the agent sees. Those under `test/` are tests. */
  readonly files: Files;
  /** Tests that the agent does not see, which decide. */
  readonly hidden: Files;
  /** Lines that a repair changes at least. Default 1. */
  readonly bugs?: number;
  /** The difficulty of the repository, from 1 to 3. Absent for a repository of your own. */
  readonly level?: SweLevel;
}

/** Which repositories `sweTasks` draws. */
export interface SweTasksOptions {
  /** The split to draw from. */
  readonly split: "train" | "test";
  /** How many repositories to make at most; a level has as many as there are bugs and names. */
  readonly count: number;
  /** Levels to draw from, in turn. Default [1]. */
  readonly levels?: readonly SweLevel[];
  /** Decides which repositories are drawn. Default 0. */
  readonly seed?: number;
}

/** The test that the agent sees, and the hidden one. */
const testPath = (name: string): string => `test/${name}.test.js`;

/**
 * Different repositories of one split. The same options give the same tasks; where a split has fewer, they are fewer.
 * @throws OPTION_INVALID for an option that is unknown or out of its range
 * @example sweTasks({ split: "test", count: 2, seed: 1 }).map(({ issue }) => issue);
 */
export function sweTasks(options: SweTasksOptions): readonly SweTask[] {
  checkTasksOptions("sweTasks", options, { levels: [1, 2, 3], names: tasksOptionNames });
  const { split, count, levels = [1], seed = 0 } = options;
  const random = new Random("swe tasks", seed, split);
  const tasks = new Map<string, SweTask>();
  for (let draw = 0; tasks.size < count && draw < 500 + 20 * count; draw++) {
    const level = levels[tasks.size % levels.length]!;
    const library = random.pick(
      libraries.filter((one) => fileCount(one) === (level === 1 ? 1 : 2)),
    );
    const bugs = drawBugs(library, level, random);
    if (splitOfBugs(library, bugs) !== split) continue;
    const task = taskOf(library, bugs, drawNames(library, random), level);
    tasks.set(task.id, task);
  }
  return [...tasks.values()];
}

const fileCount = ({ sources }: Library): number => Object.keys(sources).length;

/** Two bugs are in different places. */
function drawBugs(library: Library, level: SweLevel, random: Random): readonly Bug[] {
  const all = bugsOf(library);
  const first = random.pick(all);
  if (level < 3) return [first];
  const others = all.filter(({ file, place }) => file !== first.file || place !== first.place);
  return [first, random.pick(others)].toSorted((a, b) => (bugKey(a) < bugKey(b) ? -1 : 1));
}

const bugKey = ({ file, place, choice }: Bug): string => `${file}:${place}:${choice}`;

function drawNames({ names }: Library, random: Random): ChosenNames {
  return Object.fromEntries(
    Object.entries(names).map(([name, choices]) => [name, random.pick(choices)]),
  );
}

/**
 * The split of a library's bugs, whatever the names in the copy are: of the single bugs every fifth, in the order of their hashes, so
 * that each library has some in both; of two bugs one pair in five.
 */
function splitOfBugs(library: Library, bugs: readonly Bug[]): "train" | "test" {
  const hash = (some: readonly Bug[]): number =>
    randomBits("swe split", library.name, ...some.map(bugKey));
  const [only, second] = bugs;
  const rank =
    second === undefined
      ? bugsOf(library).filter((one) => hash([one]) < hash([only!])).length
      : hash(bugs);
  return rank % 5 === 1 ? "test" : "train";
}

function taskOf(
  library: Library,
  bugs: readonly Bug[],
  names: ChosenNames,
  level?: SweLevel,
): SweTask {
  const { name } = library;
  const path = testPath(name);
  const files = { ...filledSources(library, bugs, names), [path]: testFile(library, "seen") };
  const key = [...bugs.map(bugKey), ...Object.values(names)].join(" ");
  return {
    id: `swe-${level ?? "own"}:${name}:${randomBits("swe", key).toString(36)}`,
    issue: `Tests of ${name} fail. Repair it.`,
    ...{ files, hidden: { [path]: testFile(library, "hidden") }, bugs: bugs.length },
    ...(level !== undefined && { level }),
  };
}

/** The right sources of a library with the names that a copy has, which are those in most of its lines; for the expert. */
export function rightSources(name: string, copy: Files): Files | undefined {
  const library = libraries.find((one) => one.name === name);
  if (library === undefined) return undefined;
  const given = Object.values(copy).join("\n");
  const names = Object.entries(library.names).map(([key, choices]) => {
    const counts = choices.map((choice) => given.split(new RegExp(`\\b${choice}\\b`)).length);
    return [key, choices[counts.indexOf(Math.max(...counts))]!] as const;
  });
  return filledSources(library, [], Object.fromEntries(names));
}

/** The error of what cannot be a task, told by the first line of its words. */
export const noRepository = (issue: string, problem: string): HoneError =>
  new HoneError("SWE_PROBLEM_INVALID", { issue: issue.split("\n")[0]!.slice(0, 80), problem });

/**
 * The task of a repository of your own, or of a library with a bug.
 * @param text  what is wrong, in words, which may be several paragraphs; then the files, each after a line `=== path`, those of `hidden/` being the tests
 *   that decide. Without files the words name a library, which gets a bug
 * @throws SWE_PROBLEM_INVALID
 * @example sweTask("repair range");
 */
export function sweTask(text: string): SweTask {
  // The first line of a file ends the words; what is behind it is left as it is written.
  const start = text.search(fileLine);
  const issue = (start < 0 ? text : text.slice(0, start)).trim();
  // Several paragraphs without a file are no name of a library, but a repository whose files were forgotten.
  if (start < 0 && !/\n\s*\n/.test(issue)) {
    const library = libraries.find(({ name }) => new RegExp(`\\b${name}\\b`, "i").test(issue));
    const known = libraries.map(({ name }) => name).join(", ");
    if (library === undefined)
      throw noRepository(issue, `it has no files, and names none of ${known}`);
    const random = new Random("swe task", text);
    return taskOf(library, [random.pick(bugsOf(library))], drawNames(library, random));
  }
  const { files, hidden, problem } = readRepository(start < 0 ? "" : text.slice(start));
  if (problem !== undefined) throw noRepository(issue, problem);
  return { id: `swe:${randomBits("swe", text).toString(36)}`, issue, files, hidden };
}
