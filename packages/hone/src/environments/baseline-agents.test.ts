import { describe, expect, it } from "vitest";
import type { Action, Episode } from "../ports/environment.ts";
import { majorityAgent, randomAgent } from "./baseline-agents.ts";

const episode = (...actions: readonly Action[]): Episode => ({
  steps: actions.map((action) => ({ state: "", action, reward: 0, nextState: "" })),
  totalReward: 0,
  isSuccess: false,
  terminated: true,
  truncated: false,
});
const episodes = [
  episode({ name: "go", argument: "left" }, { name: "stop" }),
  episode({ name: "go", argument: "right" }, { name: "stop" }),
  episode({ name: "go", argument: "right" }),
];
const steps = (count: number) => episode(...Array<Action>(count).fill({ name: "go" })).steps;

describe("an agent that draws at random", () => {
  it("takes valid actions with arguments that were seen with them, the same for the same seed", async () => {
    const draw = (seed: number) =>
      Array.from({ length: 40 }, (_, i) =>
        randomAgent(episodes, seed).selectAction("", ["go", "stop", "wait"], steps(i)),
      );
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    const texts = new Set((draw(1) as Action[]).map((a) => `${a.name} ${a.argument ?? ""}`.trim()));
    expect([...texts].toSorted()).toEqual(["go left", "go right", "stop", "wait"]);
  });
});

describe("an agent that does what is most frequent", () => {
  it("takes each step's most frequent action, and the last of them for ever", async () => {
    const agent = majorityAgent(episodes);
    const taken = [0, 1, 5].map((count) => agent.selectAction("", ["go"], steps(count)));
    expect(taken).toEqual([{ name: "go", argument: "right" }, { name: "stop" }, { name: "stop" }]);
    expect(majorityAgent([]).selectAction("", ["go"], [])).toEqual({ name: "nothing" });
  });
});
