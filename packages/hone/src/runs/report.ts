/** Writes `report.md` and `report.html`: the results of a run in tables and pictures, made from the run folder alone. */
import { join } from "node:path";
import { verdictOf } from "../core/verdict.ts";
import type { ResultRecord } from "../formats/result-format.ts";
import type { RunData } from "./report-data.ts";
import { curveOf, readRunData, sectionsOf } from "./report-data.ts";
import {
  baselinesTable,
  levelsTable,
  metricsTable,
  partsTable,
  replayTable,
} from "./report-parts.ts";
import { examplesPart, outcomesPart, samplesPart } from "./report-examples.ts";
import { costPart, learnedPart } from "./report-facts.ts";
import { pictureLink, writePage } from "./report-page.ts";
import { promptsPart } from "./report-prompts.ts";
import { reportPictures, stagesOf } from "./report-pictures.ts";
import {
  duration,
  percent,
  points,
  share,
  signed,
  significant,
  spread,
  table,
  valueText,
} from "./report-text.ts";
import { runFiles } from "./run-folder.ts";

/** A comment in the page that tells programs its layout; it is not rendered. */
const header = "<!-- hone.report version 1 -->";

/**
 * Writes report.md, report.html and pictures/ of a run from the contents of its folder, and replaces older ones.
 * @returns the path of report.md
 * @throws  RUN_NOT_FOUND, FILE_DAMAGED, FORMAT_UNKNOWN_VERSION, DISK_FULL
 */
export async function writeReport(folder: string): Promise<string> {
  const data = await readRunData(folder);
  const pictures = reportPictures(data);
  const path = join(folder, runFiles.report);
  await writePage(path, reportText(data, pictures.map(pictureLink)), pictures);
  return path;
}

/** The page, with the Markdown of its pictures. */
function reportText(data: RunData, pictures: readonly string[]): string {
  const stages = stagesOf(data).map(({ name }) => name);
  return [
    header,
    `# ${data.run.name} ${data.run.id}`,
    summary(data.result),
    ...learnedPart(data),
    ...warningTable(data.result),
    ...resultTables(data),
    ...promptsPart(data),
    ...(pictures.length === 0 ? [] : ["## Pictures", ...pictures]),
    ...examplesPart(stages, data.samples),
    ...(data.result === undefined ? [] : outcomesPart(data.result)),
    ...costPart(data.result),
    ...trainingTable(data),
    "## Settings",
    table(["key", "value"], flatten(data.run.config)),
    "## Environment",
    table(["", ...data.sessions.map((_, i) => `session ${i + 1}`)], environmentRows(data)),
    ...samplesPart(data.samples, stages),
  ]
    .join("\n\n")
    .concat("\n");
}

function summary(result: ResultRecord | undefined): string {
  if (result === undefined)
    return "This run has no result yet: it is running, or was stopped before its end.";
  const { before, after, difference } = result;
  if (after.tasks === 0)
    return `Nothing was held out, so nothing says whether it got better. It took ${duration(result.seconds)}.`;
  const { low, high } = difference.success;
  const verdict = verdictOf(difference.success);
  const reason = verdict === "not shown to be different" ? ": the interval holds 0" : "";
  return `Success on ${after.tasks} held-out tasks went from ${percent(before.success.value)} to **${percent(after.success.value)}**: ${points(difference.success.value)} (95 % interval ${points(low)} to ${points(high)}), **${verdict}${reason}**. It took ${duration(result.seconds)}.`;
}

/** What makes the result say less than it seems to. */
function warningTable(result: ResultRecord | undefined): string[] {
  const rows = (result?.warnings ?? []).map(({ code, count, texts }) => [
    code,
    String(count),
    texts.join(" "),
  ]);
  return rows.length === 0 ? [] : ["## Warnings", table(["code", "how often", "what"], rows)];
}

