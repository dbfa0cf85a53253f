/** The tables of report.md about the components of the reward, the metrics of the agent, and the levels of the tasks. */
import { replayAnswers } from "../core/tool-replay.ts";
import type { IntervalRecord, LevelMeasurement, ResultRecord } from "../formats/result-format.ts";
import { share, spread, table } from "./report-text.ts";

/** The components of the reward on the held-out tasks. */
export function partsTable({ before, after }: ResultRecord): string[] {
  const parts = intervalRows(before.components, after.components);
  if (parts.length === 0) return [];
  return ["## Parts of the reward", table(["held-out tasks", "before", "after"], parts)];
}

/** The agents' metrics on the held-out tasks: means of a rollout. */
export function metricsTable({ before, after }: ResultRecord): string[] {
  const rows = intervalRows(before.metrics, after.metrics);
  if (rows.length === 0) return [];
  const head = ["held-out tasks, mean of a rollout", "before", "after"];
  return ["## Metrics of the agent", table(head, rows)];
}

type Intervals = Readonly<Record<string, IntervalRecord>>;

/** A row for each name that one of the two has. */
function intervalRows(first: Intervals = {}, second: Intervals = {}): string[][] {
  const shown = (part: IntervalRecord | undefined) => (part === undefined ? "–" : spread(part));
  return [...new Set([...Object.keys(first), ...Object.keys(second)])].map((name) => [
    name,
    shown(first[name]),
    shown(second[name]),
  ]);
}

/** Success, reward with its components, and metrics for each level of the held-out tasks. */
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
      ...[
        ...intervalRows(first?.components, last.components),
        ...intervalRows(first?.metrics, last.metrics),
      ].map((cells) => [level, tasks, ...cells]),
    ];
  });
  if (rows.length === 0) return [];
  return ["## Levels", table(["level", "held-out tasks", "", "before", "after"], rows)];
}

/** What the held-out tasks give without a model, beside the trained policy. */
export function baselinesTable({ baselines = [], after }: ResultRecord): string[] {
  if (baselines.length === 0) return [];
  const rows = [...baselines, { name: "**the trained policy**", ...after }];
  return [
    "## Without a model",
    table(
      ["held-out tasks", "success", "reward (points)"],
      rows.map(({ name, success, reward }) => [
        ...[name, share(success), reward === undefined ? "–" : spread(reward)],
      ]),
    ),
  ];
}

/** How calls of the agent's tools were answered, where a recording answered them. */
export function replayTable({ replay = {} }: ResultRecord): string[] {
  const tools = Object.entries(replay);
  if (tools.length === 0) return [];
  const rows = tools.map(([tool, answers]) => {
    const counts = replayAnswers.map((answer) => answers[answer] ?? 0);
    return [tool, ...[sum(counts), ...counts].map(String)];
  });
  return [
    "## Calls of tools",
    table(["tool", "calls", ...replayAnswers], rows),
    "exact, loose: answered from the recording; stub: by the user's function; live: by the tool itself; unmatched: with an error.",
  ];
}

const sum = (counts: readonly number[]): number => counts.reduce((total, one) => total + one, 0);
