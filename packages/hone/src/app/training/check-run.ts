/** Whether a finished run got better on its held-out tasks, for CI. */
import { HoneError } from "../../core/errors.ts";
import {
  checkImprovement,
  type ImprovementCheck,
  type WantedImprovement,
} from "../../evaluation/improvement.ts";
import { findRun } from "../../runs/find-run.ts";
import { readResult } from "../../runs/report-data.ts";

/**
 * @param root  the folder in which runs are looked for by name
 * @param name  of a run, as `findRun` takes it
 * @throws RUN_NOT_FOUND, RUN_AMBIGUOUS, FILE_DAMAGED; RUN_NOT_MEASURED for a run that is not finished or held nothing out
 */
export async function checkRun(
  root: string,
  name: string,
  wanted: WantedImprovement,
): Promise<ImprovementCheck & { readonly folder: string }> {
  const folder = await findRun(root, name);
  const result = await readResult(folder);
  const tasks = result?.after.tasks ?? 0;
  if (result === undefined || tasks === 0) {
    const problem =
      result === undefined ? "it is not finished" : "no tasks were held out to measure it on";
    throw new HoneError("RUN_NOT_MEASURED", { folder, problem });
  }
  return { folder, ...checkImprovement({ tasks, ...result.difference }, wanted) };
}
