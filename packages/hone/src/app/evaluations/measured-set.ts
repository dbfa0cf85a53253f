/** What was measured on, in words that are the same for measurements of the same tasks. */
import type { RunRecord } from "../../formats/run-format.ts";
import { domainTitle } from "../domains/import-domain.ts";
import { domainOfRun } from "../training/run-domain.ts";

/**
 * The tasks that a run or an evaluation was measured on.
 * @param config  its settings
 * @param count   the number of tasks
 * @example measuredSet({ command: "run math", level: 1, seed: 0 }, 100); // "math, level 1, 100 tasks"
 */
export function measuredSet(config: RunRecord["config"], count: number): string {
  const { command, data, tasks, seed } = config;
  const domain = domainOfRun(config);
  // The tasks of a domain are drawn by level and seed; those of a file are what stands there.
  const parts =
    domain === undefined
      ? [[tasks, data].find((one) => typeof one === "string") ?? command]
      : [
          domainTitle(domain),
          ...levelText(config),
          ...(Number(seed) > 0 ? [`seed ${String(seed)}`] : []),
        ];
  return [...parts, count === 1 ? "1 task" : `${count} tasks`].map(String).join(", ");
}

function levelText({ level, levels }: RunRecord["config"]): readonly string[] {
  const some: readonly unknown[] = Array.isArray(levels) ? levels : [level];
  const known = some.filter((one) => one !== undefined);
  return known.length === 0 ? [] : [`level ${known.map(String).join(" and ")}`];
}
