/** A curriculum beside stored rollouts, which chooses the tasks of the steps after them; and stored messages that the policy cannot read. */
import { expect, it } from "vitest";
import { HoneError } from "../core/errors.ts";
import type { Message } from "../core/message.ts";
import type { GroupsRequest } from "../ports/rollout-source.ts";
import { letterRenderer } from "../testing/letter-renderer.ts";
import { tabularTrainingClient } from "../testing/tabular-training-client.ts";
import { answeredTrace } from "../testing/answered-trace.ts";
import { tokenRollouts } from "../testing/token-rollouts.ts";
import { storedThenFresh } from "./stored-then-fresh.ts";
import { unreadTurns } from "./unread-turns.ts";

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

it("a stored conversation that the model cannot read fails alone, with the reason", async () => {
  const letters = letterRenderer("abq");
  const renderer = {
    ...letters,
    conversation: async (messages: readonly Message[]) => {
      const { tokens, mask } = await letters.conversation(messages);
      const said = messages.at(-1)!.content;
      if (said === "b")
        throw new HoneError("CHAT_TEMPLATE_FAILED", { where: "b", problem: "no b" });
      return { tokens, mask: said === "bb" ? mask.map(() => 0) : mask };
    },
  };
  const policy = await tabularTrainingClient({
    vocabulary: letters.vocabulary,
  }).saveWeightsForSampler();
  const stored = ["a", "b", "bb"].map((said) => ({
    ...{ id: said, traceId: said, task: { id: "q" }, answer: said, isSuccess: true },
    ...{ turns: unreadTurns(answeredTrace(said, said, "q")), tokens: "none" as const },
    ...{ reward: { total: 1, components: {}, source: "rule" as const } },
    ...{ failure: undefined, attempts: 1, seconds: 0 },
  }));
  const source = storedThenFresh({
    groups: [{ task: { id: "q" }, rollouts: stored }],
    ...{ steps: 1, fresh: { groups: async () => [] }, renderer },
  });
  const [group] = await source.groups({ policy, step: 1, groupCount: 1, groupSize: 3 });
  expect(
    group!.rollouts.map(({ failure, reward, turns }) => [
      failure?.message.split("\n")[0],
      reward?.total,
      turns.map(({ tokens }) => tokens.length),
    ]),
  ).toEqual([
    [undefined, 1, [2]],
    [expect.stringMatching(/^CHAT_TEMPLATE_FAILED: .*no b/), undefined, []],
    [expect.stringMatching(/no token of its own/), undefined, []],
  ]);
});
