/**
 * The settings of runs: one table per kind of run. Flags, config files, help and validation all come from a row:
 * `learningRate` in a file is `--learning-rate` on the command line.
 */
import { z } from "zod";
import { linearModules } from "../../engine/models/architecture.ts";
import { domainNames, domainOf } from "../domains.ts";
import { mathDefaults, type MathSettings } from "../systems/math-settings.ts";

/** One setting. */
export interface Setting<Schema extends z.ZodType = z.ZodType> {
  readonly schema: Schema;
  readonly kind: "number" | "text" | "list" | "yes";
  /** What it is, with its unit. */
  readonly help: string;
  /** For help; absent: none. */
  readonly byDefault?: string;
  /** The key beside which this one means nothing, or without which it does. Together, or alone, they are refused. */
  readonly notWith?: string;
  readonly onlyWith?: string;
}

export type SettingsTable = Readonly<Record<string, Setting>>;

/** What a table's settings are once checked. */
export type SettingsOf<Table extends SettingsTable> = {
  readonly [Key in keyof Table]: z.output<Table[Key]["schema"]>;
};

const whole = (least: number, byDefault: number, help: string) => ({
  schema: z.int().min(least).default(byDefault),
  kind: "number" as const,
  help,
  byDefault: String(byDefault),
});

const number = (least: number, most: number, byDefault: number, help: string) => ({
  schema: z.number().min(least).max(most).default(byDefault),
  kind: "number" as const,
  help,
  byDefault: String(byDefault),
});

const choice = <const T extends readonly [string, ...string[]]>(
  choices: T,
  byDefault: T[number],
  help: string,
) => ({
  schema: z.enum(choices).default(byDefault),
  kind: "text" as const,
  help: `${help}: ${choices.join(", ")}`,
  byDefault: byDefault as string,
});

/** No default: absent means that something else decides. */
const optional = <Schema extends z.ZodType>(
  schema: Schema,
  kind: Setting["kind"],
  help: string,
  byDefault?: string,
) => ({
  schema: schema.optional(),
  kind,
  help,
  ...(byDefault === undefined ? {} : { byDefault }),
});

const level = z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4), z.literal(5)], {
  error: "expected a level from 1 to 5",
});

/** Where a run writes and what it may use; these change no result. */
const place = {
  out: optional(z.string().min(1), "text", "the run folder", "a new one in runs/"),
  threads: optional(z.int().min(1), "number", "threads of matrix products", "all cores, at most 8"),
};

/** `hone run math`. */
export const mathSettings = {
  seed: whole(0, mathDefaults.seed, "decides every weight, task and draw"),
  level: {
    schema: level.default(mathDefaults.level),
    kind: "number",
    help: "difficulty of the equations, 1 to 5",
    byDefault: String(mathDefaults.level),
  },
  trainTasks: whole(1, mathDefaults.trainTasks, "equations to learn from"),
  testTasks: whole(1, mathDefaults.testTasks, "held-out equations"),
  mistakeRate: number(
    0,
    1,
    mathDefaults.mistakeRate,
    "share of the expert's actions that are wrong",
  ),
  layers: whole(1, mathDefaults.layers, "decoder layers of the model"),
  width: whole(8, mathDefaults.width, "numbers per token between layers"),
  vocabulary: whole(259, mathDefaults.vocabulary, "tokens, at most"),
  sftSteps: whole(1, mathDefaults.sftSteps, "optimizer steps of supervised learning"),
  sftBatchSize: whole(1, mathDefaults.sftBatchSize, "episodes per step"),
  sftLearningRate: number(0, 10, mathDefaults.sftLearningRate, "its highest learning rate"),
  grpoSteps: whole(1, mathDefaults.grpoSteps, "steps of GRPO"),
  groupSize: whole(2, mathDefaults.groupSize, "tries per equation"),
  groupsPerStep: whole(1, mathDefaults.groupsPerStep, "equations per step"),
  grpoLearningRate: number(0, 10, mathDefaults.grpoLearningRate, "its learning rate"),
  maxSteps: whole(1, mathDefaults.maxSteps, "actions until an episode is cut off"),
  checkpointEvery: whole(1, mathDefaults.checkpointEvery, "steps between checkpoints"),
  ...place,
} as const satisfies SettingsTable & Record<keyof MathSettings, Setting>;

/** A level that some domain has; each refuses those that it has not. */
const mostLevels = Math.max(...domainNames.map((name) => domainOf(name).levels));
const levelError = `expected a level from 1 to ${mostLevels}`;
const taskLevel = z.int(levelError).min(1, levelError).max(mostLevels, levelError);

