/** `results/evaluation_report.md`: the three phases beside each other and beside rules that need no model. */
import { type Ceiling, meetingCeilings } from "../../../domains/meetings/ceilings.ts";
import type { Evaluation } from "../../../evaluation/evaluate.ts";
import { type Interval, pairedShareDifference } from "../../../evaluation/intervals.ts";
import type { Picture } from "../../../runs/report-pictures.ts";
import { pictureLink } from "../../../runs/report-page.ts";
import {
  fixed,
  percent,
  points,
  share,
  significant,
  spread,
  table,
  valueText,
} from "../../../runs/report-text.ts";
import type { MeetingBaseline } from "./meeting-baselines.ts";
import { errorPatterns, meetingScores, type MeetingScores, type Scored } from "./meeting-scores.ts";
import type { MeetingTrace } from "./meeting-traces.ts";
import { recordedSettings } from "./meeting-work.ts";
import type { ResolvedMeetings } from "./resolved-settings.ts";
import { meetingWarnings } from "./settings-warning.ts";
import type { StoredTraining } from "../stored-training.ts";
import { tracesParts } from "./traces-report.ts";
import type { TracesStatistics } from "./traces-statistics.ts";

/** A policy that was measured on the held-out meetings. */
export interface MeasuredPolicy {
  readonly name: "untrained" | "SFT" | "agent" | "DPO";
  readonly evaluation: Evaluation;
  readonly scored: readonly Scored[];
}

/** What the report is made of; phases that were not run are left out. */
export interface MeetingsReport {
  readonly settings: ResolvedMeetings;
  readonly policies: readonly MeasuredPolicy[];
  readonly baselines: readonly MeetingBaseline[];
  readonly sft: StoredTraining | undefined;
  readonly statistics: TracesStatistics | undefined;
  readonly traces: readonly MeetingTrace["trajectory"][];
  readonly dpo: StoredTraining | undefined;
  /** First and last numbers of the trainings: loss, margin. */
  readonly curves: readonly TrainingCurve[];
  readonly pictures: readonly Picture[];
}

/** A number of a training over its steps. */
export interface TrainingCurve {
  readonly phase: "sft" | "dpo";
  readonly metric: string;
  readonly first: number;
  readonly last: number;
}

/** The accuracy above which each phase counts as learned. */
const thresholds = { SFT: 0.65, agent: 0.6, DPO: 0.7 } as const;

/** The page as Markdown. */
export const meetingsReport = (report: MeetingsReport): string =>
  [
    "# Meetings: supervised learning, agent traces, DPO",
    ...thresholdPart(report),
    ...comparisonPart(report),
    ...differencesPart(report),
    ...(report.pictures.length === 0 ? [] : ["## Pictures", ...report.pictures.map(pictureLink)]),
    ...patternsPart(report),
    ...trainingPart(report),
    ...tracesParts(report),
    ...hardPart(report),
    ...settingsPart(report),
  ]
    .join("\n\n")
    .concat("\n");

const policyOf = ({ policies }: MeetingsReport, name: string): MeasuredPolicy | undefined =>
  policies.find((one) => one.name === name);

function thresholdPart(report: MeetingsReport): string[] {
  const rows = Object.entries(thresholds).map(([name, threshold]) => {
    const policy = policyOf(report, name);
    const wanted = `> ${100 * threshold} %`;
    if (policy === undefined) return [name, "not run", wanted, "–"];
    const { success } = policy.evaluation;
    return [name, share(success), wanted, verdictOf(success, threshold)];
  });
  return [
    "## Thresholds",
    "Accuracy is the share of held-out meetings of which the predicted probability is on the right side of 0.5. Brackets are 95 % intervals.",
    table(["phase", "accuracy", "threshold", "passed"], rows),
  ];
}

const verdictOf = ({ value, low }: Interval, threshold: number): string => {
  if (low > threshold) return "yes, with its whole interval";
  return value > threshold ? "yes, but not with its whole interval" : "no";
};

function comparisonPart({ policies, baselines }: MeetingsReport): string[] {
  const component = ({ evaluation }: MeasuredPolicy, name: string): string => {
    const part = evaluation.components[name];
    return part === undefined ? "–" : share(part);
  };
  const rows = policies.map((policy) => {
    const { reward, components } = policy.evaluation;
    const hasTools = policy.name === "agent" || policy.name === "DPO";
    return [
      policy.name,
      ...scoreCells(meetingScores(policy.scored)),
      hasTools ? component(policy, "grounded") : "–",
      hasTools ? significant(components["calls"]?.value ?? 0) : "–",
      component(policy, "valid"),
      reward === undefined ? "–" : spread(reward, three),
    ];
  });
  const rules = baselines.map(({ name, scores }) => [
    name,
    ...scoreCells(scores),
    ...["–", "–", "–", "–"],
  ]);
  const head = ["", "accuracy", "Brier", "calibration error", "reason right"];
  const ofAgents = ["grounded", "calls", "valid", "reward"];
  return [
    "## Comparison",
    "SFT predicts from the text alone, the agent and DPO with tools. Grounded: the facts that a prediction claims were all shown by tools. Brier: expected over outcomes with the true probability. Calibration error: how far predicted probabilities are from the true ones, bin by bin. The last rows need no model; the best estimates know how meetings are made.",
    table([...head, ...ofAgents], [...rows, ...rules]),
    ceilingText(),
  ];
}

function ceilingText(): string {
  const { text, tools } = meetingCeilings();
  const of = ({ accuracy, reason }: Ceiling): string =>
    `${percent(accuracy)} right and ${percent(reason)} of the reasons`;
  return `At best, over all meetings that can be drawn: ${of(text)} from the text, ${of(tools)} with all tools (computed exactly).`;
}

