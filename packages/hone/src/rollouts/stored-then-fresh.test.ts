/** A curriculum beside stored rollouts: it chooses the tasks of the steps after them, and they say nothing to it. */
import { expect, it } from "vitest";
import type { GroupsRequest } from "../ports/rollout-source.ts";
import { tabularTrainingClient } from "../testing/tabular-training-client.ts";
import { tokenRollouts } from "../testing/token-rollouts.ts";
import { storedThenFresh } from "./stored-then-fresh.ts";

it("stored groups come in their own order, marked as stored; tasks are chosen behind them", async () => {
  const sampling = { maxTokens: 1 };
  const fresh = tokenRollouts({ prompts: [[0], [1]], reward: () => 1, sampling });
  const policy = await tabularTrainingClient({ vocabulary: 6 }).saveWeightsForSampler();
  const request: GroupsRequest = { policy, step: 1, groupCount: 2, groupSize: 2 };
  const groups = (await fresh.groups(request)).map(({ task, rollouts }) => ({
    task,
    rollouts: rollouts.map((one) => ({ ...one, traceId: one.id, tokens: "sampled" as const })),
  }));
  const source = storedThenFresh({ groups, steps: 1, fresh });
  const asked: (readonly string[])[] = [];
  const choosing: GroupsRequest = { ...request, choose: (ids) => (asked.push(ids), [1, 1]) };
  const stored = await source.groups(choosing);
  expect(stored).toEqual(await source.groups(request));
  expect(stored.map(({ isStored }) => isStored)).toEqual([true, true]);
  expect(asked).toEqual([]);
  const later = await source.groups({ ...choosing, step: 2 });
  expect(later.map(({ task, isStored }) => [task.id, isStored])).toEqual([
    ["task 1", undefined],
    ["task 1", undefined],
  ]);
  expect(asked).toEqual([["task 0", "task 1"]]);
});
