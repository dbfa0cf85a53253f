/** `report.md` of `hone run trajectories`: all domains beside each other, before and after each training. */
import { type Verdict, verdictOf } from "../../../core/verdict.ts";
import type { Evaluation } from "../../../evaluation/evaluate.ts";
import type { Interval } from "../../../evaluation/intervals.ts";
import { unknown } from "../../../evaluation/before-and-after.ts";
import type { RunRecord } from "../../../formats/run-format.ts";
import { barChart } from "../../../runs/charts.ts";
import { pictureLink } from "../../../runs/report-page.ts";
import type { Picture } from "../../../runs/report-pictures.ts";
import {
  duration,
  percent,
  points,
  share,
  signed,
  spread,
  table,
  valueText,
} from "../../../runs/report-text.ts";
import { joinedWarnings } from "../../training/run-warnings.ts";
import type { TrajectoriesSettings } from "../trajectories-settings.ts";
import type { DomainState } from "./publish-trajectories.ts";
import type { AnalysisStatistics } from "./read-analysis.ts";
import { type DomainRecipe, recordedTrajectories } from "./resolved-settings.ts";

/** What the report is made of. */
export interface TrajectoriesReport {
  readonly run: Pick<RunRecord, "name" | "id">;
  readonly settings: TrajectoriesSettings;
  readonly states: readonly DomainState[];
  /** Statistics of the experts' trajectories by `hone reward`, by domain. */
  readonly analysis: AnalysisStatistics;
  readonly pictures: readonly Picture[];
}

/** The page, as Markdown. */
export function trajectoriesReport(report: TrajectoriesReport): string {
  return [
    `# ${report.run.name} ${report.run.id}`,
    summary(report.states),
    "## Held-out tasks",
    successTable(report.states),
    "Success is the share of tasks that were done, brackets hold 95 % intervals, and the difference, PPO minus SFT, is paired by task. Tasks are tried once, sampled at temperature 1.",
    rewardTable(report.states),
    "Rewards are each domain's own; those of two domains cannot be compared.",
    ...report.pictures.map(pictureLink),
    ...baselinesPart(report.states),
    "## What was learned from",
    dataTable(report),
    "The experts are scripted and make mistakes on purpose, so that supervised learning alone leaves room; completion and reward are those of `npx hone reward`.",
    "## Settings of each domain",
    recipeTable(report.states),
    ...costPart(report.states),
    ...warningsPart(report.states),
    ...settingsPart(report),
  ]
    .join("\n\n")
    .concat("\n");
}

/** A domain with the difference that PPO made; without one where it is not done. */
const verdictsOf = (states: readonly DomainState[]): readonly (Verdict | undefined)[] =>
  states.map(({ difference }) => difference && verdictOf(difference.success));

function summary(states: readonly DomainState[]): string {
  const verdicts = verdictsOf(states);
  const count = (wanted: Verdict | undefined): number =>
    verdicts.filter((one) => one === wanted).length;
  const left = count(undefined);
  const rest = left === 0 ? "" : ` ${left} of them ${left === 1 ? "is" : "are"} not done yet.`;
  return `PPO is above supervised learning in **${count("better")} of ${states.length} domains**, below in ${count("worse")}: the whole 95 % interval of the paired difference lies on one side of 0.${rest}`;
}

const linkOf = (kind: "sft" | "rl", { domain }: DomainRecipe, text: string): string =>
  `[${text}](models/${kind}/${domain}/report.md)`;

function successTable(states: readonly DomainState[]): string {
  const verdicts = verdictsOf(states);
  const rows = states.map(({ recipe, sft, ppo, difference }, i) => [
    recipe.domain,
    String(recipe.level),
    valueOf(sft?.before, ({ taskCount }) => String(taskCount)),
    valueOf(sft?.before, ({ success }) => share(success)),
    valueOf(ppo?.before ?? sft?.after, ({ success }) => linkOf("sft", recipe, share(success))),
    valueOf(ppo?.after, ({ success }) => linkOf("rl", recipe, share(success))),
    difference === undefined ? "" : spread(difference.success, points),
    verdicts[i] ?? "",
  ]);
  const head = ["domain", "level", "tasks", "untrained", "SFT", "PPO", "PPO − SFT", ""];
  return table(head, rows);
}

function rewardTable(states: readonly DomainState[]): string {
  const reward = ({ reward: value = unknown }: { readonly reward: Interval | undefined }): string =>
    spread(value);
  const rows = states.map(({ recipe, sft, ppo, difference }) => [
    recipe.domain,
    valueOf(sft?.before, reward),
    valueOf(ppo?.before ?? sft?.after, reward),
    valueOf(ppo?.after, reward),
    difference === undefined ? "" : spread(difference.reward ?? unknown, signed),
  ]);
  return table(["reward", "untrained", "SFT", "PPO", "PPO − SFT"], rows);
}

