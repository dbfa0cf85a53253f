/** The result of a training run as it is printed: as text, and as JSON. */
import { basename } from "node:path";
import { type Verdict, verdictOf } from "../../core/verdict.ts";
import { FEW_TASKS, type TrainResult } from "./pipeline-events.ts";
import { durationText, evaluationFacts, intervalText, shortPath, taskText } from "./run-figures.ts";

/** Shows a text in a style of a terminal. */
type Style = (style: "green" | "yellow" | "dim", text: string) => string;

/** The end of a run as lines: what came of it, and what can be done next. */
export function resultLines(result: TrainResult, style: Style): readonly string[] {
  const { seconds, checkpoint, report, folder } = result;
  const verdict = verdictOf(result.difference.success);
  return [
    `${markOf(verdict, style)} ${resultText(result)}, ${durationText(seconds)}`,
    ...(verdict === "worse" ? [WORSE] : []),
    ...baselineLines(result),
    `  → ${shortPath(checkpoint)}`,
    `  → ${shortPath(report)}, and report.html for the browser`,
    `  → npx hone ${nextCommand(result)} ${shortPath(folder)}`,
  ];
}

/** What can be done with the model of a finished run. */
function nextCommand({ isRewardModel, hasSeveralModels, checkpoint }: TrainResult): string {
  if (isRewardModel === true) return "train grpo --reward-model";
  if (hasSeveralModels === true) return "runs show";
  // The adapters of a team are served together.
  return basename(checkpoint) === "adapters" ? "serve" : "chat";
}

/** Success before and after, and what the paired difference shows. */
export function resultText({ before, after, difference }: TrainResult): string {
  if (after.taskCount === 0) return "nothing was held out, so nothing was measured";
  const few = after.taskCount < FEW_TASKS ? ` (${taskText(after.taskCount)}: too few to say)` : "";
  const verdict = verdictOf(difference.success);
  const said = verdict === "better" ? "" : `: ${verdict}`;
  return `success ${before.success.value.toFixed(2)} → ${intervalText(after.success)}, paired difference ${intervalText(difference.success)}${said}${few}`;
}

/** What the same tasks give without a model. */
const baselineLines = ({ baselines }: TrainResult): string[] =>
  baselines.length === 0
    ? []
    : [
        `  without a model: ${baselines.map(({ name, success }) => `${name} ${success.value.toFixed(2)}`).join(", ")}`,
      ];

/** The mark in front of a result: the one of success only where the interval of the difference is above 0. */
export const markOf = (verdict: Verdict, style: Style): string =>
  style(marks[verdict].style, marks[verdict].mark);

const marks = {
  better: { style: "green", mark: "✓" },
  worse: { style: "yellow", mark: "✗" },
  "not shown to be different": { style: "dim", mark: "·" },
} as const satisfies Readonly<Record<Verdict, object>>;

/** What to do about a run whose last phase made the model worse. */
const WORSE =
  "  the last phase made it worse: try a smaller learning rate or more tasks; earlier checkpoints are in the run's folder";

/** The result as JSON, without `before`, `after` and `difference` where nothing was measured. */
export function resultFacts(result: TrainResult): Record<string, unknown> {
  const { before, after, difference, warnings, ...rest } = result;
  const measured = {
    before: evaluationFacts(before),
    after: evaluationFacts(after),
    difference: { success: difference.success, reward: difference.reward },
  };
  return { ...(after.taskCount === 0 ? {} : measured), warnings, ...rest };
}
