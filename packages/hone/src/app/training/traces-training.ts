/**
 * `hone train traces`: a training on the traces of a store, by one of the algorithms of the table of trainings.
 *
 * It is that training with the store as its data: `train grpo --trajectories … --offline --retokenize`, `train sft --data …`. So
 * the run is recorded, resumed and compared as one of these.
 */
import { z } from "zod";
import { defaultTraceAlgorithm, ownAlgorithm, traceTrainingKeys } from "../seed-keys/rl-keys.ts";
import { storeFromEnvironment } from "../open-store.ts";
import { policyTrainings } from "../policy-trainings.ts";
import { type TrainingName, trainingOf } from "../trainings.ts";
import { resolveSettings } from "./config.ts";
import { readConfigFile } from "./config-file.ts";
import { type Setting, settingKinds, type SettingsTable } from "./setting-kinds.ts";
import type { TrainingRun } from "./run-training.ts";
import { defaultsOfTraining, settingsOfTraining } from "./training-settings.ts";

/** The algorithms that learn from traces as they are. */
const traceAlgorithms = [
  ...(Object.keys(policyTrainings) as (keyof typeof policyTrainings)[]),
  ...(["sft", "weighted", "dpo", "kto", "orpo", "simpo", "cpo"] as const),
] as const satisfies readonly TrainingName[];

/** Settings that say where data come from or how rollouts are made; here the store is the data, and nothing is sampled to learn. */
const replaced = new Set([
  ...["trajectories", "trajectorySteps", "trajectoryMinReward", "retokenize", "offline"],
  ...["data", "store", "keepRollouts", "minReward", "rowsPer", "mistakeRate"],
  ...["domain", "levels", "prompt", "trainTasks", "maxActions"],
  ...["judge", "rubric", "judgeBudget", "judgePrices", "rewardModel"],
  ...["curriculum", "oneStepOffPolicy", "groupSize", "maxDraws"],
]);

/** Where the traces are, and what learns from them. */
const ownSettings = {
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
function settingsOn(name: TrainingName): SettingsTable {
  const { source } = trainingOf(name);
  const whole: SettingsTable = settingsOfTraining(trainingOf(name));
  const kept = Object.entries(whole)
    .filter(([key, { isUnused }]) => !replaced.has(key) && isUnused !== true)
    .map(([key, row]) => [key, withStore(row)] as const);
  const { minReward, ...own } = ownSettings;
  return { ...own, ...(source !== "preferences" && { minReward }), ...Object.fromEntries(kept) };
}

/** A row without the condition that there are stored data, which holds here always. */
function withStore({ onlyWith, ...row }: Setting): Setting {
  const always = ["trajectories", "data", "offline"];
  const isMet = [onlyWith].flat().some((key) => key !== undefined && always.includes(key));
  return onlyWith === undefined || isMet ? row : { ...row, onlyWith };
}

/** The flags of the command: those of all its algorithms, each of which takes its own. What several have is said as by the first. */
export function tracesCommandSettings(): SettingsTable {
  const rows = new Map<string, Setting>(Object.entries(ownSettings));
  for (const [key, row] of traceAlgorithms.flatMap((name) => Object.entries(settingsOn(name))))
    if (!rows.has(key)) rows.set(key, row);
  return Object.fromEntries(rows);
}

/** A training that is to run, and what of the file has no effect. */
export interface OpenedTracesTraining {
  readonly run: Pick<TrainingRun, "name" | "training" | "settings">;
  readonly notices: readonly string[];
}

/**
 * The training that flags and a file describe. A flag that its algorithm does not have is an error.
 * @throws as `resolveSettings`
 */
export async function openTracesTraining(
  flags: Readonly<Record<string, unknown>>,
  file: string | undefined,
): Promise<OpenedTracesTraining> {
  const name = await algorithmOf(flags["algorithm"], file);
  const training = trainingOf(name);
  const table = settingsOn(name);
  const { settings, notices } = await resolveSettings(table, {
    flags,
    file,
    seedKeys: traceTrainingKeys((key) => Object.hasOwn(table, key)),
    defaults: defaultsOfTraining(training),
  });
  const { algorithm: _, minReward, store = storeFromEnvironment(), ...others } = settings;
  const data = {
    rollouts: {
      ...{ trajectories: store, offline: true, retokenize: true },
      trajectoryMinReward: minReward,
    },
    dataset: { data: store, minReward },
    preferences: { data: store },
  }[training.source];
  const whole: SettingsTable = settingsOfTraining(training);
  const filled = Object.entries(whole)
    .filter(([key]) => replaced.has(key))
    .map(([key, { schema }]) => [key, schema.safeParse(undefined).data] as const);
  return {
    // Every key of the training's table is here: checked, or its default.
    run: {
      ...{ name, training },
      settings: { ...Object.fromEntries(filled), ...others, ...data } as TrainingRun["settings"],
    },
    notices,
  };
}

/** @throws CONFIG_INVALID for an algorithm that there is not */
async function algorithmOf(flag: unknown, file: string | undefined): Promise<TrainingName> {
  const read = file === undefined ? undefined : await readConfigFile(file);
  const named = flag ?? read?.values["algorithm"] ?? read?.entries.find(isAlgorithm)?.value;
  const { settings } = await resolveSettings(
    { algorithm: ownSettings.algorithm },
    { flags: { algorithm: named } },
  );
  return settings.algorithm;
}

const isAlgorithm = ({ path }: { readonly path: readonly string[] }): boolean =>
  path.at(-1) === "algorithm" && path.at(-2) === "algorithm_config";
