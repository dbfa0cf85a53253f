/** What a measured agent is asked is not learned from the traces in which users asked it. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { Turn } from "../../../core/rollout.ts";
import type { StoredGroup, StoredRollout } from "../../../rollouts/stored-rollouts.ts";
import { withoutMeasured } from "./measured-questions.ts";

const folder = await mkdtemp(join(tmpdir(), "hone-measured-"));
afterAll(() => rm(folder, { recursive: true, force: true }));
const tasks = join(folder, "tasks.jsonl");

function asking(id: string, ...questions: readonly string[]): StoredRollout {
  const turns = questions.map((content): Pick<Turn, "messages"> => ({
    messages: [{ role: "user", content }],
  }));
  const asked: Pick<StoredRollout, "id"> & { readonly turns: readonly Pick<Turn, "messages">[] } = {
    id,
    turns,
  };
  return asked as StoredRollout;
}

const groups: readonly StoredGroup[] = [
  { task: { id: "a" }, rollouts: [asking("1", "Where is  a-17?"), asking("2", "And B-1?")] },
  { task: { id: "b" }, rollouts: [asking("3", "Thanks.", "Where is A-17?")] },
];

it("leaves out rollouts that ask what a held-out task asks, in any turn, and counts them", async () => {
  const lines = [
    { id: "held", question: "Where is A-17?", split: "test" },
    { id: "known", question: "And B-1?", split: "train" },
  ];
  await writeFile(tasks, lines.map((line) => JSON.stringify(line)).join("\n"));
  const settings = { heldOut: 0.5, testTasks: 10, seed: 0 };
  const left = await withoutMeasured(groups, { ...settings, agent: "node a.js", tasks });
  expect(left.groups).toEqual([{ task: { id: "a" }, rollouts: [groups[0]!.rollouts[1]] }]);
  expect(left.notes).toEqual([
    "2 rollouts that ask what a held-out task asks are not learned from",
  ]);
  const unmeasured = await withoutMeasured(groups, {
    ...settings,
    agent: undefined,
    tasks: undefined,
  });
  expect(unmeasured).toEqual({ groups, notes: [] });
});
