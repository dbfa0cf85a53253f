/** Opens a user's algorithm file as a row like those of the table of trainings, so that it gets all that they have. */
import { basename, resolve } from "node:path";
import { z } from "zod";
import { HoneError } from "../../core/errors.ts";
import { fieldsOf, isObject } from "../../core/json.ts";
import { shownValue } from "../../core/shown-value.ts";
import type { Algorithm, AlgorithmSource } from "../../ports/algorithm.ts";
import { readRunRecord } from "../../runs/open-run.ts";
import { defaultExportOf, fileDigest, isProgramName } from "../user-module.ts";
import { optimizerOf, passesOf } from "./optimizer-settings.ts";
import type { OwnAlgorithm, OwnDefaults } from "./own-algorithm.ts";
import { resumedFolder } from "./resumed-folder.ts";
import { type Setting, settingKinds, type SettingsTable } from "./setting-kinds.ts";
import type { SharedSettings } from "./shared-settings.ts";
import { flagOf } from "./setting-rules.ts";
import { sourceSettings } from "./source-settings.ts";
import type { OwnSettings, Training } from "./training.ts";

/** The command of such a run, as the run records it. */
export const ownCommand = "train --algorithm";

/** An opened file. */
export interface OpenedOwnAlgorithm {
  readonly name: string;
  readonly training: Training;
  /** What the run records: the file with its SHA-256, so that a resume has the same algorithm. */
  readonly settled: { readonly algorithm: string; readonly algorithmDigest: string };
}

const what = "algorithm";
const example =
  'export default defineAlgorithm({ name: "mine", create: ({ optimizer }) => ({ … }) });';

const defaultSteps = { rollouts: 50, dataset: 100, preferences: 100 } as const;

/** The settings of every algorithm on a source, with the defaults that a definition may change. */
function commonSettings(source: AlgorithmSource, defaults: OwnDefaults = {}): OwnSettings {
  const { whole, number, passes } = settingKinds;
  const given = (key: string, byDefault: number): number => {
    const own = defaults[key];
    return typeof own === "number" ? own : byDefault;
  };
  const learningRate = number([0, 10], given("learningRate", 1e-4), "highest learning rate");
  const steps = given("steps", defaultSteps[source]);
  if (source === "rollouts") return { steps: whole(1, steps, "rollout batches"), learningRate };
  const batchSize = whole(1, given("batchSize", 16), "rows or pairs per step");
  return { ...passes(steps), batchSize, learningRate };
}

const tableOf = (source: AlgorithmSource, own: SettingsTable): SettingsTable => {
  const { before, after, shared } = sourceSettings[source];
  return { ...before, ...own, ...after, ...shared };
};

const used = (table: SettingsTable): SettingsTable =>
  Object.fromEntries(Object.entries(table).filter(([, { isUnused }]) => isUnused !== true));

/** The flags of the command: those of every source, of which an algorithm takes the ones of its own. */
export function ownCommandSettings(): SettingsTable {
  const [preferences, dataset, rollouts] = (["preferences", "dataset", "rollouts"] as const).map(
    (source) => used(tableOf(source, commonSettings(source))),
  );
  return {
    ...rollouts,
    ...preferences,
    ...dataset,
    data: { ...dataset!["data"]!, help: "conversations or preferences: a file, or a store" },
    heldOut: { ...dataset!["heldOut"]!, help: "share only measured on; 0: measure nothing" },
    steps: { ...dataset!["steps"]!, byDefault: "as the file says, or 50 or 100" },
    learningRate: { ...rollouts!["learningRate"]!, byDefault: "as the file says, or 0.0001" },
    batchSize: { ...dataset!["batchSize"]!, byDefault: "as the file says, or 16" },
  };
}

/** The file that a stopped run was started with. @throws RUN_NOT_FOUND; CONFIG_INVALID for a run of another command */
export async function algorithmFileOf(run: string): Promise<string> {
  const folder = await resumedFolder(run);
  const { algorithm, command } = (await readRunRecord(folder)).config;
  if (typeof algorithm === "string") return algorithm;
  const problem = `${run} was started by npx hone ${String(command)}, and has no algorithm of its own; resume it by that command.`;
  throw new HoneError("CONFIG_INVALID", { where: "--resume", problem });
}

/**
 * @throws CONFIG_INVALID for a name that is no .ts or .js file; USER_FILE_INVALID for a file without a default export, or of the
 *         wrong shape
 */
export async function openOwnAlgorithm(file: string): Promise<OpenedOwnAlgorithm> {
  if (!isProgramName(file)) {
    const problem = `expected a .ts or .js file, got ${JSON.stringify(file)}.`;
    throw new HoneError("CONFIG_INVALID", { where: "--algorithm", problem });
  }
  const definition = checkedDefinition(file, await defaultExportOf(file, { what, example }));
  const { name, source = "rollouts" } = definition;
  return {
    name,
    training: trainingOf(file, definition, source),
    settled: { algorithm: resolve(file), algorithmDigest: await fileDigest(file) },
  };
}

function invalid(file: string, problem: string): HoneError {
  return new HoneError("USER_FILE_INVALID", { file: basename(file), what, problem, example });
}

const definitionSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/, "small letters, digits and hyphens, such as my-way"),
  source: z.enum(["rollouts", "dataset", "preferences"]).optional(),
  takesRatedAnswers: z.boolean().optional(),
  needsRewards: z.boolean().optional(),
  trainsValues: z.boolean().optional(),
  settings: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])).optional(),
  create: z.custom<OwnAlgorithm["create"]>((given) => typeof given === "function", "a function"),
});

