/** A run of PPO on a golden folder: the critic that it opens is kept in its checkpoints, and resuming changes nothing. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { ppo } from "../../algorithms/policy-gradient/ppo.ts";
import { trainEvents } from "./train.ts";
import type { PipelineEvent } from "./pipeline-events.ts";
import type { TrainOptions } from "./train-options.ts";

const model = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");
const root = mkdtempSync(join(tmpdir(), "hone-ppo-run-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Question {
  readonly id: string;
}

const options = (changes: Partial<TrainOptions<Question, string>>) => ({
  model,
  agent: async ({ id: content }: Question, { model: policy, signal }: Parts) =>
    (await policy.chat([{ role: "user", content }], { signal })).content,
  tasks: { train: [{ id: "one" }, { id: "two" }], test: [{ id: "three" }] },
  reward: ({ answer }: { readonly answer: string }) => answer.length % 5,
  algorithm: ppo({ steps: 3, groupSize: 2, groupsPerStep: 2, learningRate: 1e-2, bootstrap: true }),
  sampling: { maxTokens: 4 },
  threads: 1,
  keepRollouts: "none" as const,
  checkpointEvery: 1,
  ...changes,
});
type Parts = Parameters<TrainOptions<Question, string>["agent"]>[1];

async function events(changes: Partial<TrainOptions<Question, string>>, stop?: AbortController) {
  const seen: PipelineEvent[] = [];
  for await (const event of trainEvents(options(changes))) {
    seen.push(event);
    if (event.kind === "step" && event.step.step === 2) stop?.abort();
  }
  return seen;
}

const numbersOf = (seen: readonly PipelineEvent[]) =>
  seen.flatMap((event) => (event.kind === "step" ? [event.step.metrics] : []));

it("resumed from a checkpoint equals the run without interruption", async () => {
  const whole = await events({ out: join(root, "whole") });
  expect(numbersOf(whole)[0]).toMatchObject({ value_mean: 0, updates: 4 });
  expect(numbersOf(whole)[2]!["value_mean"]).not.toBe(0);

  const stop = new AbortController();
  const out = join(root, "stopped");
  const first = await events({ out, signal: stop.signal }, stop);
  const saved = first.filter((event) => event.kind === "checkpoint").at(-1)!;
  expect(existsSync(join(saved.path, "critic", "state.safetensors"))).toBe(true);
  const rest = await events({ resume: out });
  expect([...numbersOf(first), ...numbersOf(rest)].map(timeless)).toEqual(
    numbersOf(whole).map(timeless),
  );
  const weights = (folder: string) =>
    readFileSync(join(root, folder, "adapter", "adapter_model.safetensors"));
  expect(weights("stopped").equals(weights("whole"))).toBe(true);
});

/** Without the number that counts snapshots of a session. */
const timeless = ({ weights_lag: _lag, ...metrics }: Readonly<Record<string, number>>) => metrics;
