/** Rewards of recorded traces by the reward of a run. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { withId } from "../../core/feedback.ts";
import type { Trace } from "../../core/trace.ts";
import { rewardOfTrace } from "../../core/trace-reward.ts";
import { answeredTrace } from "../../testing/answered-trace.ts";
import { scoredTraces } from "./scored-traces.ts";

const folder = mkdtempSync(join(tmpdir(), "hone-scored-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const trace = (id: string, answer: string, more: Partial<Trace> = {}): Trace => ({
  ...answeredTrace(id, answer, `question of ${id}`),
  ...more,
});
const corrected = (id: string, said: string, right: string): Trace =>
  trace(id, said, {
    feedback: [withId({ kind: "correction", author: "ada", at: 1, traceId: id, answer: right })],
  });
const rated = trace("rated", "no", {
  rewards: [{ id: "r", at: 1, total: 7, components: {}, source: "human" }],
});

function rewardFile(name: string, code: string): string {
  const file = join(folder, name);
  writeFileSync(file, code);
  return file;
}

it("scores what has no reward by the question and the answer, and leaves other rewards as they are", async () => {
  const file = rewardFile(
    "words.mjs",
    `export default ({ answer, task, turns }) => {
      if (answer === "oops") throw new Error("no such answer");
      if (task.answer !== undefined) throw new Error("the agent's own answer is no measure");
      return { total: task.question === "question of a" ? 1 : 0, components: { calls: turns.length } };
    };`,
  );
  const failed = trace("f", "yes", { status: "failed" });
  const given = [trace("a", "yes"), trace("b", "yes"), rated, trace("c", "oops"), failed];
  const { traces, notes } = await scoredTraces(given, { reward: file, deadline: 9 });
  expect(traces.map(rewardOfTrace)).toEqual([1, 0, 7, undefined, undefined]);
  expect(traces[0]!.rewards).toMatchObject([
    { by: file, source: "rule", components: { calls: 1 } },
  ]);
  expect(notes).toEqual([
    "of 5 traces to learn from 2 were scored by --reward, 1 had a reward, 2 have none, of these 1 failed at it, first: no such answer",
  ]);
});

it("compares with an answer only where a person gave one", async () => {
  const given = [trace("a", "yes"), corrected("b", "yes", "no"), corrected("c", "no", "no")];
  const { traces, notes } = await scoredTraces(given, { reward: "exact", deadline: 9 });
  expect(traces.map(rewardOfTrace)).toEqual([undefined, 0, 1]);
  expect(notes[0]).toMatch(/1 have none, of these 1 have no correction that exact compares with$/);
});

it("waits for a reward no longer than the deadline, and says why a reward of groups scores none", async () => {
  const slow = rewardFile(
    "slow.mjs",
    `export default ({ answer }) => (answer === "slow" ? new Promise(() => undefined) : 1);`,
  );
  const given = [trace("a", "slow"), trace("b", "quick")];
  const late = await scoredTraces(given, { reward: slow, deadline: 0.05 });
  expect(late.traces.map(rewardOfTrace)).toEqual([undefined, 1]);
  expect(late.notes[0]).toMatch(/1 failed at it, first: it was still running after 0\.05 s$/);
  const stop = new AbortController();
  const options = { reward: slow, deadline: 9, signal: stop.signal };
  setTimeout(() => stop.abort(), 20);
  await expect(scoredTraces(given, options)).rejects.toThrow("CANCELLED");

  const groups = rewardFile("groups.mjs", "export default { rewards: () => [] };");
  const none = await scoredTraces(given, { reward: groups, deadline: 9 });
  expect(none.notes[0]).toMatch(
    /0 were scored by --reward, 2 have none: .*groups\.mjs scores groups, and has no `heldOut` for one trace$/,
  );
});
