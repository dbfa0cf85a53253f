/** docs/metrics.md has every number that a method reports, by which methods, and no other. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { apo } from "../packages/hone/src/algorithms/prompts/apo.ts";
import { gepa } from "../packages/hone/src/algorithms/prompts/gepa.ts";
import { methodRun } from "../packages/hone/src/algorithms/prompts/prompt-run-fixture.ts";
import { distill } from "../packages/hone/src/algorithms/supervised/distill.ts";
import { distillOffPolicy } from "../packages/hone/src/algorithms/supervised/distill-off-policy.ts";
import type { Teacher } from "../packages/hone/src/algorithms/supervised/teacher-scores.ts";
import { resolveSettings } from "../packages/hone/src/app/training/config.ts";
import type { SourceData } from "../packages/hone/src/app/training/training.ts";
import { settingsOfTraining } from "../packages/hone/src/app/training/training-settings.ts";
import {
  type TrainingName,
  trainingNames,
  trainingOf,
} from "../packages/hone/src/app/trainings.ts";
import { type MetricRow, metricSections } from "../packages/hone/src/core/metrics-table.ts";
import type { AlgorithmSource } from "../packages/hone/src/ports/algorithm.ts";
import { letterRenderer } from "../packages/hone/src/testing/letter-renderer.ts";
import { scriptedCritic, scriptedTrials } from "../packages/hone/src/testing/scripted-prompts.ts";
import { tabularCritic } from "../packages/hone/src/testing/tabular-critic.ts";
import { tabularTrainingClient } from "../packages/hone/src/testing/tabular-training-client.ts";
import { tokenRollouts } from "../packages/hone/src/testing/token-rollouts.ts";
import { metricsDocument } from "../scripts/metrics-document.ts";

const table: Readonly<Record<string, MetricRow>> = Object.assign(
  {},
  ...Object.values(metricSections),
) as Record<string, MetricRow>;

const policyGradient = [
  ...["grpo", "dr-grpo", "dapo", "cispo", "gspo", "gmpo", "rloo", "reinforce"],
  ...["reinforce-plus-plus", "ppo", "distill"],
];
const pairs = ["dpo", "orpo", "simpo", "cpo"];

/** The kinds of a method, as the table names them. */
const kindsOf = (name: string): readonly string[] => [
  name,
  ...(["apo", "gepa"].includes(name) ? ["prompts"] : ["every"]),
  ...(policyGradient.includes(name) ? ["policy gradient", "rollouts"] : []),
  ...(["expert-iteration", "online-dpo"].includes(name) ? ["rollouts"] : []),
  ...(pairs.includes(name) ? ["pairs", "data"] : []),
  ...(name === "online-dpo" ? ["pairs"] : []),
  ...(["sft", "weighted", "kto", "reward-model", "distill-off-policy"].includes(name)
    ? ["data"]
    : []),
];

const vocabulary = 6;
const row = (...tokens: number[]) => ({
  tokens: [0, ...tokens],
  mask: [0, ...tokens.map(() => 1)],
});

const data: SourceData = {
  rollouts: undefined,
  dataset: { examples: { rows: [row(1, 2), row(3)] }, scores: { rewards: [1, 0.25] } },
  preferences: {
    pairs: { rows: [{ chosen: row(1, 2), rejected: row(3) }] },
    answers: {
      rows: [
        { ...row(1, 2), isDesirable: true },
        { ...row(3), isDesirable: false },
      ],
    },
  },
};

/** Settings beside the defaults: each list is a run, so that numbers of an option are reported, too. */
const variants: Partial<Record<TrainingName, readonly Record<string, unknown>[]>> = {
  grpo: [
    {},
    { klCoefficient: 0.1, correction: "token-mask" },
    { credit: "agents", curriculum: 0.1, replay: 2, maskTruncated: true, oneStepOffPolicy: true },
    { credit: "hierarchical", creditCoordinator: "planner" },
  ],
  reinforce: [{ baseline: "moving-average" }],
  ppo: [{ klCoefficient: 0.1, klTarget: 1, maxKl: 1, epochsPerBatch: 2 }],
  weighted: [{ onlySuccesses: "no" }],
};

const tableTeacher: Teacher = {
  name: "a table",
  open: async () => ({
    policy: await tabularTrainingClient({ vocabulary, spread: 1 }).saveWeightsForSampler(),
    close: async () => {},
  }),
};