const valueOf = (
  evaluation: Evaluation | undefined,
  show: (evaluation: Evaluation) => string,
): string => (evaluation === undefined ? "" : show(evaluation));

/** A row for each domain, a column for each baseline. */
function baselinesPart(states: readonly DomainState[]): string[] {
  const measured = states.filter(({ baselines }) => baselines.length > 0);
  if (measured.length === 0) return [];
  const names = measured[0]!.baselines.map(({ name }) => name);
  const rows = measured.map(({ recipe: { domain }, baselines }) => [
    domain,
    ...baselines.map(({ success, reward = unknown }) => `${share(success)}, ${spread(reward)}`),
  ]);
  return [
    "## Without a model",
    table(["success, reward", ...names], rows),
    "The same held-out tasks by random actions, by the actions that the expert takes most often at each step, and by the expert without mistakes.",
  ];
}

function dataTable({ states, analysis }: TrajectoriesReport): string {
  const rows = states.map(({ recipe: { domain, mistakeRate } }) => {
    const { total, completion } = analysis[domain] ?? {};
    return [
      domain,
      total === undefined ? "" : String(total.count),
      percent(mistakeRate),
      completion === undefined ? "" : percent(completion.mean),
      total === undefined ? "" : total.mean.toFixed(2),
    ];
  });
  const head = ["domain", "trajectories", "wrong actions", "completion", "reward"];
  return table(head, rows);
}

/** A row for each setting, a column for each domain. */
function recipeTable(states: readonly DomainState[]): string {
  const recipes = states.map(({ recipe }) => Object.entries(recipe));
  const rows = recipes[0]!.map(([key], i) => [key, ...recipes.map((one) => String(one[i]![1]))]);
  const [head, ...rest] = rows;
  return table(["", ...head!.slice(1)], rest);
}

function costPart(states: readonly DomainState[]): string[] {
  const rows = states.flatMap(({ recipe, sft, ppo }) =>
    [
      { phase: "SFT", training: sft },
      { phase: "PPO", training: ppo },
    ].flatMap(({ phase, training }) =>
      training === undefined
        ? []
        : [
            [
              `${recipe.domain} ${phase}`,
              duration(training.seconds),
              training.cost === undefined ? "" : duration(training.cost.processorSeconds),
              training.cost === undefined
                ? ""
                : `${(training.cost.peakMemoryBytes / 2 ** 30).toFixed(2)} GiB`,
            ],
          ],
    ),
  );
  if (rows.length === 0) return [];
  return ["## Cost", table(["training", "time", "of the processor", "most memory"], rows)];
}

function warningsPart(states: readonly DomainState[]): string[] {
  const all = states.flatMap(({ sft, ppo }) => [
    ...(sft?.warnings ?? []),
    ...(ppo?.warnings ?? []),
  ]);
  const rows = joinedWarnings(all).map(({ code, count, texts }) => [
    ...[code, String(count), texts.join(" ")],
  ]);
  return rows.length === 0 ? [] : ["## Warnings", table(["code", "how often", "what"], rows)];
}

function settingsPart({ settings, states }: TrajectoriesReport): string[] {
  const recipes = states.map(({ recipe }) => recipe);
  // The recipes have a table of their own.
  const { recipes: _, policyRecipes: __, ...others } = recordedTrajectories({ settings, recipes });
  const recorded = Object.entries(others);
  const rows = recorded.map(([key, value]) => [key, valueText(value)]);
  return ["## Settings", table(["key", "value"], rows)];
}

/** Success of each domain after each training; no picture where nothing is trained yet. */
export function successPicture(states: readonly DomainState[]): readonly Picture[] {
  const bars = states.flatMap(({ recipe: { domain }, sft, ppo }) => {
    const [before, after] = [ppo?.before ?? sft?.after, ppo?.after];
    return [
      ...(before === undefined ? [] : [{ name: `${domain} SFT`, kind: "SFT", ...before.success }]),
      ...(after === undefined ? [] : [{ name: `${domain} PPO`, kind: "PPO", ...after.success }]),
    ];
  });
  if (bars.length === 0) return [];
  const caption = "Success on held-out tasks, after supervised learning and after PPO";
  const svg = barChart({
    title: caption,
    x: { label: "policies (whiskers: 95 % interval)" },
    y: { label: "tasks done (share)", format: "percent" },
    bars,
    show: percent,
    include: [1],
  });
  return [{ file: "success.svg", caption, svg }];
}
