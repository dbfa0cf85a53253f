/** Waiting is seen: rollouts that run, and answers that are scored after them. */
import { expect, it } from "vitest";
import { RolloutProgress } from "../../rollouts/rollout-progress.ts";
import { whileRunning } from "./while-running.ts";

it("reports while rollouts run, while known answers are scored, and while nothing is known but the time", async () => {
  const progress = new RolloutProgress();
  const { promise, resolve } = Promise.withResolvers<string>();
  const events = whileRunning(promise, { name: "start", progress, deadline: 60 });
  progress.begin(1);
  progress.start("a");
  expect((await events.next()).value).toMatchObject({ kind: "rollouts", done: 0, running: 1 });
  progress.end({ id: "a", failure: undefined });
  progress.score(0, 4);
  const scored = { done: 0, total: 4, seconds: expect.any(Number) };
  expect((await events.next()).value).toMatchObject({ done: 1, running: 0, scored });
  progress.score(4, 4);
  expect((await events.next()).value).toMatchObject({ kind: "computing", name: "start" });
  resolve("the result");
  expect(await events.next()).toEqual({ done: true, value: "the result" });
});
