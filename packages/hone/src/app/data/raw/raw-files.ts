/** Rollouts as files of raw trajectories, one in each: a trace with the words and tokens as they were, and the episode's actions. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { HoneError } from "../../../core/errors.ts";
import type { Rollout, Task } from "../../../core/rollout.ts";
import { encodeName } from "../../../formats/file-names.ts";
import { writeTrace } from "../../../formats/trace-format.ts";
import { writeOutput } from "../../../formats/whole-write.ts";
import { type RolloutOrigin, traceOfRollout } from "../../../rollouts/rollout-trace.ts";
import { jsonLine } from "../../../data/export-lines.ts";

/** The end of every name, by which a pattern finds these files. */
const ending = ".traj.json";

/** One try at a task, with its file. */
export interface RawTry {
  readonly task: Task;
  readonly split: "train" | "test";
  /** The number of the try at its task, from 0. */
  readonly sample: number;
  readonly file: string;
}

/**
 * The files of all tries: `<out>/<task>.traj.json`, `<task>-2.traj.json` of a second try. An `out` that ends in .json is the file of
 * the only one.
 * @throws CONFIG_INVALID where there are several and `out` is a file, and for the name of another file
 */
export function rawTries(
  tasks: readonly Pick<RawTry, "task" | "split">[],
  { out, samples }: { readonly out: string; readonly samples: number },
): readonly RawTry[] {
  const isFile = /\.json$/i.test(out);
  const count = tasks.length * samples;
  if (!isFile && isOtherFile(out)) {
    const problem = `it would be a folder with a .traj.json file for each try; name a .json file for one try, or write ${out}/ for a folder.`;
    throw new HoneError("CONFIG_INVALID", { where: `--out ${out}`, problem });
  }
  if (isFile && count > 1) {
    const problem = `a .json file holds one trajectory, and there are ${count}; name a folder.`;
    throw new HoneError("CONFIG_INVALID", { where: `--out ${out}`, problem });
  }
  return tasks.flatMap(({ task, split }) =>
    Array.from({ length: samples }, (_, sample) => {
      const name = `${encodeName(task.id)}${sample === 0 ? "" : `-${sample + 1}`}${ending}`;
      return { task, split, sample, file: isFile ? out : join(out, name) };
    }),
  );
}

/** Whether a name reads as that of a file, such as x.txt, and is no folder that is there. */
const isOtherFile = (out: string): boolean =>
  /[^/\\.]\.[a-z][a-z0-9]{0,6}$/i.test(out) &&
  statSync(out, { throwIfNoEntry: false })?.isDirectory() !== true;

/** Whether the file of a try is there already. */
export const isThere = ({ file }: RawTry): boolean => existsSync(file);

/** Writes the file of a try, whole or not at all. @throws WRITE_FAILED, DISK_FULL */
export async function writeRaw(
  { task, split, sample, file }: RawTry,
  rollout: Rollout,
  { domain, agent, tokenizer }: Pick<RolloutOrigin, "agent" | "tokenizer"> & { domain: string },
): Promise<void> {
  // What one player tried at one task is a group, whichever call of the command made it.
  const origin: RolloutOrigin = {
    ...{ run: `rollout ${domain} ${task.id}`, phase: agent, split, group: 0, index: sample },
    ...{ agent, domain, endedAt: Date.now() },
    ...(tokenizer !== undefined && { tokenizer }),
  };
  await writeOutput(file, jsonLine(writeTrace(traceOfRollout(rollout, origin))));
}
