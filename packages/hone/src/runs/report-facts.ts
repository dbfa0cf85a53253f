/** The parts of report.md about the run itself: what it learned from, and what it cost. */
import type { ResultRecord } from "../formats/result-format.ts";
import { type RunData, sectionsOf } from "./report-data.ts";
import { duration, table, valueText } from "./report-text.ts";

/** What the run learned from, as far as its settings name it. */
const learnedFrom: Readonly<Record<string, string>> = {
  command: "command",
  model: "model",
  domain: "domain",
  levels: "levels",
  level: "level",
  data: "data",
  tasks: "tasks",
  agent: "agent",
  teacher: "teacher",
  judge: "judge of its rewards",
  rewardModel: "reward model",
  trajectories: "stored rollouts",
  trainTasks: "tasks to learn from, at most",
};

/** What the run learned from, as a table. */
export function learnedPart({ run: { config }, result, metrics }: RunData): string[] {
  const rows = Object.entries(learnedFrom).flatMap(([key, name]) =>
    config[key] === undefined ? [] : [[name, valueText(config[key])]],
  );
  const phases = sectionsOf(metrics)
    .filter((section) => section !== "evaluation")
    .map((section) => {
      const { step } = metrics.findLast((row) => row.section === section)!;
      return `${section}, ${step} ${step === 1 ? "step" : "steps"}`;
    });
  const held = result === undefined || result.after.tasks === 0 ? [] : [String(result.after.tasks)];
  const all = [
    ...rows,
    ...(phases.length === 0 ? [] : [["phases", phases.join("; ")]]),
    ...held.map((count) => ["held-out tasks, never learned from", count]),
  ];
  return all.length === 0 ? [] : ["## Trained on", table(["", ""], all)];
}

/** What the run cost. */
export function costPart(result: ResultRecord | undefined): string[] {
  if (result?.cost === undefined) return [];
  const { processorSeconds, peakMemoryBytes, tokensSampled, tokensTrained } = result.cost;
  const rows = [
    ["time", duration(result.seconds)],
    ["time of the processor, all threads", duration(processorSeconds)],
    ["most memory of the process", `${(peakMemoryBytes / 2 ** 30).toFixed(2)} GiB`],
    ["tokens sampled in training", String(tokensSampled)],
    ["tokens trained, updates counted", String(tokensTrained)],
  ];
  return ["## Cost", table(["all sessions together", ""], rows)];
}
