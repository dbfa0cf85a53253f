/** `train` with a reward of the group, on a golden folder of random weights. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { grpo } from "../../algorithms/policy-gradient/grpo.ts";
import type { Rollout } from "../../core/rollout.ts";
import type { RelativeJudge } from "../../ports/judge.ts";
import { groupReward, judgedGroup } from "../../rewards/group-reward.ts";
import type { PipelineEvent } from "./pipeline-events.ts";
import { train } from "./train.ts";

const model = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");
const root = mkdtempSync(join(tmpdir(), "hone-group-reward-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const report = { asked: 0, scored: 0, excluded: 0, cached: 0, calls: 0, malformed: 0, failed: 0 };

it("learns from a judge of groups, measures held-out tasks by their own reward, and stops when the budget is spent", async () => {
  const asked: number[] = [];
  const judge: RelativeJudge = {
    name: "scripted",
    rank: async ({ task, candidates }) => {
      asked.push(candidates.length);
      if (task === "two" && asked.length < 3)
        return { status: "excluded", problem: "no JSON", calls: 1 };
      const scores = candidates.map((_, i) => i / candidates.length);
      return { status: "scored", scores, reasons: candidates.map(() => "as it is"), calls: 1 };
    },
    report: () => report,
  };
  const events: PipelineEvent[] = [];
  const run = (out: string, maxCalls: number) =>
    train<{ id: string }, string>({
      model,
      agent: async ({ id }, { model: policy, signal }) =>
        (await policy.chat([{ role: "user", content: id }], { signal })).content,
      tasks: { train: [{ id: "one" }, { id: "two" }], test: [{ id: "three" }] },
      reward: groupReward(judgedGroup({ judge, maxCalls }), { heldOut: () => 0.25 }),
      algorithm: grpo({ steps: 2, groupSize: 3, groupsPerStep: 2, learningRate: 1e-3 }),
      ...{ sampling: { maxTokens: 4 }, threads: 1, out: join(root, out), keepRollouts: "none" },
      onEvent: (event) => void events.push(event),
    });
  const result = await run("whole", 100);
  // No rollouts are kept where none are wanted.
  expect(existsSync(join(result.folder, "rollouts.db"))).toBe(false);
  expect(asked).toEqual([3, 3, 3, 3]);
  expect([result.before.reward?.value, result.after.reward?.value]).toEqual([0.25, 0.25]);
  const rollouts = events.flatMap((event): readonly Rollout[] =>
    event.kind === "step" ? (event.step.rollouts ?? []) : [],
  );
  const shown = rollouts.map(({ task, reward, failure }) =>
    failure === undefined ? [task.id, reward?.total, reward?.reason] : [task.id, failure.boundary],
  );
  const one = [0, 1 / 3, 2 / 3].map((score) => ["one", score, "as it is"]);
  const firstOf = (id: string) => shown.slice(0, 6).filter(([task]) => task === id);
  expect(firstOf("one")).toEqual(one);
  expect(firstOf("two")).toEqual([1, 2, 3].map(() => ["two", "reward"]));
  expect(shown.slice(6).every(([, total]) => typeof total === "number")).toBe(true);
  await expect(run("spent", 2)).rejects.toThrow("RUN_JUDGE_BUDGET_SPENT");
});
