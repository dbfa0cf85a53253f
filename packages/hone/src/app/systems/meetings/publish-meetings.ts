/** The end of a run of meetings: the report of the phases that are done and, when all are, the result of the whole. */
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { compare } from "../../../evaluation/compare.ts";
import type { Evaluation } from "../../../evaluation/evaluate.ts";
import { writePage } from "../../../runs/report-page.ts";
import { writeReport } from "../../../runs/report.ts";
import type { RunFolder } from "../../../runs/run-folder.ts";
import type { PipelineEvent } from "../../training/pipeline-events.ts";
import { resultRecord } from "../../training/publish-result.ts";
import { shortPath } from "../../training/run-figures.ts";
import { resumeWith } from "../../training/further-command.ts";
import { meetingPhases, meetingsSettings } from "../meetings-settings.ts";
import { meetingBaselines, truthsOf } from "./meeting-baselines.ts";
import { scoredOf } from "./meeting-scores.ts";
import type { MeetingTrace } from "./meeting-traces.ts";
import { heldOutMeetings } from "./meeting-work.ts";
import { copyFolder } from "../copy-layout.ts";
import { type MeetingPaths, meetingPaths } from "./meetings-folder.ts";
import { measuredPictures, tracePictures, trainingCurves } from "./meetings-pictures.ts";
import { type MeasuredPolicy, type MeetingsReport, meetingsReport } from "./meetings-report.ts";
import type { ResolvedMeetings } from "./resolved-settings.ts";
import { meetingWarnings } from "./settings-warning.ts";
import { trainingRows } from "./sft-phase.ts";
import { type StoredTraining, storedTraining, totalCost } from "../stored-training.ts";
import type { TracesCost } from "./traces-cost.ts";
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
  // Without pairs phase 3 cannot begin; the run says so, and what to do.
  if (next === "dpo" && statistics?.pairs === 0) return;
  const command = resumeWith(shortPath(run.path), "run meetings", {
    table: meetingsSettings,
    settings: { ...settings, phase: next },
  });
  const rest = meetingPhases.slice(meetingPhases.indexOf(next)).join(", ");
  yield { kind: "note", text: `next: ${command} (left: ${rest})` };
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
  { settings, policies, baselines: rules, statistics }: MeetingsReport,
  { sft, dpo }: Trainings,
): AsyncGenerator<PipelineEvent, void> {
  const [before, after] = [isPaired(sft.after, dpo.after) ? sft.after : dpo.before, dpo.after];
  const part = dpo.trained.endsWith("adapter") ? "adapter" : "model";
  const checkpoint = join(run.path, part);
  await copyFolder(dpo.trained, checkpoint);
  const { parameters } = dpo;
  const traces = statistics?.cost;
  const shared = {
    ...{ before, after, parameters },
    difference: compare(before, after),
    seconds: sft.seconds + (traces?.seconds ?? 0) + dpo.seconds,
    warnings: meetingWarnings(settings, [sft, dpo]),
    baselines: rules.map(({ name, scores }) => ({ name, success: scores.accuracy })),
  };
  const record = resultRecord({
    ...shared,
    cost: costOfPhases({ sft, dpo }, traces),
    checkpoint: relative(run.path, checkpoint),
    stages: policies.map(({ name, evaluation }) => [name, evaluation] as const),
    training: [...sft.training, ...dpo.training],
  });
  await run.saveResult(record);
  const report = await writeReport(run.path);
  yield { kind: "done", result: { ...shared, checkpoint, report, folder: run.path } };
}

/** What all phases cost; undefined where one of them did not count it. */
function costOfPhases(
  { sft, dpo }: Trainings,
  traces: TracesCost | undefined,
): StoredTraining["cost"] {
  return totalCost([sft.cost, traces && { ...traces, tokensTrained: 0 }, dpo.cost]);
}

/** Whether both measured the same meetings; rows of a user's table are others. */
const isPaired = (first: Evaluation, second: Evaluation): boolean =>
  first.tasks.length === second.tasks.length &&
  first.tasks.every(({ taskId }, i) => taskId === second.tasks[i]!.taskId);
