/**
 * The settings that a training has because of what its algorithm learns from: before its own settings, after them, and the
 * shared block, of which some settings have no meaning beside others.
 */
import { z } from "zod";
import { adapterText } from "../../agents/agents-by-adapter.ts";
import { rowsPerChoices } from "../../core/conversation-turns.ts";
import type { AlgorithmSource } from "../../ports/algorithm.ts";
import { answerRewardNames } from "../../rewards/answer-rewards.ts";
import { queueSettings } from "./queue-settings.ts";
import { type Setting, settingKinds, type SettingsTable } from "./setting-kinds.ts";
import { conditionError, conditionText, haveOwnNames, repeatedError } from "./trace-conditions.ts";
import { sharedSettings } from "./shared-settings.ts";

const { number, optional } = settingKinds;

/** A setting of a domain's tasks, which decides nothing about a user's own conversations. */
const ofDomain = <Row extends Setting>(row: Row) => ({ ...row, notWith: "data" });

/** A setting of a domain, which decides nothing about an agent outside, or where nothing is tried. */
const notOfAgent = <Row extends Setting>(row: Row) => ({ ...row, notWith: ["agent", "offline"] });

/** A setting of an agent outside. */
const ofAgent = <Row extends Setting>(row: Row) => ({ ...row, onlyWith: "agent" });

/** A setting of stored rollouts. */
const ofStored = <Row extends Setting>(row: Row) => ({ ...row, onlyWith: "trajectories" });

/** A setting of data that are given. */
const ofData = <Row extends Setting>(row: Row) => ({ ...row, onlyWith: "data" });

/** A shared setting that has no meaning where nothing is sampled. */
const unused = <Row extends Setting>(row: Row) => ({ ...row, isUnused: true });

/** Rollouts that workers play: those of a domain, with its own reward. */
const workers = {
  ...queueSettings,
  queue: { ...queueSettings.queue, notWith: ["agent", "offline", "judge", "rewardModel"] },
};

const conditions = z
  .array(z.string().regex(conditionText, conditionError))
  .min(1)
  .refine(haveOwnNames, repeatedError);

/** Which traces of a store are read. */
const where = {
  ...optional(conditions, {
    kind: "list",
    help: "of a store: only traces with, as agent=planner",
    byDefault: "all",
  }),
  placeholder: "conditions",
};

/** What an agent outside is tried on, and what its answers are worth. */
const triedAgent = {
  tasks: ofAgent({
    ...optional(z.string().min(1), { kind: "text", help: "its tasks: JSONL, CSV or Parquet" }),
    placeholder: "file",
  }),
  reward: ofAgent({
    ...optional(z.string().min(1), {
      kind: "text",
      help: `a .ts or .js file, or by name: ${answerRewardNames.join(", ")}`,
      byDefault: "exact",
    }),
    placeholder: "reward",
  }),
};

/** An agent outside that is measured before and after, where what is learned comes from data. */
const measuredAgent = {
  agent: ofData({
    ...optional(z.string().regex(/\S/, "expected a command line"), {
      kind: "text",
      help: "measure your agent, a program, instead of the data",
    }),
    placeholder: "command",
  }),
  ...triedAgent,
};

/** Calls, or dollars. */
const budgetPattern = /^(?:\d+|\$\d+(?:\.\d+)?|\d+(?:\.\d+)?usd)$/;
const budgetError = 'expected calls, such as 500, or dollars, such as "$2" or 2usd';

/** A setting of a judge. */
const ofJudge = <Row extends Setting>(row: Row) => ({ ...row, onlyWith: "judge" });

/** A judge by its name. */
export const judgeSetting = {
  // A command line leaves out the judge of a configuration by this word.
  ...optional(
    z
      .string()
      .min(1)
      .transform((name) => (name === "none" ? undefined : name)),
    {
      kind: "text",
      help: "learn from a model's scores, as openai/gpt-4o-mini; or none",
    },
  ),
  placeholder: "model",
};

/** What a judge may cost. */
export const judgeBudgetSetting = ofJudge({
  ...optional(z.coerce.string().regex(budgetPattern, budgetError), {
    kind: "text",
    help: "calls, or dollars as 2usd; then the run stops",
    byDefault: "no limit",
  }),
  placeholder: "limit",
});

const adapterError = "expected name=agent, or name=agent+agent for several agents";

