/** The tables of report.md about the components of the reward and the levels of the tasks. */
import type { IntervalRecord, LevelMeasurement, ResultRecord } from "../formats/result-format.ts";
import { share, spread, table } from "./report-text.ts";

/** The components of the reward on the held-out tasks. */
export function partsTable({ before, after }: ResultRecord): string[] {
  const parts = partRows(before, after);
  if (parts.length === 0) return [];
  return ["## Parts of the reward", table(["held-out tasks", "before", "after"], parts)];
}

/** A row for each component that one of the two has. */
function partRows(
  before: Pick<LevelMeasurement, "components"> | undefined,
  after: Pick<LevelMeasurement, "components"> | undefined,
): string[][] {
  const [first, second] = [before?.components ?? {}, after?.components ?? {}];
  const shown = (part: IntervalRecord | undefined) => (part === undefined ? "–" : spread(part));
  return [...new Set([...Object.keys(first), ...Object.keys(second)])].map((name) => [
    name,
    shown(first[name]),
    shown(second[name]),
  ]);
}

/** Success, reward and its components for each level of the held-out tasks. */
export function levelsTable({ before, after }: ResultRecord): string[] {
  const rows = Object.entries(after.levels ?? {}).flatMap(([level, last]) => {
    const first = before.levels?.[level];
    const both = (show: (of: LevelMeasurement) => string): string[] => [
      first === undefined ? "–" : show(first),
      show(last),
    ];
    const tasks = String(last.tasks);
    return [
      [level, tasks, "success", ...both((of) => share(of.success))],
      [level, tasks, "reward", ...both((of) => spread(of.reward))],
      ...partRows(first, last).map((cells) => [level, tasks, ...cells]),
    ];
  });
  if (rows.length === 0) return [];
  return ["## Levels", table(["level", "held-out tasks", "", "before", "after"], rows)];
}
