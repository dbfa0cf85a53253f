/** What a run says of its queue: that no worker comes, and at the end what workers did. */
import { hostname } from "node:os";
import type { QueueCounts } from "../../rollouts/queued-runner.ts";
import { defaultAbsentMs } from "../../rollouts/queue-watch.ts";
import { word } from "../training/further-command.ts";
import type { PipelineEvent } from "../training/pipeline-events.ts";
import type { QueuedPlay } from "./rollout-job.ts";

/** What workers did, with a warning where rollouts were lost or too old. */
export function workersEvents(queue: string, counts: QueueCounts): readonly PipelineEvent[] {
  const warning = (code: string, text: string): PipelineEvent => ({ kind: "warning", code, text });
  const { lost, stale } = counts;
  return [
    { kind: "workers", queue, ...counts },
    ...(lost === 0 ? [] : [warning("ROLLOUTS_LOST", `no worker ended ${lost} rollouts`)]),
    ...(stale === 0
      ? []
      : [warning("ROLLOUTS_STALE", `${stale} rollouts of an earlier session were too old`)]),
  ];
}

/** What workers did, in a sentence. */
export function workersText(event: QueueCounts & { readonly queue: string }): string {
  const { queue, played, takenAgain, lost, reused, stale, endedBefore } = event;
  return `workers on ${queue} played ${played} rollouts: ${takenAgain} of them taken again from a worker that was gone, ${reused} left by an earlier session, ${stale} dropped as too old, ${endedBefore} failed there and put in anew, ${lost} lost`;
}

/** Where workers without weights have their model calls answered. */
export const serverNote = (queue: string, server: string): PipelineEvent => ({
  kind: "note",
  text: `answers workers' model calls at ${server}: npx hone worker --queue ${word(queue)} --server ${reachable(server)}`,
});

/** The address at which other machines reach this server: one that listens at all of its addresses is named by its machine. */
const reachable = (server: string): string =>
  server.replace(/^(https?:\/\/)(?:0\.0\.0\.0|\[::\])(?=[:/]|$)/, `$1${hostname()}`);

/** The warning that no worker comes. */
export function absentWarning({
  queue,
  waiting,
  play,
}: {
  /** The address of the queue, without a password. */
  readonly queue: string;
  /** Rollouts that wait. */
  readonly waiting: number;
  readonly play: QueuedPlay;
}): PipelineEvent {
  const start =
    "program" in play
      ? `start a program that calls work({ queue, programs: { ${JSON.stringify(play.program)}: workProgram({ agent, reward }) } })`
      : `start one: npx hone worker --queue ${word(queue)}`;
  const text = `no worker has held a rollout of ${queue} for ${defaultAbsentMs / 1000} s, and ${waiting} wait; ${start}`;
  return { kind: "warning", code: "WORKERS_ABSENT", text };
}
