/** Trajectories as files: unified ones (a folder of files, or lines), chats, traces. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { HoneError } from "../../core/errors.ts";
import type { UnifiedTrajectory } from "../../core/unified-trajectory.ts";
import { encodeName } from "../../formats/file-names.ts";
import { writeHeader, writeRow } from "../../formats/format.ts";
import { trajectoryFormat, writeTrajectory } from "../../formats/trajectory-format.ts";
import { writeTrace } from "../../formats/trace-format.ts";
import { writeFileWhole } from "../../formats/whole-write.ts";
import { jsonLine, writeLines } from "../export-lines.ts";
import { lineMessage } from "../trace-conversations.ts";
import { messagesOfTrajectory } from "./messages-of-steps.ts";
import { traceOfTrajectory } from "./trace-of-trajectory.ts";

/** The forms that trajectories are written in. */
export const trajectoryTargets = ["unified", "chat", "traces"] as const;

/** See `trajectoryTargets`. */
export type TrajectoryTarget = (typeof trajectoryTargets)[number];

/** What of a trajectory the forms have no place for, in words. */
export const droppedBy: Readonly<Record<TrajectoryTarget, string>> = {
  unified: "",
  chat: "domain, split, task ids and fields, outcome, rewards of steps and parts, tokens, times and agents",
  traces: "tokens",
};

/**
 * Writes the trajectories: `.jsonl` or `.jsonl.gz` is a file of lines, written whole or not at all; `.json` holds one unified trajectory;
 * of unified ones anything else is a folder with a file for each.
 * @returns how many were written
 * @throws CONFIG_INVALID for a second trajectory of a `.json` file; WRITE_FAILED, DISK_FULL; as `trajectories`
 */
export async function writeTrajectories(
  trajectories: AsyncIterable<UnifiedTrajectory>,
  target: TrajectoryTarget,
  out: string,
): Promise<number> {
  let count = 0;
  if (target === "unified" && /\.json$/i.test(out)) {
    await writeFileWhole(out, writeTrajectory(await theOnly(trajectories, out)));
    return 1;
  }
  if (target === "unified" && !/\.jsonl(\.gz)?$/i.test(out)) {
    await mkdir(out, { recursive: true });
    const names = new Map<string, number>();
    for await (const one of trajectories) {
      count++;
      const name = encodeName(one.id);
      const number = (names.get(name) ?? 0) + 1;
      names.set(name, number);
      // Of several trajectories of one id every one is kept.
      const file = number === 1 ? `${name}.json` : `${name}-${number}.json`;
      await writeFileWhole(join(out, file), writeTrajectory(one));
    }
    return count;
  }
  const counted = async function* (): AsyncGenerator<string, void> {
    if (target === "unified") yield writeHeader(trajectoryFormat);
    for await (const one of trajectories) {
      count++;
      yield lineOf[target](one);
    }
  };
  await writeLines(out, counted(), () => undefined);
  return count;
}

/** @throws CONFIG_INVALID for a second one */
async function theOnly(
  trajectories: AsyncIterable<UnifiedTrajectory>,
  out: string,
): Promise<UnifiedTrajectory> {
  let only: UnifiedTrajectory | undefined;
  for await (const one of trajectories) {
    if (only !== undefined) {
      const problem =
        "a .json file holds one trajectory, and there are more; name a .jsonl file or a folder.";
      throw new HoneError("CONFIG_INVALID", { where: out, problem });
    }
    only = one;
  }
  if (only === undefined) throw new HoneError("DATA_EMPTY", { where: out, item: "trajectory" });
  return only;
}

const lineOf: Readonly<Record<TrajectoryTarget, (one: UnifiedTrajectory) => string>> = {
  unified: writeRow,
  chat: (one) =>
    jsonLine({
      messages: messagesOfTrajectory(one).map((message) => lineMessage(message)),
      ...(one.tools.length > 0 && {
        tools: one.tools.map((tool) => ({ type: "function", function: tool })),
      }),
      ...(one.reward !== undefined && { reward: one.reward }),
    }),
  traces: (one) => jsonLine(writeTrace(traceOfTrajectory(one))),
};
