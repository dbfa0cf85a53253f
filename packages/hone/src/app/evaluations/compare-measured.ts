/** Two measurements by the names that a person gives them, for the command line. */
import { isError } from "../../core/errors.ts";
import { findRun, runName } from "../../runs/find-run.ts";
import { findEvaluation } from "../../runs/kept-evaluations.ts";
import type { StageName } from "../../server/ui/evaluation-library.ts";
import { evaluationLibrary } from "./evaluation-library.ts";
import { EVALUATION_STAGE } from "./keep-evaluation.ts";

export { deleteEvaluation, findEvaluation } from "../../runs/kept-evaluations.ts";

/**
 * Compares two measurements of the same tasks: the second minus the first.
 * @param root    the folder of runs
 * @param before  an evaluation as `findEvaluation` takes it, or "<run>/<stage>"
 * @throws EVALUATION_NOT_FOUND, EVALUATION_AMBIGUOUS, RUN_NOT_FOUND, RUN_AMBIGUOUS; EVALUATIONS_DIFFER where the tasks are not the same
 */
export async function compareMeasured(root: string, before: string, after: string) {
  const [first, second] = await Promise.all([stageOf(root, before), stageOf(root, after)]);
  const compared = await evaluationLibrary(root).compare(first, second);
  return { before: first, after: second, ...compared };
}

/** An evaluation has the first claim on a text: its path has a slash, too. */
async function stageOf(root: string, text: string): Promise<StageName> {
  try {
    return { run: await findEvaluation(root, text), stage: EVALUATION_STAGE };
  } catch (error) {
    const cut = text.lastIndexOf("/");
    if (cut < 1 || !isError(error, "EVALUATION_NOT_FOUND")) throw error;
    const run = runName(await findRun(root, text.slice(0, cut), { parts: false }));
    return { run, stage: text.slice(cut + 1) };
  }
}
