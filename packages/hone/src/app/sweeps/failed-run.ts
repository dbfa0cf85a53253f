/** Why a run of a sweep has no result. */
import { readFile } from "node:fs/promises";
import { readFailure } from "../../runs/report-data.ts";
import type { SweepRun } from "./sweep-folder.ts";

/** The first line of the run's error, else of what it printed last. */
export async function failureText(
  { folder }: Pick<SweepRun, "folder">,
  { code, log }: { readonly code: number; readonly log: string },
): Promise<string> {
  const failure = await readFailure(folder).catch(() => undefined);
  if (failure !== undefined) return failure.message.split("\n")[0]!;
  const text = await readFile(log, "utf8").catch(() => "");
  const last = text
    .trimEnd()
    .split("\n")
    .findLast((line) => line.trim() !== "" && !line.startsWith("{"));
  return last ?? `it ended with exit code ${code}`;
}
