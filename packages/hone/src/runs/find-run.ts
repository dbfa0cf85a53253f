/** The run that a text means: every command takes every way of naming one. */
import { existsSync, readdirSync } from "node:fs";
import { lstat, readdir, realpath } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { HoneError } from "../core/errors.ts";
import { unfinishedPrefix } from "../formats/whole-write.ts";
import { readRunRecord } from "./open-run.ts";
import { runFiles } from "./run-folder.ts";

/** How many folders a printed path may lie below its run: checkpoints/<name>/adapters/<name>. */
const MAX_DEPTH = 4;

/** Where a run is looked for. */
export interface FindRunOptions {
  /** Whether a path of something inside a run, such as its report, names the run. Default true. */
  readonly parts?: boolean;
  /** Whether "last" passes over runs that have saved no weights, such as one that failed at once. Default false. */
  readonly withWeights?: boolean;
}

/**
 * The folder of the run that a text means.
 *
 *     runs/math-20260101-1200-7f3a          a path, also of something in the run: …/report.md, …/model
 *     math-20260101-1200-7f3a, math-2026    the name of a folder in `root`, or a beginning of it that fits one run
 *     7f3a                                  the short id at the end of its name, or a beginning of that
 *     last                                  the run in `root` that was started last; with `withWeights` the last that has any
 *
 * @param root  the folder of run folders
 * @returns an absolute path
 * @throws RUN_NOT_FOUND, RUN_AMBIGUOUS
 */
export async function findRun(
  root: string,
  name: string,
  { parts = true, withWeights = false }: FindRunOptions = {},
): Promise<string> {
  const known = await runNames(root);
  // A name is one in `root` before it is a path, so that a folder beside it does not hide a run.
  const given = name.replace(/[\\/]+$/, "");
  if (known.includes(given)) return resolve(root, given);
  const atPath = given === "" ? undefined : runAtPath(given, parts ? MAX_DEPTH : 0);
  if (atPath !== undefined) return atPath;
  const matches = given === "" ? [] : known.filter((one) => fits(one, given));
  if (matches.length > 1) throw new HoneError("RUN_AMBIGUOUS", { name, root, matches });
  if (matches.length === 1) return resolve(root, matches[0]!);
  const newest = given === "last" ? await newestOf(root, known, withWeights) : undefined;
  if (newest === undefined) throw new HoneError("RUN_NOT_FOUND", { name, root, known });
  return newest;
}

/** The run that a path lies in, up to so many folders above it. */
function runAtPath(path: string, depth: number): string | undefined {
  let folder = resolve(path);
  if (!existsSync(folder)) return undefined;
  for (let up = 0; up <= depth; up++) {
    if (existsSync(join(folder, runFiles.run))) return folder;
    folder = dirname(folder);
  }
  return undefined;
}

/** Where a run keeps models, relative to its folder: what it began with, what it ended with, and what its checkpoints hold. */
const MODEL_PARTS =
  /^(base|model|adapter|adapters[\\/][^\\/]+|checkpoints[\\/][^\\/]+([\\/](model|adapter|adapters[\\/][^\\/]+))?)$/;

/** The folder of the run that a model's or an adapter's folder is a part of, also through a link; undefined for any other folder. */
export async function runOfPart(path: string): Promise<string | undefined> {
  const part = await realpath(path);
  const folder = runAtPath(part, MAX_DEPTH);
  return folder !== undefined && MODEL_PARTS.test(relative(folder, part)) ? folder : undefined;
}

/** Folders of runs inside of a run, such as its phases, that have saved weights. */
export function trainedParts(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(folder, name))
    .filter((part) => existsSync(join(part, runFiles.run)) && hasWeights(part))
    .toSorted();
}

/** Whether the name of a run or an evaluation begins with the text, or the id at its end does. */
export function fits(name: string, given: string): boolean {
  return (
    name.startsWith(given) ||
    name.slice(name.lastIndexOf("-") + 1).startsWith(given) ||
    name.endsWith(`-${given}`)
  );
}

/** The newest run; of those with weights, where it is to have some and any has. */
async function newestOf(
  root: string,
  names: readonly string[],
  withWeights: boolean,
): Promise<string | undefined> {
  const dated = await Promise.all(
    names.map(async (name) => {
      const record = await readRunRecord(join(root, name)).catch(() => undefined);
      return { name, createdAt: record?.createdAt ?? "" };
    }),
  );
  const sorted = dated.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
  const trained = withWeights ? sorted.find(({ name }) => hasWeights(join(root, name))) : undefined;
  const newest = trained ?? sorted[0];
  return newest === undefined ? undefined : resolve(root, newest.name);
}

/** Whether a run has saved weights: a checkpoint, or what it ended with. */
function hasWeights(folder: string): boolean {
  // A search for prompts has a result and no weights.
  if (existsSync(join(folder, runFiles.prompts))) return false;
  if (existsSync(join(folder, runFiles.result))) return true;
  const checkpoints = join(folder, runFiles.checkpoints);
  if (!existsSync(checkpoints)) return false;
  return readdirSync(checkpoints, { withFileTypes: true }).some(
    (entry) => entry.isDirectory() && !entry.name.startsWith(unfinishedPrefix),
  );
}

/** The names of the folders (no links) in a folder that have a run.json. */
export const runNames = (root: string): Promise<string[]> => foldersWith(root, runFiles.run);

/** The names of the folders (no links) in a folder that have this file, sorted; none where there is no such folder. */
export async function foldersWith(root: string, file: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const names: string[] = [];
  for (const entry of entries) {
    if (!entry.isDirectory() || entry.name.startsWith(unfinishedPrefix)) continue;
    const found = await lstat(join(root, entry.name, file)).catch(() => undefined);
    if (found?.isFile() === true) names.push(entry.name);
  }
  return names.toSorted();
}

/** The name of a run: that of its folder. */
export const runName = (folder: string): string => basename(folder);
