import { expect, it } from "vitest";
import type { Trace } from "../../core/trace.ts";
import { withId } from "../../core/feedback.ts";
import { keepFeedback } from "../../rewards/keep-feedback.ts";
import { memoryStore } from "../../store/memory-store.ts";
import { rateSolution } from "./rate-solution.ts";

const traceOf = (id: string, phase: string): Trace => ({
  ...{
    id,
    agent: "math",
    attempt: 1,
    task: "2x = 4",
    status: "completed",
    startedAt: 1,
    endedAt: 2,
  },
  ...{ tags: [], metadata: { phase }, rewards: [], spans: [] },
});
const ratingBy = (author: string, id = "solved", rating = 3) => ({ id, rating, author });

it("solutions take a hundred ratings each, and no other trace of the store takes any", async () => {
  const store = memoryStore();
  await store.put([traceOf("solved", "solve"), traceOf("trained", "train")]);
  for (const id of ["trained", "absent"])
    await expect(rateSolution(store, ratingBy("ada", id))).rejects.toThrow(
      /^SERVE_SOLUTION_UNKNOWN: There is no solution with the id "\w+" here/,
    );
  for (let i = 0; i < 100; i++) await rateSolution(store, ratingBy(`author ${i}`));
  await expect(rateSolution(store, ratingBy("ada"))).rejects.toThrow(/^SERVE_RATINGS_FULL/);
  // Who has rated may change their mind.
  await rateSolution(store, ratingBy("author 7", "solved", 5));
  const { feedback = [] } = (await store.get("solved"))!;
  expect(feedback).toHaveLength(100);
  expect(feedback.find(({ author }) => author === "solve:author 7")).toMatchObject({ rating: 5 });
  expect((await store.get("trained"))!.feedback).toBeUndefined();
});

it("a client that gives the name of a person does not replace what that person said", async () => {
  const store = memoryStore();
  await store.put([traceOf("solved", "solve")]);
  const place = { traceId: "solved", low: 1, high: 5, author: "ada", at: 1 };
  await keepFeedback(store, [withId({ kind: "rating", rating: 5, ...place })]);
  await rateSolution(store, ratingBy("ada", "solved", 1));
  const { feedback = [], rewards } = (await store.get("solved"))!;
  expect(feedback.map(({ author }) => author).toSorted()).toEqual(["ada", "solve:ada"]);
  expect(rewards).toMatchObject([{ id: "human", total: 0.5, by: "ada, solve:ada" }]);
});