const common = {
  model: {
    schema: z.string().min(1).default("tiny"),
    kind: "text",
    help: "a folder, a run, a hub id, or tiny",
    byDefault: "tiny",
  },
  domain: choice(domainNames, "math", "tasks, environment and reward"),
  levels: {
    schema: z.array(taskLevel).min(1).default([1]),
    kind: "list",
    help: "difficulties of the tasks, as 1,2",
    byDefault: "1",
  },
  prompt: optional(
    z.enum(["compact", "instructed"]),
    "text",
    "compact or instructed wording",
    "as in its run",
  ),
  trainTasks: whole(1, 400, "tasks to learn from"),
  testTasks: whole(1, 100, "held-out tasks"),
  maxSteps: whole(1, 8, "actions until an episode is cut off"),
  weights: optional(
    z.enum(["adapter", "all"]),
    "text",
    "train the adapter or all",
    "tiny: all, else adapter",
  ),
  rank: whole(1, 8, "rank of the adapter"),
  alpha: number(0.001, 1e6, 16, "its scale is alpha / rank"),
  dropout: number(0, 0.99, 0, "share of an adapter's inputs dropped"),
  targets: {
    schema: z.array(z.enum(linearModules)).min(1).default(["q_proj", "v_proj"]),
    kind: "list",
    help: "layers with an adapter",
    byDefault: "q_proj,v_proj",
  },
  schedule: choice(["constant", "linear", "cosine"], "constant", "the rate"),
  warmUpSteps: whole(0, 0, "steps over which the rate rises from 0"),
  weightDecay: number(0, 10, 0, "AdamW's decay per step"),
  maxGradientNorm: number(0, 1e9, 1, "gradients are clipped to it; 0: never"),
  maxTokens: whole(1, 64, "longest reply, in tokens"),
  temperature: number(0.01, 10, 1, "of sampling in rollouts"),
  evaluation: choice(["greedy", "sampled"], "greedy", "held-out tasks"),
  samplesPerTask: whole(1, 1, "tries per held-out task"),
  concurrency: whole(1, 64, "rollouts at a time"),
  checkpointEvery: whole(1, 25, "steps between checkpoints"),
  recompute: {
    schema: z.boolean().default(false),
    kind: "yes",
    help: "less memory, a third more time",
    byDefault: "no",
  },
  tokensPerMicrobatch: optional(
    z.int().min(16),
    "number",
    "tokens computed at once",
    "by the model's size",
  ),
  seed: whole(0, 0, "decides every draw"),
  ...place,
} as const satisfies SettingsTable;

/** What decides a domain's tasks decides nothing about your own conversations. */
const ofDomain = <Row extends Setting>(row: Row) => ({ ...row, notWith: "data" });

/** `hone train sft`. */
export const sftSettings = {
  data: optional(
    z.string().min(1),
    "text",
    "your conversations: a JSONL file",
    "a domain's expert",
  ),
  heldOut: {
    ...number(0, 0.9, 0.1, "share only measured on; 0: measure nothing"),
    onlyWith: "data",
  },
  steps: whole(1, 200, "optimizer steps"),
  batchSize: whole(1, 16, "conversations per step"),
  learningRate: number(0, 10, 1e-3, "highest learning rate of AdamW"),
  normalize: choice(["token", "row"], "token", "what the loss is the mean of"),
  mistakeRate: ofDomain(number(0, 1, 0, "share of the expert's actions that are wrong")),
  ...common,
  domain: ofDomain(common.domain),
  levels: ofDomain(common.levels),
  prompt: ofDomain(common.prompt),
  trainTasks: ofDomain(common.trainTasks),
  maxSteps: ofDomain(common.maxSteps),
} as const satisfies SettingsTable;

/** `hone train grpo`. */
export const grpoSettings = {
  steps: whole(1, 50, "rollout batches"),
  groupSize: whole(2, 8, "answers per task"),
  groupsPerStep: whole(1, 8, "tasks per step"),
  learningRate: number(0, 10, 1e-4, "highest learning rate of AdamW"),
  advantageScale: choice(["std", "none"], "std", "divide advantages by"),
  normalization: choice(["dapo", "grpo", "dr_grpo", "bnpo"], "dapo", "weights"),
  loss: choice(["ppo", "importance_sampling", "cispo"], "ppo", "one of"),
  clipLow: number(0, 1, 0.8, "lower bound of the ratio"),
  clipHigh: number(1, 100, 1.2, "upper bound of the ratio"),
  klCoefficient: number(0, 1e6, 0, "price of drifting, per nat"),
  minibatchesPerBatch: whole(1, 1, "updates per rollout batch"),
  epochsPerBatch: whole(1, 1, "passes over a rollout batch"),
  ...common,
} as const satisfies SettingsTable;

/** `hone eval`. */
export const evaluationSettings = {
  domain: common.domain,
  levels: common.levels,
  prompt: optional(
    z.enum(["compact", "instructed"]),
    "text",
    "compact or instructed wording",
    "as in its run",
  ),
  tasks: whole(1, 100, "held-out tasks"),
  mode: choice(["greedy", "sampled"], "greedy", "how they are tried"),
  samplesPerTask: whole(1, 1, "tries per task"),
  temperature: number(0.01, 10, 1, "of sampling"),
  maxTokens: common.maxTokens,
  maxSteps: common.maxSteps,
  seed: whole(0, 0, "decides the tasks and every draw"),
} as const satisfies SettingsTable;

export type SftSettings = SettingsOf<typeof sftSettings>;
export type GrpoRunSettings = SettingsOf<typeof grpoSettings>;

/** The settings that mean something beside the others; these a run records, and a resume compares. */
export function meaningful(
  table: SettingsTable,
  settings: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(settings).filter(([key]) => conflictOf(table, settings, key) === undefined),
  );
}

/** Why a setting means nothing beside the others, if so. */
export function conflictOf(
  table: SettingsTable,
  settings: Readonly<Record<string, unknown>>,
  key: string,
): string | undefined {
  const { notWith, onlyWith } = table[key] ?? {};
  if (notWith !== undefined && settings[notWith] !== undefined)
    return `it cannot be given together with ${notWith}`;
  if (onlyWith !== undefined && settings[onlyWith] === undefined)
    return `it needs ${onlyWith} beside it`;
  return undefined;
}

/** `learningRate` → `--learning-rate`. */
export function flagOf(key: string): string {
  return `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** What the words of a flag mean: numbers and lists become such; the schema judges whether they fit. */
export function flagValue({ kind }: Setting, text: string): unknown {
  const numeral = (part: string): unknown =>
    part.trim() !== "" && Number.isFinite(Number(part)) ? Number(part) : part;
  if (kind === "number") return numeral(text);
  if (kind === "list") return text.split(",").map((part) => numeral(part.trim()));
  return text;
}
