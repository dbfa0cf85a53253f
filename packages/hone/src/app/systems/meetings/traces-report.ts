/** The parts of the report about phase 2: statistics of the trajectories, and examples. */
import { fixed, percent, significant, share, spread, table } from "../../../runs/report-text.ts";
import type { MeetingTrace } from "./meeting-traces.ts";
import type { MeetingsReport } from "./meetings-report.ts";
import type { TracesStatistics } from "./traces-statistics.ts";

type Trajectory = MeetingTrace["trajectory"];

/** Nothing where the phase was not run. */
export function tracesParts({
  statistics,
  traces,
}: Pick<MeetingsReport, "statistics" | "traces">): string[] {
  if (statistics === undefined) return [];
  return [
    "## Trajectories",
    "The model of phase 1 as an agent, sampled, on meetings to learn from.",
    table(["", ""], statisticsRows(statistics)),
    ...examplesPart(traces),
  ];
}

function statisticsRows(of: TracesStatistics): string[][] {
  const counts = (some: Readonly<Record<string, number>>): string =>
    Object.entries(some)
      .map(([name, count]) => `${name}: ${count}`)
      .join(", ");
  return [
    ["trajectories", `${of.trajectories} of ${of.meetings} meetings, ${of.different} different`],
    ["accuracy", share(of.accuracy)],
    ["right and wrong", `${of.successes} and ${of.failures}`],
    ["reward", spread(of.reward)],
    ["reason right", percent(of.reasonAccuracy)],
    ["grounded", percent(of.grounded)],
    ["2 to 5 calls", percent(of.callsInRange)],
    ["tries by calls", counts(of.calls)],
    ["calls of tools", counts(of.tools)],
    ["a tool called twice", String(of.repeated)],
    ["invalid", String(of.invalid)],
    ["pairs", of.pairs === 0 ? "0" : `${of.pairs}, ${significant(of.meanMargin)} apart on average`],
  ];
}

/** The best, the middle and the worst trajectory. */
function examplesPart(traces: readonly Trajectory[]): string[] {
  const ranked = traces
    .filter(({ reward }) => reward !== undefined)
    .toSorted((a, b) => b.reward! - a.reward!);
  if (ranked.length === 0) return [];
  const chosen = [ranked[0]!, ranked[Math.floor(ranked.length / 2)]!, ranked.at(-1)!];
  const names = ["best", "middle", "worst"];
  return ["### Examples", ...chosen.map((one, i) => `${names[i]}:\n\n${exampleText(one)}`)];
}

function exampleText({ task, steps, reward = 0, rewards = {} }: Trajectory): string {
  const lines = steps.map(({ kind, tool, text = "", observation }) => {
    if (kind === "call") return `→ ${tool}\n← ${observation ?? ""}`;
    return kind === "answer" ? `→ predict ${text}` : `→ ${text}\n← ${observation ?? ""}`;
  });
  const truth = rewards["true_probability"];
  const end = `reward ${fixed(3)(reward)}, true probability ${truth?.toFixed(3) ?? "unknown"}`;
  const body = [task.question ?? "", ...lines, end].join("\n").replaceAll("```", "'''");
  return `\`\`\`text\n${body}\n\`\`\``;
}
