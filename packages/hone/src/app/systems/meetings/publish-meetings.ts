/** The end of a run of meetings: the report of the phases that are done and, when all are, the result of the whole. */
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { compare } from "../../../evaluation/compare.ts";
import type { Evaluation } from "../../../evaluation/evaluate.ts";
import type { Interval } from "../../../evaluation/intervals.ts";
import { writePage } from "../../../runs/report-page.ts";
import { writeReport } from "../../../runs/report.ts";
import type { RunFolder } from "../../../runs/run-folder.ts";
import type { PipelineEvent } from "../../training/pipeline-events.ts";
import { interval, measurement } from "../../training/publish-result.ts";
import { shortPath } from "../../training/run-figures.ts";
import { meetingPhases } from "../meetings-settings.ts";
import { meetingBaselines, truthsOf } from "./meeting-baselines.ts";
import { scoredOf } from "./meeting-scores.ts";
import type { MeetingTrace } from "./meeting-traces.ts";
import { heldOutMeetings } from "./meeting-work.ts";
import { copyFolder, type MeetingPaths, meetingPaths } from "./meetings-folder.ts";
import { measuredPictures, tracePictures, trainingCurves } from "./meetings-pictures.ts";
import { type MeasuredPolicy, type MeetingsReport, meetingsReport } from "./meetings-report.ts";
import type { ResolvedMeetings } from "./resolved-settings.ts";
import { settingsWarning } from "./settings-warning.ts";
import { trainingRows } from "./sft-phase.ts";
import { type StoredTraining, storedTraining } from "./stored-evaluations.ts";
import { readStatistics } from "./traces-phase.ts";
import { textTasks, meetingRows } from "../../../domains/meetings/rows.ts";

/** Writes the report, and, when all phases are done, the result; its event is the last. */
export async function* publishMeetings(
  run: RunFolder,
  settings: ResolvedMeetings,
): AsyncGenerator<PipelineEvent, void> {
  const paths = meetingPaths(run.path);
  const report = await reportOf(settings, paths);
  await writePage(paths.report, meetingsReport(report), report.pictures);
  yield { kind: "note", text: `report ${shortPath(paths.report)}` };
  const { sft, dpo, statistics } = report;
  if (sft !== undefined && dpo !== undefined) return yield* finished(run, report, { sft, dpo });
  const next = sft === undefined ? "sft" : statistics === undefined ? "traces" : "dpo";
  const command = `npx hone run meetings --resume ${shortPath(run.path)}`;
  const rest = meetingPhases.slice(meetingPhases.indexOf(next)).join(", ");
  yield { kind: "note", text: `next: ${command} --phase ${next} (left: ${rest})` };
}

async function reportOf(settings: ResolvedMeetings, paths: MeetingPaths): Promise<MeetingsReport> {
  const [sft, dpo] = [
    await storedTraining(paths.sftRun, "sft"),
    await storedTraining(paths.dpoRun, "dpo"),
  ];
  const statistics = await readStatistics(paths);
  const traces = statistics === undefined ? [] : await readTraces(paths);
  const rows = await trainingRows(settings, paths, undefined);
  const meetings = heldOutMeetings(settings);
  const ofAgents = textTasks(meetingRows(meetings, settings.seed), (_, i) => meetings[i]!.id);
  const truths = new Map([...truthsOf(ofAgents), ...truthsOf(rows.test)]);
  const policy = (name: MeasuredPolicy["name"], evaluation: Evaluation): MeasuredPolicy => ({
    ...{ name, evaluation },
    scored: scoredOf(evaluation, truths),
  });
  const policies = [
    ...(sft === undefined ? [] : [policy("untrained", sft.before), policy("SFT", sft.after)]),
    ...(dpo === undefined ? [] : [policy("agent", dpo.before), policy("DPO", dpo.after)]),
  ];
  const { train, test } = rows;
  const baselines = meetingBaselines({ train, test, meetings, seed: settings.seed });
  const ofTrainings = [
    ...(sft === undefined ? [] : [await trainingCurves(paths.sftRun, "sft")]),
    ...(dpo === undefined ? [] : [await trainingCurves(paths.dpoRun, "dpo")]),
  ];
  return {
    ...{ settings, policies, baselines, sft, statistics, traces, dpo },
    curves: ofTrainings.flatMap(({ curves }) => curves),
    pictures: [
      ...measuredPictures(policies, baselines),
      ...ofTrainings.flatMap(({ pictures }) => pictures),
      ...tracePictures(traces),
    ],
  };
}

const readTraces = async ({
  traces,
}: MeetingPaths): Promise<readonly MeetingTrace["trajectory"][]> =>
  JSON.parse(await readFile(traces, "utf8")) as MeetingTrace["trajectory"][];

interface Trainings {
  readonly sft: StoredTraining;
  readonly dpo: StoredTraining;
}

/** The result: the model of phase 1 from texts before, the aligned agent after. */
async function* finished(
  run: RunFolder,
  { settings, policies, baselines }: MeetingsReport,
  { sft, dpo }: Trainings,
): AsyncGenerator<PipelineEvent, void> {
  const [before, after] = [isPaired(sft.after, dpo.after) ? sft.after : dpo.before, dpo.after];
  const difference = compare(before, after);
  const seconds = sft.seconds + dpo.seconds;
  const unusual = settingsWarning(settings);
  const warnings = [
    ...(unusual === undefined ? [] : [{ code: unusual.code, count: 1, texts: [unusual.text] }]),
    ...sft.warnings,
    ...dpo.warnings,
  ];
  const part = dpo.trained.endsWith("adapter") ? "adapter" : "model";
  const checkpoint = join(run.path, part);
  await copyFolder(dpo.trained, checkpoint);
  await run.saveResult({
    before: measurement(before),
    after: measurement(after),
    difference: {
      success: interval(difference.success),
      reward: interval(difference.reward ?? nothing),
    },
    ...(dpo.parameters && { parameters: dpo.parameters }),
    seconds,
    checkpoint: relative(run.path, checkpoint),
    report: "report.md",
    stages: policies.map(({ name, evaluation }) => ({
      name,
      measurement: measurement(evaluation),
    })),
    baselines: baselines.map(({ name, scores }) => ({
      ...{ name, success: interval(scores.accuracy), reward: interval(nothing) },
    })),
    warnings: warnings.map(({ texts, ...warning }) => ({ ...warning, texts: [...texts] })),
  });
  const report = await writeReport(run.path);
  const measured = { before, after, difference, warnings, parameters: dpo.parameters };
  const rules = baselines.map(({ name, scores }) => ({
    ...{ name, success: scores.accuracy, reward: nothing },
  }));
  yield {
    kind: "done",
    result: { ...measured, baselines: rules, seconds, checkpoint, report, folder: run.path },
  };
}

/** Whether both measured the same meetings; rows of a user's table are others. */
const isPaired = (first: Evaluation, second: Evaluation): boolean =>
  first.tasks.length === second.tasks.length &&
  first.tasks.every(({ taskId }, i) => taskId === second.tasks[i]!.taskId);

const nothing: Interval = { value: Number.NaN, low: Number.NaN, high: Number.NaN };
