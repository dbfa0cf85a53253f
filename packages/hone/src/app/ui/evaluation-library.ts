/** What runs measured on held-out tasks, and two such measurements task by task, as the dashboard reads them. */
import { join } from "node:path";
import { HoneError } from "../../core/errors.ts";
import { compare } from "../../evaluation/compare.ts";
import { taskRecord } from "../../evaluation/evaluate.ts";
import type { Measurement, ResultRecord } from "../../formats/result-format.ts";
import type { StoredGroup } from "../../rollouts/stored-rollouts.ts";
import { runNames } from "../../runs/find-run.ts";
import { listRuns, type RunSummary } from "../../runs/list.ts";
import { readRunRecord } from "../../runs/open-run.ts";
import { runFiles } from "../../runs/run-folder.ts";
import type { MeasuredStage, UiEvaluationLibrary } from "../../server/ui/evaluation-library.ts";
import { rolloutsOf } from "../training/stored/rollouts-of.ts";
import { SHOWN_CHARACTERS, taskText } from "./shown-task.ts";

/** The evaluations of the runs in a folder. Only names of its own folders are known. */
export function evaluationLibrary(root: string): UiEvaluationLibrary {
  return {
    list: async () => (await Promise.all((await listRuns(root)).map(stagesOf))).flat(),
    compare: async (before, after) => {
      const known = await runNames(root);
      for (const { run } of [before, after])
        if (!known.includes(run)) throw new HoneError("RUN_NOT_FOUND", { name: run, root, known });
      const [first, second] = await Promise.all(
        [before, after].map((one) => groupsOf(join(root, one.run), one.stage)),
      );
      return comparisonOf(first!, second!);
    },
  };
}

/** What a run was measured on: its command with the field of its tasks or the file of its data. */
async function stagesOf({
  name,
  folder,
  result,
  createdAt,
}: RunSummary): Promise<readonly MeasuredStage[]> {
  if (result === undefined) return [];
  const { config } = await readRunRecord(folder);
  const { command, domain, data, tasks, model } = config;
  const source = [domain, tasks, data].find((one) => typeof one === "string") ?? command;
  return namedStages(result).map(([stage, { success, reward, tasks: count }]) => ({
    ...{ run: name, stage, set: `${String(source)}, ${count} tasks`, success, reward },
    ...(createdAt !== undefined && { createdAt }),
    ...(typeof model === "string" && { model }),
  }));
}

/** The stages of a result by the names that its rollouts are kept under. */
function namedStages({
  stages,
  before,
  after,
}: ResultRecord): readonly (readonly [string, Measurement])[] {
  if (stages !== undefined)
    return stages.map(({ name, measurement }) => [name, measurement] as const);
  return [
    ["start", before],
    [AFTER_ALL, after],
  ];
}

/** The last stage of a result that does not name its stages. */
const AFTER_ALL = "after";

/** The tries at held-out tasks that a run kept of a stage, by tasks. */
async function groupsOf(folder: string, stage: string): Promise<readonly StoredGroup[]> {
  const store = `sqlite:${join(folder, runFiles.rollouts)}`;
  const { groups } = await rolloutsOf(store, {
    split: "test",
    ...(stage !== AFTER_ALL && { phase: stage }),
  });
  return stage === AFTER_ALL ? groups.filter(({ origin }) => origin?.phase !== "start") : groups;
}

function comparisonOf(first: readonly StoredGroup[], second: readonly StoredGroup[]) {
  const evaluationOf = (groups: readonly StoredGroup[]) => ({
    mode: "greedy" as const,
    tasks: groups.map(({ task, rollouts }) => taskRecord(task, rollouts)),
  });
  const { success, reward, better, worse, equal, tasks } = compare(
    evaluationOf(first),
    evaluationOf(second),
  );
  const sides = [first, second].map(
    (groups) => new Map(groups.map((group) => [group.task.id, group])),
  );
  return {
    ...{ success, better, worse, equal, ...(reward !== undefined && { reward }) },
    tasks: tasks.map((one) => {
      const [before, after] = sides.map((side) => tryOf(side.get(one.taskId)!));
      return {
        id: one.taskId,
        text: taskText(sides[0]!.get(one.taskId)!),
        before: before!,
        after: after!,
      };
    }),
  };
}

function tryOf({ task, rollouts, origin }: StoredGroup) {
  const { success, reward } = taskRecord(task, rollouts);
  const [shown] = rollouts;
  const reply = shown?.turns.at(-1)?.reply.content ?? "";
  return {
    ...{ success, reply: reply.slice(0, SHOWN_CHARACTERS), rollout: shown?.id ?? "" },
    phase: origin?.phase ?? "",
    ...(reward !== undefined && { reward }),
  };
}