/** The names that a training reports in a step on a table of logits. */
async function reported(name: TrainingName): Promise<ReadonlySet<string>> {
  const training = trainingOf(name);
  const names = new Set<string>();
  for (const settings of variants[name] ?? [{}]) {
    const resolved = await resolveSettings(settingsOfTraining(training), {
      flags: {
        ...{ steps: 1, learningRate: 0.1, ...settings },
        // Named, and not read: the data are those above.
        ...(training.source === "preferences" && { data: "pairs.jsonl" }),
        ...(name === "distill-off-policy" && { teacher: "a table" }),
      },
    });
    const source = data[training.source as AlgorithmSource];
    // The command's teachers are models and files; of `distill` it is the policy here, which is told nothing.
    const once = { steps: 1, learningRate: 0.1 };
    const algorithm =
      name === "distill"
        ? distill({ ...once, context: () => undefined, rewardCoefficient: 1 })
        : name === "distill-off-policy"
          ? distillOffPolicy({
              ...once,
              ...data.dataset.examples,
              teacher: tableTeacher,
              targetsPerToken: 3,
            })
          : await training.algorithm(resolved.settings as never, source as never);
    const client =
      algorithm.trainsValues === true
        ? tabularCritic({ vocabulary })
        : tabularTrainingClient({ vocabulary });
    const steps = algorithm.run({
      training: client,
      critic: tabularCritic({ vocabulary }),
      reference: await tabularTrainingClient({ vocabulary, spread: 1 }).saveWeightsForSampler(),
      rollouts: tokenRollouts({
        prompts: [[0], [1]],
        reward: (tokens) => tokens.filter((token) => token === 3).length,
        sampling: { maxTokens: 3, stopTokens: [5] },
      }),
      renderer: letterRenderer("a"),
      seed: 0,
      startStep: 0,
    });
    for await (const { metrics } of steps) for (const one of Object.keys(metrics)) names.add(one);
  }
  return names;
}

async function reportedByPrompts(name: "apo" | "gepa"): Promise<ReadonlySet<string>> {
  const small = { minibatchSize: 2, validationSize: 4 };
  const method = name === "apo" ? apo({ rounds: 1, ...small }) : gepa({ steps: 1, ...small });
  const critic = scriptedCritic(() => "<prompt>1</prompt>");
  const trials = scriptedTrials(({ system }) => Number(system));
  const { steps } = await methodRun({ method, critic, trials });
  return new Set(steps.flatMap(({ metrics }) => Object.keys(metrics)));
}

describe("the table of metrics", () => {
  const found = new Map<string, ReadonlySet<string>>();
  beforeAll(async () => {
    for (const name of trainingNames) found.set(name, await reported(name));
    for (const name of ["apo", "gepa"] as const) found.set(name, await reportedByPrompts(name));
  });

  it("has every number that a method reports, and says that the method reports it", () => {
    const unknown = [...found].flatMap(([method, names]) =>
      [...names]
        .filter((name) => !table[name]?.by.some((kind) => kindsOf(method).includes(kind)))
        .map((name) => `${method}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  it("names no method that does not report a number", () => {
    const methods = [...found.keys()];
    const untrue = Object.entries(table).flatMap(([name, { by }]) =>
      by
        .filter((kind) => kind !== "run")
        .filter(
          (kind) =>
            !methods.some((one) => kindsOf(one).includes(kind) && found.get(one)!.has(name)),
        )
        .map((kind) => `${name} of ${kind}`),
    );
    expect(untrue).toEqual([]);
  });

  it("has for every policy gradient what all methods are watched by", () => {
    const watched = [
      ...["ratio_mean", "kl_old", "kl_old_k1", "clip_fraction_low", "clip_fraction_high"],
      ...["entropy", "gradient_norm", "advantage_mean", "advantage_std", "zero_variance_share"],
      ...["truncated_share", "tokens", "tokens_sampled", "mismatch_mean", "mismatch_max"],
    ];
    const missing = policyGradient.flatMap((method) =>
      watched
        .filter((name) => !found.get(method)!.has(name))
        // A group of one has no variance.
        .filter((name) => name !== "zero_variance_share" || !["reinforce"].includes(method))
        .map((name) => `${method}: ${name}`),
    );
    expect(missing).toEqual([]);
  });

  it("is what docs/metrics.md shows (npm run docs writes it)", () => {
    const page = readFileSync(join(import.meta.dirname, "../docs/metrics.md"), "utf8");
    expect(page).toBe(metricsDocument());
  });
});
