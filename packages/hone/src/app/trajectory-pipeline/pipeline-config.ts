/**
 * The file of `hone train all`: which agents try what, where data and models lie, and the files of settings of its trainings.
 *
 *     agents:
 *       math: { questions: ["Solve the equation 2x + 5 = 13"], count: 50, mistake_rate: 0.2 }
 *       video: { count: 50, levels: [1, 2] }
 *     models: { base: Qwen/Qwen2.5-0.5B }
 *     rewards: { weights: { quality: 0.5, reasoning: 0 } }
 *     sft: { config: configs/trl_defaults.yaml, templates: configs/sft_templates.yaml, min_reward: 0.5 }
 *     rl: { config: configs/rl_defaults.yaml, min_reward: 0.3 }
 */
import { z } from "zod";
import { HoneError } from "../../core/errors.ts";
import { domainTitle } from "../domains.ts";
import { rewardParts } from "../data/reward-parts.ts";
import { type ConfigEntry, readConfigFile } from "../training/config-file.ts";

const agent = z.strictObject({
  /** Tasks in words. */
  questions: z.array(z.string()).default([]),
  /** A file whose text stands behind every question. */
  context: z.string().optional(),
  /** How many tasks are drawn. Default: 20; none where there are questions. */
  count: z.int().min(0).optional(),
  levels: z.array(z.int().min(1)).min(1).default([1]),
  /** Tries at each task. */
  samples: z.int().min(1).default(1),
  /** Share of the expert's actions that are wrong. */
  mistake_rate: z.number().min(0).max(1).default(0),
  /** Actions until an episode is cut off. Default: the domain's own. */
  max_actions: z.int().min(1).optional(),
  /** Who tries: a model on this machine, or one at a provider. Default: the domain's expert. */
  model: z.string().optional(),
  policy: z.string().optional(),
});

const file = z.strictObject({
  agents: z.record(z.string(), agent),
  models: z
    .strictObject({
      /** What all trainings start from; "tiny" is made from nothing, of the trajectories. */
      base: z.string().default("tiny"),
      base_dir: z.string().default("models/base"),
      sft_dir: z.string().default("models/sft"),
      rl_dir: z.string().default("models/rl"),
    })
    .prefault({}),
  data_root: z.string().default("data"),
  rewards: z
    .strictObject({
      /** Weights of parts in the place of the usual ones. */
      weights: z.partialRecord(z.enum(rewardParts), z.number().min(0)).optional(),
      /** A .ts or .js file that says how good a trajectory's result is. */
      quality: z.string().optional(),
    })
    .prefault({}),
  sft: z
    .strictObject({
      /** Settings of `hone train sft`. */
      config: z.string().optional(),
      templates: z.string().optional(),
      /** The tools that get a model each. Default: all that the trajectories have. */
      tools: z.array(z.string()).optional(),
      /** The least reward by the rules of `hone reward`. */
      min_reward: z.number().optional(),
    })
    .prefault({}),
  rl: z
    .strictObject({
      /** Settings of `hone train ppo`. */
      config: z.string().optional(),
      /** The agents whose domains are learned. Default: all. */
      agents: z.array(z.string()).optional(),
      /** The least reward of the domain. */
      min_reward: z.number().default(0),
    })
    .prefault({}),
  seed: z.int().min(0).default(0),
});

/** What `hone train all` does. */
export type PipelineConfig = z.infer<typeof file>;

/** Which tasks an agent of `hone train all` tries, and who plays it. */
export type PipelineAgent = z.infer<typeof agent>;

/** Keys of a file, which may be written in camelCase, too. */
const snakeCase = (key: string): string =>
  key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** @throws CONFIG_UNREADABLE; CONFIG_INVALID, CONFIG_UNKNOWN_KEY naming line and column */
export async function readPipelineConfig(name: string): Promise<PipelineConfig> {
  const { values, entries } = await readConfigFile(name);
  const result = file.safeParse(renamed(values));
  if (result.success) {
    const { agents, rl } = result.data;
    const problem = problemOfAgents(Object.keys(agents), rl.agents);
    if (problem === undefined) return result.data;
    throw new HoneError("CONFIG_INVALID", { where: name, problem });
  }
  const [issue] = result.error.issues;
  const { path, message } = issue!;
  const keys = path.map(String);
  if (issue!.code === "unrecognized_keys") {
    const unknown = [...keys, issue!.keys[0]!];
    const key = unknown.join(".");
    const place = placeOf(entries, unknown)?.keyAt;
    throw new HoneError("CONFIG_UNKNOWN_KEY", { where: name, key, known: knownAt(keys), ...place });
  }
  const problem = `${keys.join(".")}: ${message.replace(/^Invalid input: /, "")}.`;
  const place = placeOf(entries, keys)?.valueAt;
  throw new HoneError("CONFIG_INVALID", { where: name, problem, ...place });
}

/** What is wrong with the names of agents; undefined where nothing is. */
function problemOfAgents(names: readonly string[], learned: readonly string[] = []) {
  if (names.length === 0) return "agents: name one at least, as `math: { count: 50 }`.";
  const unknown = learned.find((one) => !names.includes(one));
  if (unknown !== undefined) return `rl.agents: ${unknown} is not among the agents.`;
  const titles = names.map(domainTitle);
  const second = names.find((_, i) => titles.indexOf(titles[i]!) < i);
  if (second === undefined) return undefined;
  return `agents: ${second} has the same folders as another agent, ${domainTitle(second)}; rename its file or folder.`;
}

/** Names of agents stay as they are. */
const renamed = (values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      snakeCase(key),
      key === "agents" ? eachOf(value, withNames) : withNames(value),
    ]),
  );

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const withNames = (value: unknown): unknown =>
  isMap(value)
    ? Object.fromEntries(Object.entries(value).map(([key, one]) => [snakeCase(key), one]))
    : value;

const eachOf = (value: unknown, change: (one: unknown) => unknown): unknown =>
  isMap(value)
    ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, change(one)]))
    : value;

/** The entry of these keys, or the nearest one around it. */
function placeOf(
  entries: readonly ConfigEntry[],
  keys: readonly string[],
): ConfigEntry | undefined {
  for (let length = keys.length; length > 0; length--) {
    const wanted = keys.slice(0, length).join(".");
    const found = entries.find(({ path }) => path.map(snakeCase).join(".") === wanted);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The keys that there are at a place of the file. */
function knownAt([section]: readonly string[]): readonly string[] {
  if (section === undefined) return Object.keys(file.shape);
  if (section === "agents") return Object.keys(agent.shape);
  const sections: Readonly<Record<string, readonly string[]>> = {
    models: Object.keys(file.shape.models.unwrap().shape),
    rewards: Object.keys(file.shape.rewards.unwrap().shape),
    sft: Object.keys(file.shape.sft.unwrap().shape),
    rl: Object.keys(file.shape.rl.unwrap().shape),
  };
  return sections[section] ?? [];
}
