/** docs/results/workers.md from the results of the runs. */
import { availableParallelism, cpus } from "node:os";
import type { Interval } from "../../../packages/hone/src/evaluation/intervals.ts";
import { wilson } from "../../../packages/hone/src/evaluation/intervals.ts";
import { markdown } from "../algorithms/markdown.ts";
import { meanOf } from "../statistics.ts";
import { type CellResult, leaseSeconds, trainWords } from "./cell.ts";
import { type PlaceName, places } from "./places.ts";

/** A place with the result of each of its seeds. */
export interface PlaceResults {
  readonly name: PlaceName;
  readonly results: readonly CellResult[];
}

const percent = ({ value, low, high }: Interval): string =>
  `${(100 * value).toFixed(1)} [${(100 * low).toFixed(1)}, ${(100 * high).toFixed(1)}]`;

/** Held-out tasks of a run: `hone train` measures 100. */
const heldOut = 100;

/** Success over the held-out tasks of all seeds together. */
const pooled = (results: readonly CellResult[], when: "before" | "after"): string =>
  percent(
    wilson(
      results.reduce((sum, { [when]: { value } }) => sum + heldOut * value, 0),
      heldOut * results.length,
    ),
  );

const total = (
  results: readonly CellResult[],
  key: "kept" | "lost" | "twice" | "takenAgain" | "stale" | "kills" | "heldAtKills",
): string => String(results.reduce((sum, { [key]: count }) => sum + count, 0));

export function workersPage(all: readonly PlaceResults[], steps: number): string {
  const measured = all.filter(({ results }) => results.length > 0);
  const alone = measured.find(({ name }) => name === "alone")?.results ?? [];
  return `# The same training, played in process and by workers

Made by \`npm run results:workers\`. A small model after 260 steps of SFT, then

\`\`\`sh
npx hone ${trainWords(steps).join(" ")} --model <that run> --queue <url>
\`\`\`

with one thread for the trainer and one for each worker. Success is that of all seeds' held-out tasks together, in percent with its 95 % interval (Wilson).
"As in process": seeds in which the trained weights, and every number of every step and evaluation that is no time, have the same bytes as those of the run in process.

${markdown([
  ["rollouts are played", "seeds", "before, %", "after, %", "as in process"],
  ...measured.map(({ name, results }) => [
    places[name].text,
    String(results.length),
    pooled(results, "before"),
    pooled(results, "after"),
    name === "alone" ? "" : `${sameAs(alone, results)} of ${results.length}`,
  ]),
])}

Rollouts of all seeds together, those of evaluations among them. Kept: in the store of the run. Lost: ended by no worker. Again: taken by a second worker
since the first was killed. Stale: left by an earlier session with weights that are too old. A kill is \`kill −9\` of a worker that holds rollouts; "in flight" are those
it held. Its lease lasts ${leaseSeconds} s, and a new worker is started in its place.

${markdown([
  ["rollouts are played", "kept", "twice", "lost", "again", "stale", "kills", "in flight"],
  ...measured.map(({ name, results }) => [
    places[name].text,
    ...(["kept", "twice", "lost", "takenAgain", "stale", "kills", "heldAtKills"] as const).map(
      (key) => total(results, key),
    ),
  ]),
])}

Mean of the seeds, in seconds. The machine was shared with other work, so the processor's say more than the clock's. This page was written on
${availableParallelism()} cores of "${cpus()[0]!.model.trim()}".

${markdown([
  ["rollouts are played", "clock", "processor: trainer", "processor: workers"],
  ...measured.map(({ name, results }) => [
    places[name].text,
    ...(["seconds", "trainerProcessor", "workersProcessor"] as const).map((key) =>
      meanOf(results.map(({ [key]: seconds }) => seconds)).toFixed(0),
    ),
  ]),
])}
`;
}

/** Seeds whose run learned what the one in process did. */
const sameAs = (alone: readonly CellResult[], results: readonly CellResult[]): number =>
  results.filter(
    ({ weights, curve }, seed) => weights === alone[seed]?.weights && curve === alone[seed].curve,
  ).length;
