/** The run folder of a system whose trainings have run folders of their own in it. */
import { createRunFolder, recordChanges, resumeRunFolder } from "../../runs/open-run.ts";
import type { RunFolder } from "../../runs/run-folder.ts";

/** A new run folder, or one that is resumed. */
interface SystemRun {
  /** The start of a new folder's name. */
  readonly name: string;
  /** The settings with all defaults filled in. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly out: string | undefined;
  readonly resume: string | undefined;
  readonly threads: number | undefined;
  /** Settings that a resumed run may have otherwise, which are then recorded. */
  readonly mayChange: readonly string[];
}

/** @throws as `createRunFolder` and `resumeRunFolder` */
export async function openSystemRun({
  name,
  config,
  out,
  resume,
  threads,
  mayChange,
}: SystemRun): Promise<RunFolder> {
  if (resume === undefined)
    return createRunFolder({ name, config, threads, ...(out !== undefined && { out }) });
  const { run } = await resumeRunFolder({ folder: resume, config, threads, mayChange });
  await recordChanges(run, config);
  return run;
}
