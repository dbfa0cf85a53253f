/**
 * The folders of evaluations, which lie beside those of runs and are no runs: they have no run.json, so that no command takes one
 * for a run.
 *
 *     evaluation.json   what was measured, and how
 *     rollouts.db       a store of traces: every try with its tokens
 */
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { HoneError } from "../core/errors.ts";
import { type EvaluationRecord, evaluationFormat } from "../formats/evaluation-format.ts";
import { readFormat, writeFormat } from "../formats/format.ts";
import { syncFolder, unfinishedPath } from "../formats/whole-write.ts";
import { fits, foldersWith } from "./find-run.ts";
import { runNameOf } from "./open-run.ts";
import { makeFolder, readText, removeFolder, storageError, writeWhole } from "./run-files.ts";

/** The paths of files inside the folder of an evaluation. */
export const evaluationFiles = { evaluation: "evaluation.json", rollouts: "rollouts.db" } as const;

/** The names of the evaluations in a folder of runs, sorted; empty where there is no such folder. */
export const evaluationNames = (root: string): Promise<readonly string[]> =>
  foldersWith(root, evaluationFiles.evaluation);

/**
 * The name of the evaluation that a text means: a path, a name or its beginning, or the id at its end or its beginning.
 * @throws EVALUATION_NOT_FOUND, EVALUATION_AMBIGUOUS
 */
export async function findEvaluation(root: string, text: string): Promise<string> {
  const known = await evaluationNames(root);
  const given = text.replace(/[\\/]+$/, "");
  const exact = known.find((name) => name === given || resolve(root, name) === resolve(given));
  if (exact !== undefined) return exact;
  const matches = given === "" ? [] : known.filter((name) => fits(name, given));
  if (matches.length > 1) throw new HoneError("EVALUATION_AMBIGUOUS", { name: text, matches });
  const [only] = matches;
  if (only === undefined) throw new HoneError("EVALUATION_NOT_FOUND", { name: text, root, known });
  return only;
}

/** The evaluation.json of a folder. @throws EVALUATION_NOT_FOUND, FILE_DAMAGED, FORMAT_UNKNOWN_VERSION */
export async function readEvaluation(root: string, name: string): Promise<EvaluationRecord> {
  const file = join(root, name, evaluationFiles.evaluation);
  const text = await readText(file);
  if (text !== undefined) return readFormat(evaluationFormat, text, file);
  const known = await evaluationNames(root);
  throw new HoneError("EVALUATION_NOT_FOUND", { name, root, known });
}

/**
 * Makes the folder of an evaluation, whole or not at all.
 * @param writeRollouts  fills the file of its store
 * @returns the folder's path
 * @throws RUN_FOLDER_NOT_WRITABLE, DISK_FULL, WRITE_FAILED; what `writeRollouts` throws
 */
export async function writeEvaluation(
  root: string,
  record: EvaluationRecord,
  writeRollouts: (file: string) => Promise<void>,
): Promise<string> {
  const folder = resolve(root, runNameOf(record));
  const unfinished = unfinishedPath(folder);
  await makeFolder(dirname(folder));
  try {
    await mkdir(unfinished);
    await writeRollouts(join(unfinished, evaluationFiles.rollouts));
    await writeWhole(
      join(unfinished, evaluationFiles.evaluation),
      writeFormat(evaluationFormat, record),
    );
    await rename(unfinished, folder);
    await syncFolder(dirname(folder));
    return folder;
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true }).catch(() => undefined);
    throw storageError(error, folder);
  }
}

/**
 * Deletes an evaluation with its tries.
 * @param name  as `findEvaluation` takes it
 * @returns the name of the deleted evaluation
 * @throws EVALUATION_NOT_FOUND, EVALUATION_AMBIGUOUS, RUN_FOLDER_NOT_WRITABLE
 */
export async function deleteEvaluation(root: string, name: string): Promise<string> {
  const found = await findEvaluation(root, name);
  const folder = resolve(root, found);
  await removeFolder(folder).catch((error: unknown) => {
    throw storageError(error, folder);
  });
  return found;
}
