import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { HeldRollout } from "../ports/rollout-queue.ts";
import { queueWatch } from "./queue-watch.ts";
import { RolloutProgress } from "./rollout-progress.ts";

beforeEach(() => vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => vi.useRealTimers());

const waiting = new Map(["a", "b", "c"].map((id) => [`run/${id}`, id]));

/** A watch on a queue in which these rollouts are held, and what it told. */
function watched() {
  const held: HeldRollout[] = [];
  const progress = new RolloutProgress();
  const absent: number[] = [];
  const watch = queueWatch({
    queue: { held: async () => [...held] },
    progress,
    onAbsent: (count) => absent.push(count),
  });
  return { held, progress, absent, watch };
}

it("counts what workers hold of the request, and what waits", async () => {
  const { held, progress, watch } = watched();
  progress.begin(3);
  held.push({ id: "run/a", worker: "w1" }, { id: "run/b", worker: "w2" });
  held.push({ id: "another/a", worker: "w3" });
  await watch.look(waiting);
  const queue = { workers: 2, waiting: 1 };
  expect(progress.counts).toMatchObject({ total: 3, running: 2, longestSeconds: 0, queue });
  held.splice(0, 1);
  vi.advanceTimersByTime(4000);
  await watch.look(waiting);
  expect(progress.counts).toMatchObject({ running: 1, longestSeconds: 4 });
  watch.end();
  expect(progress.counts).toMatchObject({ running: 0, queue: { workers: 0, waiting: 0 } });
});

it("tells once that no worker came for 30 s, and again after one had come and gone", async () => {
  const { held, absent, watch } = watched();
  const pass = async (seconds: number): Promise<void> => {
    vi.advanceTimersByTime(seconds * 1000);
    await watch.look(waiting);
  };
  await pass(29);
  expect(absent).toEqual([]);
  await pass(1);
  await pass(60);
  expect(absent).toEqual([3]);
  held.push({ id: "another/a", worker: "w" });
  await pass(60);
  held.pop();
  await pass(29);
  expect(absent).toEqual([3]);
  await pass(1);
  expect(absent).toEqual([3, 3]);
});

it("takes a rollout that ended for a worker that was there", async () => {
  const { absent, watch } = watched();
  vi.advanceTimersByTime(29_000);
  watch.sawWorker();
  vi.advanceTimersByTime(29_000);
  await watch.look(waiting);
  expect(absent).toEqual([]);
});