const scoreCells = ({ accuracy, brier, calibration, reason }: MeetingScores): string[] => [
  share(accuracy),
  spread(brier, three),
  calibration === undefined ? "–" : spread(calibration, three),
  share(reason),
];

const three = fixed(3);

function differencesPart(report: MeetingsReport): string[] {
  const pairs = [
    ["SFT", "agent"],
    ["SFT", "DPO"],
    ["agent", "DPO"],
  ] as const;
  const rows = pairs.flatMap(([first, second]) => {
    const [before, after] = [policyOf(report, first), policyOf(report, second)];
    if (before === undefined || after === undefined) return [];
    const both = pairedById(before.scored, after.scored);
    if (both.length === 0) return [];
    const difference = (of: (one: Scored) => boolean): string => {
      const shares = (i: 0 | 1): number[] => both.map((pair) => (of(pair[i]) ? 1 : 0));
      const { value, low, high } = pairedShareDifference(shares(0), shares(1));
      return `${points(value)} [${points(low)}, ${points(high)}]`;
    };
    return [
      [
        `${second} − ${first}`,
        difference(({ isRight }) => isRight),
        difference(({ isReasonRight }) => isReasonRight),
      ],
    ];
  });
  if (rows.length === 0) return [];
  const text = "The same meetings, paired (Newcombe's intervals).";
  return ["## Differences", text, table(["", "accuracy", "reason right"], rows)];
}

function pairedById(
  first: readonly Scored[],
  second: readonly Scored[],
): readonly (readonly [Scored, Scored])[] {
  const byId = new Map(second.map((one) => [one.id, one]));
  return first.flatMap((one) => {
    const other = byId.get(one.id);
    return other === undefined ? [] : [[one, other] as const];
  });
}

function patternsPart({ policies }: MeetingsReport): string[] {
  const trained = policies.filter(({ name }) => name !== "untrained");
  if (trained.length === 0) return [];
  const rows = errorPatterns(trained.map(({ scored }) => scored)).map(({ of, count, accuracy }) => [
    of,
    String(count),
    ...accuracy.map((value) => (Number.isNaN(value) ? "–" : percent(value))),
  ]);
  return [
    "## Error patterns",
    "Accuracy by the true reason, and by how far the true probability p is from 0.5.",
    table(["meetings", "count", ...trained.map(({ name }) => name)], rows),
  ];
}

function trainingPart({ curves, sft, dpo }: MeetingsReport): string[] {
  const rows = curves.map(({ phase, metric, first, last }) => [
    ...[phase, metric, significant(first), significant(last)],
  ]);
  if (rows.length === 0) return [];
  const trained = [sft, dpo].flatMap((one, i) => {
    if (one?.parameters === undefined) return [];
    const { total, trained: count } = one.parameters;
    const trainedShare = significant((100 * count) / total);
    return [
      `${i === 0 ? "SFT" : "DPO"} trained ${count} of ${total} parameters (${trainedShare} %) in ${one.seconds.toFixed(0)} s.`,
    ];
  });
  return ["## Training", trained.join(" "), table(["phase", "metric", "first", "last"], rows)];
}

/** What went wrong, from the warnings of the runs, the invalid outputs, and thresholds that were not reached. */
function hardPart(report: MeetingsReport): string[] {
  const { settings, sft, dpo, statistics } = report;
  const warnings = meetingWarnings(
    settings,
    [sft, dpo].filter((one) => one !== undefined),
  );
  const missed = Object.entries(thresholds).flatMap(([name, threshold]) => {
    const low = policyOf(report, name)?.evaluation.success.low;
    return low === undefined || low > threshold
      ? []
      : [`${name}: the lower end of its accuracy is not above ${100 * threshold} %.`];
  });
  const lines = [
    ...warnings.map(({ code, count, texts }) => `${code} (${count}): ${[...texts].join(" ")}`),
    ...missed,
    ...(statistics === undefined ? [] : ofTraces(statistics)),
    ...worstReasons(report),
  ];
  const list = lines.map((line) => `- ${line}`).join("\n");
  return ["## What was hard", lines.length === 0 ? "No warning, no invalid output." : list];
}

function ofTraces({
  invalid,
  repeated,
  trajectories,
  pairs,
  meetings,
}: TracesStatistics): string[] {
  const without = `${pairs} pairs of ${meetings} meetings: the other tries differ by too little.`;
  return [
    ...(invalid === 0 ? [] : [`${invalid} of ${trajectories} tries had an invalid output.`]),
    ...(repeated === 0 ? [] : [`${repeated} of ${trajectories} tries called a tool twice.`]),
    ...(pairs < meetings ? [without] : []),
  ];
}

/** The reason with which the last policy errs most. */
function worstReasons({ policies }: MeetingsReport): string[] {
  const last = policies.at(-1);
  if (last === undefined || last.name === "untrained") return [];
  const patterns = errorPatterns([last.scored]).filter(
    ({ of, count }) => of.startsWith("reason") && count > 0,
  );
  const [worst] = patterns.toSorted((a, b) => a.accuracy[0]! - b.accuracy[0]!);
  if (worst === undefined) return [];
  const accuracy = percent(worst.accuracy[0]!);
  return [
    `${last.name} errs most where the ${worst.of.replace("reason ", "reason is ")}: ${accuracy} of ${worst.count} meetings are right.`,
  ];
}

function settingsPart({ settings }: MeetingsReport): string[] {
  const rows = Object.entries(recordedSettings(settings)).map(([key, value]) => [
    ...[key, valueText(value)],
  ]);
  return ["## Settings", table(["key", "value"], rows)];
}
