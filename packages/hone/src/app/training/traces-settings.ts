/** The settings of `hone train traces`: those of its algorithms, and its own, which say what is read and how an agent is measured. */
import { z } from "zod";
import { fieldsOf } from "../../core/json.ts";
import { policyTrainings } from "../policy-trainings.ts";
import { defaultTraceAlgorithm, ownAlgorithm } from "../seed-keys/rl-keys.ts";
import { type TrainingName, trainingOf } from "../trainings.ts";
import { replayedAgentSettings } from "./replayed-agent-settings.ts";
import { type Setting, settingKinds, type SettingsTable } from "./setting-kinds.ts";
import { keysOf } from "./setting-rules.ts";
import { settingsOfTraining } from "./training-settings.ts";

/** The command that a run records which runs the recorded agent again. */
export const tracesCommand = "train traces";

/** The algorithms that learn from traces as they are. */
const traceAlgorithms = [
  ...(Object.keys(policyTrainings) as (keyof typeof policyTrainings)[]),
  ...(["sft", "weighted", "dpo", "kto", "orpo", "simpo", "cpo"] as const),
] as const satisfies readonly TrainingName[];

/** Settings that say where data come from or how rollouts are made; here the store is the data, and nothing is sampled to learn. */
export const replacedSettings: ReadonlySet<string> = new Set([
  ...["trajectories", "trajectorySteps", "trajectoryMinReward", "retokenize", "offline"],
  ...["data", "store", "keepRollouts", "minReward", "rowsPer", "mistakeRate"],
  ...["domain", "levels", "prompt", "trainTasks", "maxActions"],
  ...["judge", "rubric", "judgeBudget", "judgePrices", "rewardModel"],
  ...["curriculum", "oneStepOffPolicy", "groupSize", "maxDraws"],
]);

/** A setting of an agent that runs again on the tasks of its own recording. */
const ofRecordedAgent = <Row extends Setting>(row: Row) => ({
  ...{ ...row, onlyWith: ["agent", "agentFile"], notWith: "tasks" },
});

const { agentFile, match, recording, unmatched, allowTools, warmStart } = replayedAgentSettings;

/** How the agent of a recording runs again, where no tasks are given. */
export const recordedAgentSettings = {
  agentFile: {
    ...{ ...agentFile, help: "your agent: a file whose default export answers a task" },
    notWith: ["agent", "tasks"],
  },
  match: ofRecordedAgent(match),
  recording: ofRecordedAgent(recording),
  unmatched: ofRecordedAgent(unmatched),
  allowTools: ofRecordedAgent(allowTools),
  warmStart: ofRecordedAgent({ ...warmStart, help: "steps of sft on the traces first" }),
} as const satisfies SettingsTable;

/** Where the traces are, and what learns from them. */
export const ownTracesSettings = {
  store: {
    ...settingKinds.optionalText("where the traces are", "HONE_STORE, or sqlite:./hone.db", "url"),
  },
  algorithm: {
    schema: z.preprocess(ownAlgorithm, z.enum(traceAlgorithms).default(defaultTraceAlgorithm)),
    kind: "text",
    help: "what learns from them, as grpo, ppo, sft, dpo",
    byDefault: defaultTraceAlgorithm,
    placeholder: "name",
  },
  minReward: settingKinds.optionalNumber(
    [-Number.MAX_VALUE, Number.MAX_VALUE],
    "learn only traces with this reward or more",
  ),
} as const satisfies SettingsTable;

/** The settings of one algorithm on traces. */
export function tracesSettings(name: TrainingName): SettingsTable {
  const { source } = trainingOf(name);
  const whole: SettingsTable = settingsOfTraining(trainingOf(name));
  const kept = Object.entries(whole)
    .filter(([key, { isUnused }]) => !replacedSettings.has(key) && isUnused !== true)
    .map(([key, row]) => [key, withStore([key, row])] as const);
  const { minReward, ...own } = ownTracesSettings;
  const ofData = source === "preferences" ? {} : { minReward, ...recordedAgentSettings };
  return { ...own, ...ofData, ...Object.fromEntries(kept) };
}

/**
 * A row without the condition that there are stored data, which holds here always. What has a meaning beside an agent has it beside the file of
 * one, too, but for the tasks of others.
 */
function withStore([key, { onlyWith, ...row }]: readonly [string, Setting]): Setting {
  const conditions = keysOf(onlyWith);
  const isMet = conditions.some((one) => ["trajectories", "data", "offline"].includes(one));
  if (conditions.length === 0 || isMet) return row;
  const isOfFile = conditions.includes("agent") && key !== "tasks";
  return { ...row, onlyWith: isOfFile ? [...conditions, "agentFile"] : conditions };
}

/** The flags of the command: those of all its algorithms, each of which takes its own. What several have is said as by the first. */
export function tracesCommandSettings(): SettingsTable {
  const rows = new Map<string, Setting>(Object.entries(ownTracesSettings));
  for (const [key, row] of traceAlgorithms.flatMap((name) => Object.entries(tracesSettings(name))))
    if (!rows.has(key)) rows.set(key, row);
  return Object.fromEntries(rows);
}

/**
 * The settings that a run on a recorded agent was started with, by the keys of `tracesSettings`.
 * @param config  of a run of `tracesCommand`
 */
export function recordedTraces(
  config: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const own = fieldsOf(config["traces"]);
  const table = tracesSettings(ownTracesSettings.algorithm.schema.parse(own["algorithm"]));
  const ofTraining = Object.entries(config).filter(([key]) => Object.hasOwn(table, key));
  // A run records the agent's file as its agent, and the file of its tasks.
  const { tasks: _tasks, agent, ...settings } = Object.fromEntries(ofTraining);
  const isCommand = agent !== undefined && own["agentFile"] === undefined;
  return { ...settings, ...own, ...(isCommand && { agent }) };
}
