/** Files of trajectories as a store in memory: traces as they were exported, or trajectories of any other form, which hold no tokens. */
import { parsedObject } from "../../../core/json.ts";
import type { Trace } from "../../../core/trace.ts";
import { dataEntries } from "../../../data/data-entries.ts";
import { importTraces } from "../../../data/import-traces.ts";
import { isLightningSpan } from "../../../data/trajectories/forms/lightning-read.ts";
import { LeftOutTrajectories } from "../../../data/trajectories/left-out.ts";
import { traceOfTrajectory } from "../../../core/trace-of-trajectory.ts";
import type { TraceStore } from "../../../ports/trace-store.ts";
import { filesOf, trajectoriesOf } from "../../data/trajectory-sources.ts";

/** How many trajectories are written together. */
const atOnce = 100;

/**
 * Reads a file, or all files of a pattern such as `data/raw/*.traj.json`, into a store.
 * @returns what was left out, in words, each with its number
 * @throws DATA_EMPTY for a pattern without a file; as `importTraces` for a file of traces, else as `trajectoriesOf`
 */
export async function readTrajectoryFiles(
  store: TraceStore,
  pattern: string,
): Promise<readonly string[]> {
  const leftOut = new LeftOutTrajectories();
  let evaluated = 0;
  for (const file of await filesOf(pattern))
    if (await holdsTraces(file)) await importTraces(store, file);
    else evaluated += await readTrajectoryFile(store, file, leftOut);
  return [
    ...(evaluated === 0 ? [] : [`${evaluated} left out: of evaluations`]),
    ...leftOut.reasons.map(({ reason, count }) => `${count} left out: ${reason}`),
  ];
}

/** Reads a file of trajectories that are no traces. @returns how many were of evaluations, and are left out */
async function readTrajectoryFile(
  store: TraceStore,
  file: string,
  leftOut: LeftOutTrajectories,
): Promise<number> {
  let [waiting, evaluated]: [Trace[], number] = [[], 0];
  for await (const one of trajectoriesOf({ sources: [file], domain: "general" }, leftOut)) {
    if (one.split === "test") evaluated++;
    else waiting.push(traceOfTrajectory(one));
    if (waiting.length < atOnce) continue;
    await store.put(waiting);
    waiting = [];
  }
  if (waiting.length > 0) await store.put(waiting);
  return evaluated;
}

/** Whether the first line is of a file of traces. What cannot be read at all counts, too: importing it gives its error. */
async function holdsTraces(file: string): Promise<boolean> {
  try {
    for await (const { text } of dataEntries({ file, holds: "trajectories" })) {
      const json = parsedObject(text);
      return json === undefined || ("trace_id" in json && !isLightningSpan(json));
    }
  } catch {}
  return true;
}
