/** Settings of a command → options of its algorithm, for every row that learns by policy gradient. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Algorithm } from "../ports/algorithm.ts";
import { policyTrainings } from "./policy-trainings.ts";
import { settingsOfTraining } from "./training/training-settings.ts";
import type { Training } from "./training/training.ts";

type Name = keyof typeof policyTrainings;
const names = Object.keys(policyTrainings) as Name[];

/** The algorithm of `hone train <name>` with these settings beside the defaults. */
function algorithmOf(
  name: Name,
  given: Readonly<Record<string, unknown>> = {},
): Promise<Algorithm> {
  const row: Training<"rollouts"> = policyTrainings[name];
  const table = settingsOfTraining(row);
  const shape = Object.fromEntries(Object.entries(table).map(([key, { schema }]) => [key, schema]));
  const settings = z.strictObject(shape).parse(given);
  // The shape is made of the table, whose types it has lost.
  return row.algorithm(settings as unknown as Parameters<typeof row.algorithm>[0], undefined);
}

describe.each(names)("hone train %s", (name) => {
  it("is an algorithm of that name, with defaults of its own", async () => {
    const algorithm = await algorithmOf(name);
    expect(algorithm).toMatchObject({
      name,
      steps: 50,
      settings: { groupSize: 8, kl: { coefficient: 0 } },
    });
  });

  it("hands on what all of them take", async () => {
    const { settings } = await algorithmOf(name, {
      klCoefficient: 0.1,
      klEstimator: "k2",
      klPlace: "reward",
      correction: "token-truncate",
      correctionMax: 2,
      groupsPerStep: 3,
      epochsPerBatch: 2,
    });
    expect(settings).toMatchObject({
      kl: { coefficient: 0.1, estimator: "k2", place: "reward" },
      correction: { level: "token", rule: "truncate", max: 2, min: 0 },
      groupsPerStep: 3,
      epochsPerBatch: 2,
    });
  });
});

describe("settings of single methods", () => {
  it.each([
    [
      "grpo",
      { dualClip: 3, objectives: ["right=1", "format=0.5"] },
      { dualClip: 3, objectives: { right: 1, format: 0.5 } },
    ],
    ["rloo", { dualClip: 4, clipHigh: 1.5 }, { dualClip: 4, clipHigh: 1.5, loss: "rloo" }],
    [
      "reinforce",
      { baseline: "moving-average", decay: 0.5 },
      { baseline: "moving-average", decay: 0.5, normalization: "sum" },
    ],
    ["reinforce-plus-plus", { baseline: "group" }, { baseline: "group", kl: { estimator: "k2" } }],
    [
      "dr-grpo",
      { maxTokens: 10, maxActions: 2 },
      { tokensPerAnswer: 20, normalization: "dr_grpo", advantageScale: "none" },
    ],
    [
      "dapo",
      { maxDraws: 2, overlongBuffer: 16, maxTokens: 32, maxActions: 1 },
      { maxDraws: 2, overlong: { limit: 32, buffer: 16 }, clipHigh: 1.28 },
    ],
    ["gspo", {}, { loss: "gspo", clipLow: 0.9997, clipHigh: 1.0004, normalization: "grpo" }],
    ["cispo", { clipHigh: 3 }, { loss: "cispo", clipLow: 0, clipHigh: 3 }],
    [
      "dapo",
      { credit: "anchor-states", creditDiscount: 0.9 },
      { credit: { rule: "anchor-states", discount: 0.9, weight: 1, state: "observation" } },
    ],
    ["gmpo", {}, { loss: "gmpo", clipLow: 0.6703, clipHigh: 1.4918 }],
    [
      "ppo",
      { klTarget: 6, klCoefficient: 0.1, valueClip: 0, bootstrap: "yes", maxKl: 0.1 },
      {
        adaptiveKl: { target: 6, rate: 0.1 },
        ...{ valueClip: false, bootstrap: true, whiten: true, maxKl: 0.1, epochsPerBatch: 4 },
        ...{ discount: 1, lambda: 0.95, criticLearningRate: 1e-4, gaeSteps: "tokens" },
      },
    ],
  ] as const)("%s: %o", async (name, given, settings) => {
    expect((await algorithmOf(name, given)).settings).toMatchObject(settings);
  });

  it("that came later leave nothing in the record where they are not given, so that earlier runs can be resumed", async () => {
    const { settings } = await algorithmOf("grpo");
    const recorded = Object.keys(JSON.parse(JSON.stringify(settings)) as object);
    const later = ["dualClip", "correction", "credit", "objectives", "maxDraws"];
    expect(recorded.filter((key) => later.includes(key))).toEqual([]);
    expect(settings!["kl"]).toEqual({ coefficient: 0, estimator: "k3" });
  });

  it("refuse weights of objectives that are none", async () => {
    for (const text of ["right", "right=-1", "=1", "right=x"])
      await expect(async () => algorithmOf("grpo", { objectives: [text] })).rejects.toThrow(
        "name=number",
      );
  });
});
