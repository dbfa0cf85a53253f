/** A user's program as the agent and a file of tasks: the policy is what the program calls, and needs no code of hone's. */
import { resolve } from "node:path";
import { HoneError } from "../../../core/errors.ts";
import { fieldsOf } from "../../../core/json.ts";
import type { Message } from "../../../core/message.ts";
import type { Task } from "../../../core/rollout.ts";
import { type FileTask, readTasks, type TaskFile } from "../../../data/task-file.ts";
import type { Agent } from "../../../ports/agent.ts";
import { agentTasks, type RunnableTasks } from "../../../rollouts/agent-tasks.ts";
import { commandProgram, type OutsideProgram } from "../../serving/outside-program.ts";
import { openJudge, type OpenedJudge } from "../judge-setting.ts";
import { type OpenedRewardModel, openRewardModel } from "../reward-model-setting.ts";
import { type OpenedReward, openReward } from "../reward-setting.ts";
import type { TrainingSettings } from "../training.ts";
import { modelOf, type OpenedSource, type SourceRequest } from "./opened-source.ts";

/**
 * Reads and splits the tasks and opens the reward; the program is started for the first time in a rollout.
 * @throws CONFIG_INVALID without tasks, or where none can be held out; as `readTasks` and `openReward`
 */
export async function openProgram(
  request: SourceRequest<"rollouts">,
  line: string,
): Promise<OpenedSource<"rollouts">> {
  const { settings, program = commandProgram(line) } = request;
  const { tasks: file } = settings;
  if (file === undefined) throw needsTasks();
  const read = await splitTasks(file, settings);
  const judge = await openJudge(settings);
  const { rewardModel: model } = settings;
  // What is learned is scored by such a judge or a reward model; whether the agent got better is said by a reward of its own.
  const isReplaced = judge?.replacesReward === true || model !== undefined;
  const isScored = settings.reward !== undefined || !isReplaced || read.test.length > 0;
  const { reward, settled } = isScored
    ? await openReward(settings.reward ?? "exact", [
        ...(isReplaced ? [] : read.train),
        ...read.test,
      ])
    : nothingMeasured;
  if (judge?.replacesReward === false && typeof reward !== "function")
    throw groupBesideTurns(settings);
  const measured = typeof reward === "function" ? reward : (reward.heldOut ?? reward);
  if (judge !== undefined && typeof measured !== "function") throw groupBesideJudge(settings);
  const found = await modelOf(request);
  const rewardModel = await openRewardModel(settings);
  const runnable = (some: readonly FileTask[], scored: typeof reward): RunnableTasks =>
    programTasks(program.agent, some, scored);
  return {
    runName: request.training,
    found,
    texts: async () => read.train.map(({ task }) => taskTexts(task)),
    data: undefined,
    learning: {
      kind: "rollouts",
      ...runnable(read.train, learnedReward({ judge, rewardModel }, measured) ?? reward),
    },
    heldOut: runnable(read.test, measured),
    judge,
    rewardModel,
    settled: { tasks: resolve(file), ...settled },
    dataDigest: read.digest,
    notes: [splitText(read, file), outputText(settings, program)],
  };
}

/** What of the settings says which agent is measured, and on what. */
type MeasuredSettings = Pick<
  TrainingSettings<"dataset">,
  "agent" | "tasks" | "reward" | "heldOut" | "testTasks" | "seed"
>;

/**
 * A training on data whose success is that of a user's program, before and after: its held-out tasks in the place of held-out data.
 * @throws CONFIG_INVALID without tasks, and for a reward model; as `readTasks` and `openReward`
 */