function resultTables(data: RunData): string[] {
  const { result } = data;
  if (result === undefined || result.after.tasks === 0) return [];
  const { before, after, difference } = result;
  const rows = [
    ["success", share(before.success), share(after.success), spread(difference.success, points)],
    [
      "reward (points)",
      spread(before.reward),
      spread(after.reward),
      spread(difference.reward, signed),
    ],
  ];
  const stages = stagesOf(data);
  return [
    "## Before and after",
    table(["", "before", "after", "difference"], rows),
    `Brackets hold 95 % intervals; the difference is paired by task. ${after.tasks} tasks, ${after.samplesPerTask} ${after.samplesPerTask === 1 ? "answer" : "answers"} each.`,
    ...lossPart(result),
    ...trainedPart(result),
    ...partsTable(result),
    ...metricsTable(result),
    ...levelsTable(result),
    ...baselinesTable(result),
    ...replayTable(result),
    ...(result.checkpoint === undefined ? [] : [`Checkpoint: \`${result.checkpoint}\``]),
    ...(stages.length <= 2
      ? []
      : [
          "## Every stage",
          table(
            ["policy", "success", "reward (points)"],
            stages.map(({ name, measurement: m }) => [name, share(m.success), spread(m.reward)]),
          ),
        ]),
  ];
}

/** By how much the loss of what an expert did on the held-out tasks fell, where it was measured. */
function lossPart({ before, after, stages }: ResultRecord): string[] {
  const measured = stages?.map(({ measurement }) => measurement) ?? [before, after];
  const losses = measured.flatMap(({ components }) => components?.["loss"]?.value ?? []);
  if (losses.length < 2) return [];
  const change = percent(Math.min(...losses.slice(1)) / losses[0]! - 1);
  return [
    `Loss of the expert's held-out episodes, stage by stage: ${losses.map(significant).join(" → ")} nats per token (${change} at its lowest).`,
  ];
}

function trainedPart({ parameters }: ResultRecord): string[] {
  if (parameters === undefined) return [];
  const { total, trained } = parameters;
  return [
    `Trained: ${trained} of ${total} parameters (${significant((100 * trained) / total)} %).`,
  ];
}

/** The first and the last value of every metric, which show a drift of KL or entropy without TensorBoard. */
function trainingTable({ metrics }: RunData): string[] {
  const rows = sectionsOf(metrics).flatMap((section) => {
    const names = new Set(
      metrics.flatMap((row) => (row.section === section ? Object.keys(row.values ?? {}) : [])),
    );
    // The ends of an interval are no metrics of their own.
    const isEnd = (name: string): boolean =>
      ["low", "high"].some((end) => {
        const of = name.slice(0, -end.length - 1);
        return (
          name === `${of}_${end}` &&
          names.has(`${of}_low`) &&
          names.has(`${of}_high`) &&
          names.has(of)
        );
      });
    return [...names]
      .filter((name) => !isEnd(name))
      .map((name) => {
        const curve = curveOf(metrics, section, name);
        return [
          section,
          name,
          String(curve.length),
          significant(curve[0]!.y),
          significant(curve.at(-1)!.y),
        ];
      });
  });
  return rows.length === 0
    ? []
    : ["## Training", table(["section", "metric", "values", "first", "last"], rows)];
}

function environmentRows({ sessions }: RunData): string[][] {
  const rows: readonly [string, (of: RunData["sessions"][number]) => string][] = [
    ["started (UTC)", (of) => of.startedAt],
    ["hone", (of) => of.packageVersion],
    ["Node", (of) => of.node],
    ["system", (of) => `${of.platform} ${of.architecture}`],
    ["processor", (of) => of.cpu],
    ["cores", (of) => String(of.cores)],
    ["memory", (of) => `${(of.memoryBytes / 2 ** 30).toFixed(1)} GiB`],
    ["commit", (of) => of.gitCommit ?? "none"],
  ];
  return rows.map(([name, value]) => [name, ...sessions.map(value)]);
}

function flatten(config: Readonly<Record<string, unknown>>, prefix = ""): string[][] {
  return Object.entries(config).flatMap(([key, value]) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? flatten(value as Record<string, unknown>, `${prefix}${key}.`)
      : [[prefix + key, valueText(value)]],
  );
}
