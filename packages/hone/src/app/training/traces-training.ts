/**
 * `hone train traces`: a training on the traces of a store, by one of the algorithms of the table of trainings.
 *
 * It is that training with the store as its data: `train grpo --trajectories … --offline --retokenize`, `train sft --data …`. So
 * the run is recorded, resumed and compared as one of these. With an agent and no tasks it is a run of its own, whose tasks and results
 * of tools are those of the recording (`app/improve/train-recorded.ts`).
 */
import { HoneError } from "../../core/errors.ts";
import { readRunRecord } from "../../runs/open-run.ts";
import { storeFromEnvironment } from "../open-store.ts";
import { traceTrainingKeys } from "../seed-keys/rl-keys.ts";
import { type TrainingName, trainingOf } from "../trainings.ts";
import { resolveSettings } from "./config.ts";
import { readConfigFile } from "./config-file.ts";
import { resumeCommand, startedBy } from "./further-command.ts";
import { resumedFolder } from "./resumed-folder.ts";
import type { TrainingRun } from "./run-training.ts";
import type { SettingsOf, SettingsTable } from "./setting-kinds.ts";
import { sourceSettings } from "./source-settings.ts";
import {
  ownTracesSettings,
  recordedTraces,
  recordedAgentSettings,
  replacedSettings,
  tracesCommand,
  tracesSettings,
} from "./traces-settings.ts";
import { defaultsOfTraining, settingsOfTraining } from "./training-settings.ts";

/** What says which traces a recorded agent learns from, and how it runs again. */
export type RecordedAgent = SettingsOf<typeof recordedAgentSettings> & {
  /** The address of the store. */
  readonly store: string;
  /** As `--algorithm` names it. */
  readonly algorithm: TrainingName;
  /** The command line that starts the agent's program, where it is no file. */
  readonly command: string | undefined;
  readonly reward: string | undefined;
  readonly where: readonly string[] | undefined;
  readonly heldOut: number;
  readonly minReward: number | undefined;
};

/** A training that is to run, and what of the file has no effect. */
export interface OpenedTracesTraining {
  readonly run: Pick<TrainingRun, "name" | "training" | "settings">;
  /** The agent whose program runs again on the tasks of its recording. Absent where the store alone is learned from. */
  readonly recorded?: RecordedAgent;
  /** The folder of the run to resume. */
  readonly resume: string | undefined;
  readonly notices: readonly string[];
}

/**
 * The training that flags and a file describe. A flag that its algorithm does not have is an error.
 * @param resumed  the run to resume, one of a recorded agent; the others are resumed as runs of their algorithm
 * @throws as `resolveSettings`; RUN_OF_ANOTHER_COMMAND
 */
export async function openTracesTraining(
  flags: Readonly<Record<string, unknown>>,
  file: string | undefined,
  resumed?: string,
): Promise<OpenedTracesTraining> {
  const resume = resumed === undefined ? undefined : await resumedFolder(resumed);
  const before = resume === undefined ? {} : await settingsOfRun(resume);
  const name = await algorithmOf(flags["algorithm"] ?? before["algorithm"], file);
  const training = trainingOf(name);
  const table = tracesSettings(name);
  const { settings, notices } = await resolveSettings(table, {
    flags,
    file,
    seedKeys: traceTrainingKeys((key) => Object.hasOwn(table, key)),
    defaults: (given) => ({ ...defaultsOfTraining(training)(given), ...before }),
  });
  const { minReward, store = storeFromEnvironment() } = await typed(ownTracesSettings, settings);
  const whole: SettingsTable = settingsOfTraining(training);
  const kept = Object.entries(settings).filter(
    ([key]) => Object.hasOwn(whole, key) && !replacedSettings.has(key),
  );
  const filled = Object.entries(whole)
    .filter(([key]) => replacedSettings.has(key))
    .map(([key, { schema }]) => [key, schema.safeParse(undefined).data] as const);
  // Every key of the training's table is here: checked, or its default.
  const own = Object.fromEntries([...filled, ...kept]) as TrainingRun["settings"];
  const run = { name, training, settings: own };
  const agent = await recordedAgent(settings, own);
  if (agent === undefined) {
    const data = tracesData(training.source, { store, minReward });
    return { run: { ...run, settings: { ...own, ...data } }, resume, notices };
  }
  if (training.source === "preferences") throw needsTasks(name);
  const { reward, where, heldOut } = own;
  const recorded = { ...agent, store, algorithm: name, reward, where, heldOut, minReward };
  return { run, recorded, resume, notices };
}

/** The agent that runs again on the tasks of its recording; undefined where none is named, or its tasks are given. */
async function recordedAgent(
  settings: Readonly<Record<string, unknown>>,
  { agent: command, tasks }: Pick<TrainingRun["settings"], "agent" | "tasks">,
): Promise<Pick<RecordedAgent, "command" | keyof typeof recordedAgentSettings> | undefined> {
  const isNamed = command !== undefined || settings["agentFile"] !== undefined;
  if (!isNamed || tasks !== undefined) return undefined;
  const table = { ...recordedAgentSettings, agent: agentRow };
  const { agent: _, ...replayed } = await typed(table, settings);
  return { ...replayed, command };
}

const agentRow = sourceSettings.rollouts.before.agent;

/** Settings that were checked, with the types of the rows of a table. */
async function typed<Table extends SettingsTable>(
  table: Table,
  checked: Readonly<Record<string, unknown>>,
): Promise<SettingsOf<Table>> {
  const ofTable = Object.entries(checked).filter(([key]) => Object.hasOwn(table, key));
  const { settings } = await resolveSettings(table, { flags: Object.fromEntries(ofTable) });
  return settings;
}

/** The settings that make traces the data of a training. @param from  a store, or a file */
export const tracesData = (
  source: "rollouts" | "dataset" | "preferences",
  { store: from, minReward }: { readonly store: string; readonly minReward: number | undefined },
): Readonly<Record<string, unknown>> =>
  ({
    rollouts: {
      ...{ trajectories: from, offline: true, retokenize: true },
      trajectoryMinReward: minReward,
    },
    dataset: { data: from, minReward },
    preferences: { data: from },
  })[source];

function needsTasks(name: string): HoneError {
  const problem = `${name} on traces needs them beside --agent; without, npx hone improve --method dpo learns people's comparisons.`;
  return new HoneError("CONFIG_INVALID", { where: "--tasks", problem });
}

/** @throws RUN_OF_ANOTHER_COMMAND for a run that this command does not resume */
async function settingsOfRun(folder: string): Promise<Readonly<Record<string, unknown>>> {
  const { config } = await readRunRecord(folder);
  if (config["command"] === tracesCommand) return recordedTraces(config);
  throw new HoneError("RUN_OF_ANOTHER_COMMAND", {
    folder,
    command: startedBy(config["command"]),
    given: startedBy(tracesCommand),
    resume: resumeCommand(folder, config),
  });
}

/** @throws CONFIG_INVALID for an algorithm that there is not */
async function algorithmOf(flag: unknown, file: string | undefined): Promise<TrainingName> {
  const read = file === undefined ? undefined : await readConfigFile(file);
  const named = flag ?? read?.values["algorithm"] ?? read?.entries.find(isAlgorithm)?.value;
  const { settings } = await resolveSettings(
    { algorithm: ownTracesSettings.algorithm },
    { flags: { algorithm: named } },
  );
  return settings.algorithm;
}

const isAlgorithm = ({ path }: { readonly path: readonly string[] }): boolean =>
  path.at(-1) === "algorithm" && path.at(-2) === "algorithm_config";
