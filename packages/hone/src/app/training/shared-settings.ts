/** The settings that every `hone train` has: model, tasks, what is trained, optimizer, sampling, evaluation, place. */
import { z } from "zod";
import { problemOfLimit } from "./alarms/alarm-limits.ts";
import { linearModules } from "../../engine/models/architecture.ts";
import { DEFAULT_DEADLINE, MAX_DEADLINE, MIN_DEADLINE } from "./deadline.ts";
import { canonicalDomain, domainNames, isDomainFile } from "../domains.ts";
import {
  type Setting,
  type SettingsOf,
  settingKinds,
  type SettingsTable,
} from "./setting-kinds.ts";

const { whole, number, choice, optional, optionalWhole } = settingKinds;

/** Where a run writes and how many threads it uses. They change no result, so a run does not record them. */
export const placeSettings = {
  out: {
    ...optional(z.string().min(1), {
      kind: "text",
      help: "the run folder",
      byDefault: "a new one in runs/",
    }),
    placeholder: "folder",
  },
  threads: optional(z.int().min(1), {
    kind: "number",
    help: "threads of matrix products",
    byDefault: "all cores, at most 8",
  }),
} as const satisfies SettingsTable;

const keptError = 'expected "all", "none" or a share from 0 to 1';

/** Where a run keeps its rollouts, and which. They change no result, so a resumed run may have others. */
export const rolloutSettings = {
  store: {
    ...optional(z.string().min(1), {
      kind: "text",
      help: "where every rollout is kept",
      byDefault: "rollouts.db in the run folder",
    }),
    placeholder: "url",
  },
  keepRollouts: {
    ...optional(
      z.union([z.enum(["all", "none"]), z.coerce.number().min(0).max(1)], { error: keptError }),
      { kind: "text", help: "all, none, or a share of the groups as 0.1", byDefault: "all" },
    ),
    placeholder: "which",
  },
} as const satisfies SettingsTable;

/** The domain itself refuses a level that it does not have. */
const taskLevel = z.int("expected levels, as 1,2").min(1, "expected levels from 1");

const known = domainNames.map((name) => JSON.stringify(name)).join(" or ");

const wordingError = "expected compact, instructed, or a .txt or .md file with a system message";

/** The settings of a domain's tasks, also for `hone eval`. */
export const taskSettings = {
  domain: {
    schema: z
      .string()
      .transform(canonicalDomain)
      .refine((name) => domainNames.includes(name) || isDomainFile(name), {
        error: `expected ${known}, or a file such as ./my-domain.ts`,
      })
      .default("math"),
    kind: "text",
    help: `tasks, environment and reward: ${domainNames.join(", ")}, or your file`,
    byDefault: "math",
    placeholder: "name",
  },
  levels: {
    schema: z.array(taskLevel).min(1).default([1]),
    kind: "list",
    help: "difficulties of the tasks, as 1,2",
    byDefault: "1",
  },
  prompt: optional(z.string().regex(/^(?:compact|instructed|.+\.(?:txt|md))$/, wordingError), {
    kind: "text",
    help: "compact, instructed, or a .txt file",
    byDefault: "as in its run",
  }),
} as const satisfies SettingsTable;

/** A setting of the model that is trained, or of its adapter. */
const ofModel = <Row extends Setting>(row: Row) => ({ ...row, isOfModel: true });

/** The block that all trainings share. */
export const sharedSettings = {
  model: {
    schema: z.string().min(1).default("tiny"),
    kind: "text",
    help: "a folder, a run, a hub id, or tiny",
    byDefault: "tiny",
    isOfModel: true,
  },
  ...taskSettings,
  trainTasks: whole(1, 400, "tasks to learn from"),
  testTasks: whole(1, 100, "held-out tasks"),
  maxActions: optionalWhole(1, "actions until an episode is cut off", "the domain's own"),
  weights: ofModel(
    optional(z.enum(["adapter", "all"]), {
      kind: "text",
      help: "train the adapter or all",
      byDefault: "tiny: all, else adapter",
    }),
  ),
  rank: ofModel(whole(1, 8, "rank of the adapter")),
  alpha: ofModel(number([0.001, 1e6], 16, "its scale is alpha / rank")),
  dropout: ofModel(number([0, 0.99], 0, "share of an adapter's inputs dropped")),
  targets: {
    schema: z.array(z.enum(linearModules)).min(1).default(["q_proj", "v_proj"]),
    kind: "list",
    help: "layers with an adapter",
    byDefault: "q_proj,v_proj",
    isOfModel: true,
  },
  schedule: choice(["constant", "linear", "cosine"], "constant", "the rate"),
  warmUpSteps: whole(0, 0, "steps over which the rate rises from 0"),
  weightDecay: number([0, 10], 0, "AdamW's decay per step"),
  maxGradientNorm: number([0, 1e9], 1, "gradients are clipped to it; 0: never"),
  maxTokens: whole(1, 64, "longest reply, in tokens"),
  temperature: number([0.01, 10], 1, "of sampling in rollouts"),
  evaluation: choice(["greedy", "sampled"], "greedy", "held-out tasks"),
  samplesPerTask: whole(1, 1, "tries per held-out task"),
  concurrency: whole(1, 64, "rollouts at a time"),
  deadline: number(
    [MIN_DEADLINE, MAX_DEADLINE],
    DEFAULT_DEADLINE,
    "seconds that a rollout may take",
  ),
  checkpointEvery: whole(1, 25, "steps between checkpoints"),
  alarms: {
    schema: z
      .array(
        z.string().refine((word) => problemOfLimit(word) === undefined, {
          error: ({ input }) => problemOfLimit(String(input)),
        }),
      )
      .optional(),
    kind: "list",
    help: "limits of alarms, as length=5,entropy=off; or off",
    byDefault: "docs/warnings.md",
    placeholder: "limits",
  },
  recompute: {
    schema: z.boolean().default(false),
    kind: "yes",
    help: "less memory, a third more time",
    byDefault: "no",
  },
  tokensPerMicrobatch: optional(z.int().min(16), {
    kind: "number",
    help: "tokens computed at once",
    byDefault: "by the model's size",
  }),
  seed: whole(0, 0, "decides every draw"),
  ...rolloutSettings,
  ...placeSettings,
} as const satisfies SettingsTable;

/** The settings that all trainings share, checked; the rate has a default of its own in each training. */
export type SharedSettings = SettingsOf<typeof sharedSettings> & { readonly learningRate: number };
