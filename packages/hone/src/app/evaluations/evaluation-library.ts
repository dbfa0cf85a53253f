/** What was measured on held-out tasks, by runs and by `hone eval`, and two such measurements task by task. */
import { hash } from "node:crypto";
import { basename, join } from "node:path";
import { HoneError, isHoneError } from "../../core/errors.ts";
import { compare } from "../../evaluation/compare.ts";
import { taskRecord } from "../../evaluation/evaluate.ts";
import type { EvaluationRecord } from "../../formats/evaluation-format.ts";
import type { Measurement, ResultRecord } from "../../formats/result-format.ts";
import type { RunRecord } from "../../formats/run-format.ts";
import type { StoredGroup } from "../../rollouts/stored-rollouts.ts";
import { evaluationNames, readEvaluation } from "../../runs/kept-evaluations.ts";
import { listRuns, type RunSummary } from "../../runs/list.ts";
import { readRunRecord } from "../../runs/open-run.ts";
import type {
  MeasuredStage,
  StageName,
  UiEvaluationLibrary,
} from "../../server/ui/evaluation-library.ts";
import { SHOWN_CHARACTERS, taskText } from "../ui/shown-task.ts";
import { EVALUATION_STAGE } from "./keep-evaluation.ts";
import { openKeptRollouts } from "./kept-rollouts.ts";
import { measuredSet } from "./measured-set.ts";

/** The evaluations in a folder of runs. Only names of its own folders are known. */
export function evaluationLibrary(root: string): UiEvaluationLibrary {
  return {
    list: async () => {
      const ofRuns = await Promise.all((await listRuns(root)).map(stagesOf));
      return [...(await keptStages(root)), ...ofRuns.flat()];
    },
    show: async (name) => {
      const known = await evaluationNames(root);
      if (!known.includes(name)) throw new HoneError("EVALUATION_NOT_FOUND", { name, root, known });
      const record = await readEvaluation(root, name);
      return { ...keptStage(name, record), folder: join(root, name), config: record.config };
    },
    compare: async (before, after) => {
      const [first, second] = await Promise.all([groupsOf(root, before), groupsOf(root, after)]);
      return comparisonOf(first, second);
    },
  };
}

/** Those that `hone eval` kept, the newest first. One that is damaged, or is just being deleted, has nothing to show. */
async function keptStages(root: string): Promise<readonly MeasuredStage[]> {
  const stages = await Promise.all(
    (await evaluationNames(root)).map((name) =>
      readEvaluation(root, name).then(
        (record) => [keptStage(name, record)],
        (error: unknown) => {
          if (isHoneError(error)) return [];
          throw error;
        },
      ),
    ),
  );
  return stages.flat().toSorted((a, b) => (b.createdAt ?? "").localeCompare(a.createdAt ?? ""));
}

const keptStage = (
  run: string,
  { config, measurement, createdAt }: EvaluationRecord,
): MeasuredStage => ({
  ...{ kind: "evaluation", run, stage: EVALUATION_STAGE, createdAt },
  ...measuredFacts(config, measurement),
});

/** What a run was measured on, at each of its stages. */
async function stagesOf({
  name,
  folder,
  result,
  createdAt,
}: RunSummary): Promise<readonly MeasuredStage[]> {
  if (result === undefined) return [];
  const { config } = await readRunRecord(folder);
  return namedStages(result).map(([stage, measured]) => ({
    ...{ kind: "run", run: name, stage },
    ...measuredFacts(config, measured),
    ...(createdAt !== undefined && { createdAt }),
  }));
}

const measuredFacts = (
  config: RunRecord["config"],
  { success, reward, tasks, samplesPerTask, mode }: Measurement,
) => {
  const { model, adapter } = config;
  const prompt = promptText(config);
  return {
    ...{ set: measuredSet(config, tasks), success, reward },
    ...(typeof model === "string" && { model }),
    ...(typeof adapter === "string" && { adapter }),
    ...(prompt !== undefined && { prompt }),
    samplesPerTask,
    ...(mode !== undefined && { mode }),
  };
};

/** The wording of tasks: "compact", or the file of a system message with a few digits of its hash, since a file is edited. */
function promptText({ prompt, system }: RunRecord["config"]): string | undefined {
  if (typeof prompt !== "string" || typeof system !== "string")
    return typeof prompt === "string" ? prompt : undefined;
  return `${basename(prompt)} (${hash("sha256", system).slice(0, 4)})`;
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

/** The tries at held-out tasks that were kept of a stage, by tasks. */
async function groupsOf(root: string, { run, stage }: StageName): Promise<readonly StoredGroup[]> {
  const kept = await openKeptRollouts(root, run);
  try {
    const phase = stage === AFTER_ALL ? (await kept.evaluations()).at(-1) : stage;
    return await kept.evaluation(phase ?? stage);
  } finally {
    await kept.close();
  }
}

/** Greedy sampling has the temperature 0. Tries without tokens, as of a model behind an API, were sampled. */
const modeOf = (groups: readonly StoredGroup[]): "greedy" | "sampled" =>
  groups.every(({ rollouts }) =>
    rollouts.every(({ turns }) => turns.every(({ temperature }) => temperature === 0)),
  )
    ? "greedy"
    : "sampled";

function comparisonOf(first: readonly StoredGroup[], second: readonly StoredGroup[]) {
  const evaluationOf = (groups: readonly StoredGroup[]) => ({
    mode: modeOf(groups),
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
