import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { environmentContract, runEpisode } from "hone-rl/environments";
import domain, { guide, walk, type WalkTask } from "./domain.ts";

const task: WalkTask = { id: "2 to 4", level: 1, start: 2, target: 4 };
const tasks =
  typeof domain.tasks === "function" ? [] : [...domain.tasks.train, ...domain.tasks.test];

describe("the environment", () => {
  environmentContract(it, { create: walk, tasks, expert: () => guide(0, 0) });

  it("pays for steps towards the target and for stopping there", async () => {
    const episode = await runEpisode(walk(), task, guide(0, 0));
    assert.deepEqual(
      episode.steps.map(({ state, action, reward }) => [state, action.name, reward]),
      [
        ["2 too low", "up", 0.1],
        ["1 too low", "up", 0.1],
        ["there", "stop", 1],
      ],
    );
  });

  it("takes a stop elsewhere for the end, without success", async () => {
    const episode = await runEpisode(walk(), task, { selectAction: () => ({ name: "stop" }) });
    assert.equal(episode.isSuccess, false);
    assert.equal(episode.totalReward, -0.1);
  });
});

describe("the tasks", () => {
  it("are in one split only, each under an id of its own", () => {
    assert.equal(new Set(tasks.map(({ id }) => id)).size, tasks.length);
  });
});

describe("a problem that a user writes", () => {
  it("is the task that reads so, and its solution the steps", async () => {
    assert.deepEqual(domain.problem?.(" 2 to 4 "), task);
    assert.equal(domain.problemText?.(task), "2 to 4");
    const episode = await runEpisode(walk(), task, guide(0, 0));
    assert.equal(domain.solution?.(task, episode), "up, up, stop");
  });

  it("is refused with how one is written", () => {
    assert.throws(() => domain.problem?.("to the sea"), /such as "2 to 4"/);
  });
});