export const sourceSettings = {
  rollouts: {
    before: {
      agent: {
        ...optional(z.string().regex(/\S/, "expected a command line"), {
          kind: "text",
          help: "your agent: a program",
          byDefault: "a domain's",
        }),
        placeholder: "command",
      },
      ...triedAgent,
      adapters: {
        ...optional(z.array(z.string().regex(adapterText, adapterError)).min(1), {
          kind: "list",
          help: "of a team, as lead=planner,workers=searcher+writer",
          byDefault: "one policy",
        }),
        placeholder: "name=agents",
        onlyWith: ["agent", "offline"],
      },
      heldOut: {
        ...number([0, 0.9], 0.1, "share of tasks only measured on"),
        onlyWith: ["agent", "offline"],
      },
      trajectories: {
        ...optional(z.string().min(1), {
          kind: "text",
          help: "learn stored rollouts first: a store, or a file",
        }),
        placeholder: "from",
      },
      trajectorySteps: ofStored(
        optional(z.int().min(1), { kind: "number", help: "steps on them", byDefault: "one pass" }),
      ),
      trajectoryMinReward: ofStored(
        optional(z.number(), { kind: "number", help: "only those with this reward or more" }),
      ),
      where: ofStored(where),
      offline: ofStored(
        optional(
          z.boolean().transform((given) => given || undefined),
          { kind: "yes", help: "learn these alone, and sample nothing to learn", byDefault: "no" },
        ),
      ),
      retokenize: ofStored(
        optional(z.boolean(), {
          kind: "yes",
          help: "read those of other tokenizers anew",
          byDefault: "an error",
        }),
      ),
    },
    after: {
      ...workers,
      rewardModel: {
        ...optional(z.string().min(1), {
          kind: "text",
          help: "learn from its scores: a run of train reward-model",
        }),
        placeholder: "run",
        notWith: "judge",
      },
      judge: judgeSetting,
      rubric: ofJudge({
        ...optional(z.string().regex(/\S/, "expected words"), {
          kind: "text",
          help: "what counts, in words, or a .md or .txt file",
          byDefault: "the task's goal",
        }),
        placeholder: "words",
      }),
      judgeBudget: judgeBudgetSetting,
      judgePrices: ofJudge({
        ...optional(z.string().min(1), {
          kind: "text",
          help: "JSON with dollars per million tokens",
          byDefault: "list prices of 2025",
        }),
        placeholder: "file",
      }),
    },
    shared: {
      ...sharedSettings,
      domain: notOfAgent(sharedSettings.domain),
      levels: notOfAgent(sharedSettings.levels),
      prompt: notOfAgent(sharedSettings.prompt),
      trainTasks: notOfAgent(sharedSettings.trainTasks),
      maxActions: notOfAgent(sharedSettings.maxActions),
    },
  },
  dataset: {
    before: {
      data: optional(z.string().min(1), {
        kind: "text",
        help: "conversations: JSONL, CSV, Parquet, or a store",
        byDefault: "a domain's expert",
      }),
      heldOut: {
        ...number([0, 0.9], 0.1, "share only measured on; 0: measure nothing"),
        onlyWith: "data",
      },
      minReward: ofData(
        optional(z.number(), {
          kind: "number",
          help: "learn only what has this reward or more",
        }),
      ),
      where: ofData(where),
      ...measuredAgent,
      rowsPer: optional(z.enum(rowsPerChoices), {
        kind: "text",
        help: "a row is a whole conversation, or one turn",
        byDefault: "conversation",
      }),
    },
    after: {
      mistakeRate: ofDomain(number([0, 1], 0, "share of the expert's actions that are wrong")),
    },
    shared: {
      ...sharedSettings,
      domain: ofDomain(sharedSettings.domain),
      levels: ofDomain(sharedSettings.levels),
      prompt: ofDomain(sharedSettings.prompt),
      trainTasks: ofDomain(sharedSettings.trainTasks),
      maxActions: ofDomain(sharedSettings.maxActions),
    },
  },
  preferences: {
    before: {
      data: {
        schema: z
          .string({ error: "expected a file of preferences, or a store" })
          .min(1, "expected a file of preferences, or a store"),
        kind: "text",
        help: "preferences: JSONL, CSV, Parquet, or a store",
      },
      heldOut: number([0, 0.9], 0.1, "share of prompts only measured on; 0: none"),
      minMargin: optional(z.number().min(0), {
        kind: "number",
        help: "of a store: least difference of two rewards",
        byDefault: "any",
      }),
      where,
      ...measuredAgent,
    },
    after: {},
    shared: {
      ...sharedSettings,
      testTasks: { ...sharedSettings.testTasks, help: "most prompts held out" },
      domain: unused(sharedSettings.domain),
      levels: unused(sharedSettings.levels),
      prompt: unused(sharedSettings.prompt),
      trainTasks: unused(sharedSettings.trainTasks),
      maxActions: unused(sharedSettings.maxActions),
      maxTokens: ofAgent(sharedSettings.maxTokens),
      temperature: ofAgent(sharedSettings.temperature),
      evaluation: ofAgent(sharedSettings.evaluation),
      samplesPerTask: ofAgent(sharedSettings.samplesPerTask),
      concurrency: ofAgent(sharedSettings.concurrency),
      deadline: ofAgent(sharedSettings.deadline),
      store: ofAgent(sharedSettings.store),
      keepRollouts: ofAgent(sharedSettings.keepRollouts),
    },
  },
} as const satisfies Record<
  AlgorithmSource,
  {
    readonly before: SettingsTable;
    readonly after: SettingsTable;
    readonly shared: SettingsTable;
  }
>;

/** See `sourceSettings`. */
export type SourceSettings = typeof sourceSettings;
