/** Trajectories as files: unified ones (a folder of files, or lines), chats, traces. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
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
  chat: "outcome, parts of the reward, tokens, times and agents",
  traces: "tokens",
};

/**
 * Writes the trajectories: `.jsonl` or `.jsonl.gz` is a file of lines, written whole or not at all; `.json` holds one trajectory; anything
 * else is a folder with a file for each, of unified ones.
 * @returns how many were written
 * @throws WRITE_FAILED, DISK_FULL; as `trajectories`
 */
export async function writeTrajectories(
  trajectories: AsyncIterable<UnifiedTrajectory>,
  target: TrajectoryTarget,
  out: string,
): Promise<number> {
  let count = 0;
  if (target === "unified" && !/\.jsonl(\.gz)?$/i.test(out)) {
    const isFile = /\.json$/i.test(out);
    if (!isFile) await mkdir(out, { recursive: true });
    for await (const one of trajectories) {
      count++;
      await writeFileWhole(
        isFile ? out : join(out, `${encodeName(one.id)}.json`),
        writeTrajectory(one),
      );
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