/** What a definition may say of one source alone. */
const sourceOf = {
  takesRatedAnswers: "preferences",
  needsRewards: "dataset",
  trainsValues: "preferences",
} as const satisfies Partial<Record<keyof OwnAlgorithm, AlgorithmSource>>;

function checkedDefinition(file: string, given: unknown): OwnAlgorithm {
  if (typeof fieldsOf(given)["run"] === "function") {
    const problem = "its default export is an algorithm, and must say how one is made of settings";
    throw invalid(file, problem);
  }
  if (!isObject(given))
    throw invalid(file, `its default export is ${shownValue(given)}, and must be an object`);
  const read = definitionSchema.safeParse(given);
  if (!read.success) {
    const [issue] = read.error.issues;
    const at = issue!.path.join(".") || "its default export";
    throw invalid(file, `${at}: ${issue!.message}`);
  }
  const { settings = {}, source = "rollouts" } = read.data;
  for (const key of Object.keys(sourceOf) as (keyof typeof sourceOf)[])
    if (read.data[key] === true && source !== sourceOf[key])
      throw invalid(
        file,
        `${key} belongs to the source "${sourceOf[key]}", and its source is "${source}"`,
      );
  const changed = ["steps", "learningRate", "batchSize"];
  const taken = Object.keys(settings).find(
    (key) => Object.hasOwn(tableOf(source, {}), key) || ["optimizer", "epochs"].includes(key),
  );
  if (taken !== undefined)
    throw invalid(file, `settings.${taken} is a setting that every training has; rename it`);
  const wrong = changed.find((key) => key in settings && typeof settings[key] !== "number");
  if (wrong !== undefined) throw invalid(file, `settings.${wrong} must be a number`);
  // The schema has looked at every key; what `create` returns is looked at when it is called.
  return read.data as OwnAlgorithm;
}

/** A setting of the algorithm's own: a value of its default's type. */
function ownSetting(name: string, byDefault: number | string | boolean): Setting {
  const schema =
    typeof byDefault === "number"
      ? z.number({ error: `expected a number for ${name}` }).default(byDefault)
      : typeof byDefault === "string"
        ? z.string({ error: `expected a text for ${name}` }).default(byDefault)
        : z.boolean({ error: `expected true or false for ${name}` }).default(byDefault);
  return { schema, kind: "text", help: "of the algorithm", byDefault: String(byDefault) };
}

function trainingOf(file: string, definition: OwnAlgorithm, source: AlgorithmSource): Training {
  const { name, settings: defaults = {}, takesRatedAnswers, needsRewards } = definition;
  const { trainsValues = false } = definition;
  const common = commonSettings(source, defaults);
  const own = Object.fromEntries(
    Object.entries(defaults)
      .filter(([key]) => !Object.hasOwn(common, key))
      .map(([key, byDefault]) => [key, ownSetting(key, byDefault)]),
  );
  return {
    summary: `The algorithm of ${basename(file)}`,
    source,
    ...(takesRatedAnswers !== undefined && { takesRatedAnswers }),
    ...(needsRewards !== undefined && { needsRewards }),
    ...(trainsValues && { trainsValues }),
    settings: () => ({ ...common, ...own }),
    async algorithm(settings, data) {
      const values: Readonly<Record<string, unknown>> = settings;
      const chosen = Object.fromEntries(Object.keys(own).map((key) => [key, values[key]]));
      const shared = settings as SharedSettings & { readonly steps: number };
      const optimizer =
        source === "rollouts"
          ? optimizerOf(shared)
          : passesOf(shared, Number(defaults["steps"] ?? defaultSteps[source]));
      const given = { ...chosen, batchSize: Number(values["batchSize"] ?? 0), optimizer };
      // What its settings and data are is known to the file alone.
      const erased = definition as { readonly create: (of: never, from: never) => unknown };
      const made = await erased.create(given as never, data as never);
      return checkedAlgorithm(file, made, { name, source, trainsValues });
    },
  };
}

/** @throws USER_FILE_INVALID for what is no algorithm, or another than the file says */
function checkedAlgorithm(
  file: string,
  made: unknown,
  said: Required<Pick<Algorithm, "name" | "source" | "trainsValues">>,
): Algorithm {
  if (!isAlgorithm(made))
    throw invalid(
      file,
      `create returned ${shownValue(made)}, and must return an algorithm: { name, steps, run }`,
    );
  const { name, source = "rollouts", steps, trainsValues = false } = made;
  for (const [key, got] of Object.entries({ name, source, trainsValues })) {
    const expected = said[key as keyof typeof said];
    if (got !== expected)
      throw invalid(
        file,
        `create returned an algorithm whose ${key} is ${shownValue(got)}, and the file says ${shownValue(expected)}`,
      );
  }
  if (!Number.isSafeInteger(steps) || steps < 1)
    throw invalid(
      file,
      `create returned an algorithm whose steps are ${shownValue(steps)}, and must be a whole number of at least 1`,
    );
  return made;
}

/** Its other fields are looked at one by one, so that an error can name them. */
const isAlgorithm = (made: unknown): made is Algorithm =>
  isObject(made) && typeof made["run"] === "function";

/**
 * Refuses flags that belong to other sources.
 * @throws CONFIG_INVALID naming the first of them
 */
export function checkOwnFlags(
  table: SettingsTable,
  flags: Readonly<Record<string, unknown>>,
  source: AlgorithmSource,
): void {
  const known = used(table);
  for (const key of Object.keys(ownCommandSettings())) {
    if (flags[key] === undefined || Object.hasOwn(known, key)) continue;
    const problem = `an algorithm that learns from ${source} does not read it; leave it out.`;
    throw new HoneError("CONFIG_INVALID", { where: flagOf(key), problem });
  }
}