export async function measuredByAgent<Source extends "dataset" | "preferences">(
  opened: OpenedSource<Source>,
  {
    settings,
    trainsValues = false,
    program,
  }: Pick<SourceRequest, "trainsValues" | "program"> & { readonly settings: MeasuredSettings },
): Promise<OpenedSource<Source>> {
  const { agent, tasks: file } = settings;
  if (agent === undefined) return opened;
  if (trainsValues) {
    const problem = "a reward model says nothing that an agent could be measured by; leave it out.";
    throw new HoneError("CONFIG_INVALID", { where: "--agent", problem });
  }
  if (file === undefined) throw needsTasks();
  const read = await splitTasks(file, settings);
  const { reward, settled } = await openReward(settings.reward ?? "exact", read.test);
  const measured = typeof reward === "function" ? reward : (reward.heldOut ?? reward);
  const { notes = [] } = opened;
  const note = `${agent} is measured before and after on ${read.test.length} tasks of ${file}`;
  return {
    ...opened,
    heldOut: programTasks((program ?? commandProgram(agent)).agent, read.test, measured),
    settled: { ...opened.settled, tasks: resolve(file), tasksDigest: read.digest, ...settled },
    notes: (steps) => [...(typeof notes === "function" ? notes(steps) : notes), note],
  };
}

function needsTasks(): HoneError {
  const problem = "--agent needs a file of tasks, one JSON object a line.";
  return new HoneError("CONFIG_INVALID", { where: "--tasks", problem });
}

const programTasks = (
  agent: Agent<Task, string>,
  some: readonly FileTask[],
  reward: OpenedReward["reward"],
): RunnableTasks =>
  agentTasks<Task, string>({ tasks: some.map(({ task }) => task), agent, reward });

const nothingMeasured: OpenedReward = { reward: () => 0, settled: {} };

/** What a judge or a reward model makes of the reward that is measured by. */
function learnedReward(
  {
    judge,
    rewardModel,
  }: {
    readonly judge?: OpenedJudge | undefined;
    readonly rewardModel?: OpenedRewardModel | undefined;
  },
  measured: OpenedReward["reward"],
): OpenedReward["reward"] | undefined {
  if (typeof measured === "function")
    return judge?.reward(measured) ?? rewardModel?.reward(measured);
  return undefined;
}

function groupBesideJudge({ reward }: TrainingSettings<"rollouts">): HoneError {
  const problem = `${reward} scores groups, as the judge does; with a judge it must score one held-out rollout: export a function, or groupReward() with heldOut.`;
  return new HoneError("CONFIG_INVALID", { where: "--reward", problem });
}

function groupBesideTurns({ reward }: TrainingSettings<"rollouts">): HoneError {
  const problem = `${reward} scores groups, and a judge of turns stands beside the reward of one rollout; export a function.`;
  return new HoneError("CONFIG_INVALID", { where: "--reward", problem });
}

async function splitTasks(
  file: string,
  { heldOut: share, testTasks: max, seed }: MeasuredSettings,
): Promise<TaskFile> {
  const read = await readTasks(file, { share, max, seed });
  if (read.test.length > 0 || share === 0 || read.isSplitGiven) return read;
  const problem = `${file} holds no two different tasks, so none can be held out to measure the model on; add a different one, or set 0 to train without measuring.`;
  throw new HoneError("CONFIG_INVALID", { where: "--held-out", problem });
}

function splitText({ train, test, isSplitGiven }: TaskFile, file: string): string {
  const by = isSplitGiven ? ", as the file says" : "";
  const held =
    test.length === 0
      ? "none held out, so nothing is measured"
      : `${test.length} held out to measure${by}`;
  return `${file}: ${train.length} tasks to learn from, ${held}`;
}

const outputText = (
  { agent, deadline }: TrainingSettings<"rollouts">,
  { how }: OutsideProgram,
): string =>
  `agent: ${agent}, ${how}, killed after ${deadline} s; its "answer" is only the reward's`;

/** What a model from nothing reads in its tokenizer's training: the task as a program may hand it on, and its answer. */
function taskTexts(task: Task): readonly Message[] {
  const { answer, ...shown } = fieldsOf(task);
  const texts = Object.values(shown).filter((value) => typeof value === "string");
  const right = typeof answer === "string" ? answer : JSON.stringify(answer);
  return [
    { role: "user", content: texts.join("\n") || JSON.stringify(shown) },
    ...(answer === undefined ? [] : [{ role: "assistant" as const, content: right }]),
  ];
}
