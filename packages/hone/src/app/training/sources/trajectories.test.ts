/** `--trajectories`: stored rollouts that a policy-gradient training learns from first, by their own tokens and log-probs. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { grpo } from "../../../algorithms/policy-gradient/grpo.ts";
import type { TrainStep } from "../../../core/train-step.ts";
import { convertTrajectories } from "../../data/convert-trajectories.ts";
import { exportStore } from "../../traces/trace-files.ts";
import { trainings } from "../../trainings.ts";
import { resolveSettings } from "../config.ts";
import type { PipelineEvent } from "../pipeline-events.ts";
import { runTraining } from "../run-training.ts";
import { keptRun } from "../stored/kept-run-fixture.ts";
import { rolloutsOf } from "../stored/rollouts-of.ts";
import { train } from "../train.ts";
import { settingsOfTraining } from "../training-settings.ts";
import { sources } from "./sources.ts";

const root = mkdtempSync(join(tmpdir(), "hone-trajectories-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const store = `sqlite:${join(root, "kept.db")}`;
const file = join(root, "kept.jsonl");
const { ppo } = trainings;
const llama = keptRun.model.replace("qwen2", "llama");

beforeAll(async () => {
  // One step, so that all rollouts are of the weights that a training starts from.
  const algorithm = grpo({ steps: 1, groupSize: 3, groupsPerStep: 4, learningRate: 1e-3 });
  const sampling = { maxTokens: 6, topP: 0.7 };
  const out = join(root, "kept");
  await train({ ...keptRun, algorithm, sampling, out, store, quiet: true });
  await exportStore({ url: store }, file, {
    ...{ format: "traces", filter: {}, signal: new AbortController().signal },
    onProgress: () => undefined,
  });
});

const small = {
  ...{ model: keptRun.model, steps: 2, groupsPerStep: 4, groupSize: 2, epochsPerBatch: 1 },
  ...{ trainTasks: 4, testTasks: 2, maxActions: 1, maxTokens: 4, threads: 1, weights: "all" },
  prompt: "compact",
};

async function open(flags: Record<string, unknown>) {
  const { settings } = await resolveSettings(settingsOfTraining(ppo), { flags });
  return sources.rollouts({ training: "ppo", settings });
}

async function run(
  name: "ppo" | "reinforce",
  flags: Record<string, unknown>,
): Promise<{ readonly steps: readonly TrainStep[]; readonly events: readonly PipelineEvent[] }> {
  const training = trainings[name] as typeof ppo;
  const { settings, resume } = await resolveSettings(settingsOfTraining(training), { flags });
  const events: PipelineEvent[] = [];
  for await (const event of runTraining({ name, training, settings, resume })) events.push(event);
  return { events, steps: events.flatMap((event) => (event.kind === "step" ? [event.step] : [])) };
}

const textsOf = (events: readonly PipelineEvent[]): string =>
  events.flatMap((event) => (event.kind === "note" ? [event.text] : [])).join("\n");

describe("hone train ppo --trajectories", () => {
  it("learns from a store's rollouts as they were sampled, then from new ones, and says so", async () => {
    const { steps, events } = await run("ppo", {
      ...small,
      trajectories: store,
      out: join(root, "ppo"),
    });
    const { groups } = await rolloutsOf(store, { split: "train" });
    const usable = groups.flatMap(({ rollouts }) => rollouts.filter(({ failure }) => !failure));
    const [stored, fresh] = steps.map(({ rollouts }) => rollouts!);
    const tokensOf = (rollouts: readonly { readonly turns: readonly object[] }[]) =>
      rollouts.map(({ turns }) => JSON.stringify(turns)).toSorted();
    // Snapshots of another run get names that none of this run has.
    const renamed = usable.map(({ turns }) => ({
      turns: turns.map((turn) => ({ ...turn, weightsVersion: `stored ${turn.weightsVersion}` })),
    }));
    expect(tokensOf(stored!)).toEqual(tokensOf(renamed));
    // Cut by top-p when they were sampled: the kept tokens were stored, so ratios are 1 on the same weights.
    expect(steps[0]!.metrics["ratio_mean"]).toBeCloseTo(1, 5);
    expect(steps[0]!.metrics).toMatchObject({ rows_truncated: 0, clip_fraction: 0 });
    expect(steps[0]!.metrics["reward"]).toBeGreaterThan(0);
    expect(fresh!.every(({ id }) => !id.includes("stored"))).toBe(true);
    expect(steps[1]!.metrics["weights_lag"]).toBe(0);
    expect(textsOf(events)).toMatch(
      /16 rollouts? .*steps 1 to 1 learn from \d+ of them in 4 groups, as they were sampled; \d+ are left out/s,
    );
    // What the run samples itself is kept; what was stored is not stored again.
    const own = await rolloutsOf(`sqlite:${join(root, "ppo", "rollouts.db")}`, { split: "train" });
    expect(own.groups.every(({ origin }) => origin!.step === 2)).toBe(true);
  });

  it("reads a file of exported traces likewise, also for the other methods, and resumes with the same rollouts only", async () => {
    const given = {
      ...small,
      epochsPerBatch: undefined,
      trajectories: file,
      out: join(root, "file"),
    };
    const { steps } = await run("reinforce", { ...given, steps: 1 });
    expect(steps[0]!.metrics["ratio_mean"]).toBeCloseTo(1, 5);
    expect(steps[0]!.rollouts!.every(({ id }) => id.includes("stored"))).toBe(true);
    const [ofStore, ofFile] = [
      await open({ ...small, trajectories: store }),
      await open({ ...small, trajectories: file }),
    ];
    expect(ofFile.settled["trajectoriesDigest"]).toBe(ofStore.settled["trajectoriesDigest"]);
    const fewer = await open({ ...small, trajectories: store, trajectoryMinReward: 2 });
    expect(fewer.settled["trajectoriesDigest"]).not.toBe(ofStore.settled["trajectoriesDigest"]);
  });

  it("refuses rollouts of another tokenizer by a code, and reads them anew where it is asked to", async () => {
    const other = { ...small, model: llama, trajectories: store };
    await expect(open(other)).rejects.toThrow(
      /^TRAJECTORIES_NOT_OF_MODEL: Of 16 rollouts in .*kept.db, 16 have tokens of another tokenizer.*Name the model.*retokenize/s,
    );
    const { steps, events } = await run("reinforce", {
      ...{ ...other, epochsPerBatch: undefined, steps: 1 },
      ...{ retokenize: true, out: join(root, "anew") },
    });
    expect(textsOf(events)).toMatch(
      /tokenised anew, with log-probs of the model that is started from/,
    );
    // Log-probs are those of the starting model, over all tokens.
    expect(steps[0]!.metrics["ratio_mean"]).toBeCloseTo(1, 5);
    expect(steps[0]!.metrics["rows_truncated"]).toBe(0);
  });

  it("refuses what has no meaning, by its name", async () => {
    await expect(open({ ...small, trajectorySteps: 1 })).rejects.toThrow(
      /trajectory-steps.*--trajectories/,
    );
    await expect(open({ ...small, retokenize: true })).rejects.toThrow("--trajectories");
    await expect(open({ ...small, trajectories: store, model: "tiny" })).rejects.toThrow(
      /^CONFIG_INVALID: .*--model/,
    );
    await expect(open({ ...small, trajectories: store, trajectoryMinReward: 99 })).rejects.toThrow(
      /^DATA_EMPTY: .*reward of at least 99/s,
    );
    await expect(open({ ...small, trajectories: join(root, "none.jsonl") })).rejects.toThrow(
      "TRACES_FILE_UNREADABLE",
    );
  });

  it("takes as many steps as are asked for, one pass unless told", async () => {
    const stepsOf = async (more: object): Promise<unknown> => {
      const { learning } = await open({ ...small, steps: 9, trajectories: store, ...more });
      return learning.kind === "rollouts" ? learning.stored!.steps : undefined;
    };
    expect(await stepsOf({})).toBe(1);
    expect(await stepsOf({ groupsPerStep: 3 })).toBe(2);
    expect(await stepsOf({ trajectorySteps: 5 })).toBe(5);
    expect(await stepsOf({ trajectorySteps: 50 })).toBe(9);
  });

  it("may be trajectories of any form, whose messages are tokenised anew", async () => {
    const form = { to: "unified", domain: "qa", signal: new AbortController().signal } as const;
    const out = join(root, "kept.parquet");
    await convertTrajectories({ ...form, sources: [store], out, onProgress: () => undefined });
    const anew = { ...small, trajectories: out, retokenize: true };
    const { learning, notes } = await open(anew);
    const groups = learning.kind === "rollouts" ? learning.stored!.groups : [];
    const { groups: own } = await rolloutsOf(store, { split: "train" });
    const rewardsOf = (all: typeof own): readonly number[] =>
      all
        .flatMap(({ rollouts }) => rollouts.flatMap(({ reward }) => reward?.total ?? []))
        .toSorted((a, b) => a - b);
    expect(rewardsOf(groups)).toEqual(rewardsOf(own));
    expect(groups.length).toBeGreaterThan(1);
    expect(String(typeof notes === "function" ? notes(1) : notes)).toMatch(
      /left out: of evaluations/,
    );
    await expect(open({ ...anew, retokenize: false })).rejects.toThrow("TRAJECTORIES_NOT_OF_MODEL");
  });
});
