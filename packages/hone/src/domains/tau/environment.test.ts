import { describe, expect, it } from "vitest";
import { parseAction } from "../../environments/action-text.ts";
import { majorityAgent, randomAgent } from "../../environments/baseline-agents.ts";
import { conversationOf } from "../../environments/chat-format.ts";
import { type ActionAgent, runEpisode } from "../../environments/run-episode.ts";
import type { Episode, StepResult } from "../../ports/environment.ts";
import { environmentContract } from "../../testing/environment-contract.ts";
import { serviceEnvironment } from "./environment.ts";
import { serviceExpert } from "./expert.ts";
import { compactServiceFormat } from "./format.ts";
import type { Request } from "./requests.ts";
import { serviceEpisodeReward } from "./rewards.ts";
import type { Order } from "./shop.ts";
import { type ServiceTask, serviceTasks } from "./tasks.ts";

const tasks = serviceTasks({ split: "train", count: 60, levels: [1, 2, 3], seed: 3 });

const orders: readonly Order[] = [
  { id: 17, customer: "ada", item: "lamp", status: "pending", days: 5, city: "Oslo" },
  { id: 23, customer: "ada", item: "chair", status: "delivered", days: 30, city: "Oslo" },
  { id: 31, customer: "ada", item: "clock", status: "delivered", days: 31, city: "Lima" },
  { id: 40, customer: "boris", item: "radio", status: "pending", days: 2, city: "Cairo" },
];

const taskOf = (...requests: readonly Request[]): ServiceTask => ({
  ...{ id: "own", shop: 0, customer: "ada", orders, requests, level: 1 },
});

/** Plays these lines on a task. */
function play(task: ServiceTask, lines: readonly string[], maxActions = 24): readonly StepResult[] {
  const environment = serviceEnvironment({ maxActions });
  environment.reset(task, 0);
  return lines.map((line) => environment.step(parseAction(line)!));
}
const seen = (results: readonly StepResult[]): string[] => results.map((r) => r.observation);
const total = (results: readonly StepResult[]): number =>
  results.reduce((sum, { reward }) => sum + reward, 0);
const isSuccess = (results: readonly StepResult[]): unknown => results.at(-1)!.info["isSuccess"];

const episodes = (agentOf: (index: number) => ActionAgent): Promise<readonly Episode[]> =>
  Promise.all(tasks.map((task, i) => runEpisode(serviceEnvironment(), task, agentOf(i))));
const solved = (all: readonly Episode[]): number =>
  all.filter((episode) => episode.isSuccess).length / all.length;

const known = ["say May I have your e-mail address?", "find_customer ada"];
const cancel = taskOf({ kind: "cancel", order: 17 });

describe("the environment of the service desk", () => {
  environmentContract(it, {
    create: () => serviceEnvironment(),
    tasks,
    expert: () => serviceExpert(),
    arguments: ["", "17", "ada", "cannot", "done", "Please confirm: cancel order 17.", "17 Oslo"],
  });

  it("pays each call that is needed, the decision on what was looked up, and the outcome", () => {
    const results = play(cancel, [
      ...known,
      "get_order 17",
      "say Shall I cancel order 17?",
      "cancel_order 17",
      "say It is cancelled.",
    ]);
    expect(seen(results)).toEqual([
      "My email is ada.",
      "customer ada: orders 17, 23, 31",
      "order 17: customer ada, lamp, pending, 5 days, Oslo",
      "Yes.",
      "cancelled 17",
      "Thank you, goodbye.",
    ]);
    // Three calls are needed. Of n right calls the harmonic mean is 2 n / (n + 3), a third of quality, which weighs 0.3: 0.1 · (1/2, 4/5, 1).
    const rewards = [0, 0.05, 0.03, 0, 0.02 + 0.1, 0.4 + 0.2 + 0.1 + 0.1];
    results.forEach(({ reward }, i) => expect(reward).toBeCloseTo(rewards[i]!, 9));
    expect(results.at(-1)).toMatchObject({ terminated: true, info: { isSuccess: true } });
  });

  it("knows success by the database and by what the customer was told", () => {
    const way = [...known, "get_order 17", "say confirm 17", "cancel_order 17"];
    expect(isSuccess(play(cancel, [...way, "say done"]))).toBe(true);
    expect(isSuccess(play(cancel, [...way, "say I cannot"]))).toBe(false);
    expect(isSuccess(play(cancel, [...way.slice(0, -1), "say done"]))).toBe(false);
    expect(isSuccess(play(cancel, [...way, "change_address 17 Lima", "say done"]))).toBe(false);
    expect(isSuccess(play(cancel, [...way, "cancel_order 40", "say done"]))).toBe(false);
  });

  it.each<[string, Request, readonly string[], boolean]>([
    [
      "a return on the last day",
      { kind: "return", order: 23 },
      ["say confirm 23", "return_order 23", "say done"],
      true,
    ],
    ["a return too late, refused", { kind: "return", order: 31 }, ["say I cannot"], true],
    [
      "a return too late, done",
      { kind: "return", order: 31 },
      ["say confirm 31", "return_order 31", "say done"],
      false,
    ],
    ["a delivered order, not cancelled", { kind: "cancel", order: 23 }, ["say I cannot"], true],
    [
      "a new city",
      { kind: "address", order: 17, city: "Lima" },
      ["say confirm 17 Lima", "change_address 17 Lima", "say done"],
      true,
    ],
    [
      "another city than asked for",
      { kind: "address", order: 17, city: "Lima" },
      ["say confirm 17 Lima", "change_address 17 Oslo", "say done"],
      false,
    ],
    ["the status", { kind: "status", order: 31 }, ["say It is delivered."], true],
    ["a wrong status", { kind: "status", order: 31 }, ["say It is shipped."], false],
  ])("serves %s", (_name, request, lines, expected) => {
    const way = [...known, `get_order ${request.order}`, ...lines];
    const results = play(taskOf(request), way);
    expect(results.at(-1)!.terminated).toBe(true);
    expect(isSuccess(results)).toBe(expected);
    if (expected) expect(total(results)).toBeCloseTo(1, 9);
  });

  it("takes a refusal for success only where the order, or its absence, was looked up", () => {
    const foreign = taskOf({ kind: "cancel", order: 40 });
    expect(isSuccess(play(foreign, ["say I cannot"]))).toBe(false);
    expect(isSuccess(play(foreign, [...known, "say I cannot"]))).toBe(true);
    expect(isSuccess(play(taskOf({ kind: "return", order: 31 }), [...known, "say I cannot"]))).toBe(
      false,
    );
  });

  it("goes from one request to the next, and counts each for itself", () => {
    const two = taskOf({ kind: "status", order: 23 }, { kind: "cancel", order: 31, wording: 1 });
    const results = play(two, [
      ...known,
      "get_order 23",
      "say delivered",
      "get_order 31",
      "say done",
    ]);
    expect(seen(results).slice(3)).toEqual([
      "I do not need order 31 any more.",
      "order 31: customer ada, clock, delivered, 31 days, Lima",
      "Thank you, goodbye.",
    ]);
    // Reasoning 1/2, policy 2/2, tools 1, state 1; no completion, since the second request was to be refused.
    expect(isSuccess(results)).toBe(false);
    expect(total(results)).toBeCloseTo(0.3 + 0.1 / 2, 9);
  });

  it("pays less for a broken policy: no confirmation, no identification, another customer's order", () => {
    const paid = (...lines: readonly string[]): number => total(play(cancel, lines));
    const right = ["get_order 17", "say confirm 17", "cancel_order 17", "say done"];
    // Policy 0 costs 0.1; a call that breaks it is no needed call either: tools 2 · 2 / 6, 2 · 1 / 6 and 2 · 3 / 7 instead of 1.
    expect(paid(...known, "get_order 17", "cancel_order 17", "say done")).toBeCloseTo(
      0.4 + 0.2 + 0.1 * (4 / 6) + 0.1 + 0.1,
      9,
    );
    expect(paid("get_order 17", ...known, ...right.slice(1))).toBeCloseTo(0.9 - 0.1 * (2 / 6), 9);
    expect(paid(...known, "get_order 40", ...right)).toBeCloseTo(
      0.4 + 0.2 * (6 / 7) + 0.1 * (6 / 7) + 0.1 + 0.1,
      9,
    );
  });

  it.each([
    ["say", "invalid: no argument"],
    ["get_order 99", "invalid: no such order"],
    ["cancel_order lamp", "invalid: no such order"],
    ["change_address 17", "invalid: no such order"],
    ["dance 1", "invalid: unknown action"],
  ])("takes %s for invalid", (line, observation) => {
    expect(play(cancel, [line])[0]).toMatchObject({
      observation,
      reward: -0.05,
      terminated: false,
    });
  });

  it("pays nothing for doing nothing, and cuts the episode off after its limit", () => {
    const results = play(cancel, ["say hello", "say hello", "say hello"], 3);
    expect(seen(results)).toEqual(Array(3).fill("I do not understand."));
    expect(results.map(({ reward, truncated }) => [reward, truncated])).toEqual([
      ...[
        [0, false],
        [0, false],
        [0, true],
      ],
    ]);
    expect(() => serviceEnvironment({ maxActions: 0 })).toThrow(/OPTION_INVALID/);
  });

  it("answers a confirmation only of what was asked for", () => {
    const task = taskOf({ kind: "address", order: 17, city: "Lima" });
    const lines = [
      "say confirm 23",
      "say confirm 17",
      "say confirm 17 to Oslo",
      "say ok, 17 to Lima?",
    ];
    expect(seen(play(task, lines))).toEqual([
      ...Array(3).fill("No, that is not what I asked for."),
      "Yes.",
    ]);
  });
});

describe("the expert of the service desk", () => {
  it("errs more often the higher its mistake rate, and the same way for the same seed", async () => {
    const at = (mistakeRate: number) => episodes((seed) => serviceExpert({ mistakeRate, seed }));
    const shares = [solved(await at(0)), solved(await at(0.2)), solved(await at(0.6))];
    expect(shares[0]).toBe(1);
    expect(shares[1]).toBeLessThan(1);
    expect(shares[2]).toBeLessThan(shares[1]! - 0.2);
    expect(await at(0.5)).toEqual(await at(0.5));
    expect(() => serviceExpert({ mistakeRate: 2 })).toThrow(/OPTION_INVALID/);
  });

  it("does far better than chance, and than doing always what is most frequent", async () => {
    const expert = await episodes(() => serviceExpert());
    expect(solved(await episodes((seed) => randomAgent(expert, seed)))).toBeLessThan(0.1);
    expect(solved(await episodes(() => majorityAgent(expert)))).toBeLessThan(0.1);
  });

  it("speaks in few words to a small model", async () => {
    const episode = await runEpisode(serviceEnvironment(), cancel, serviceExpert());
    const said = conversationOf(episode, compactServiceFormat).map(({ content }) => content);
    expect(said.join(" / ")).toBe(
      "cancel order 17 / say email / email ada / find_customer ada / customer ada orders 17 23 31 / get_order 17 / order 17 customer ada lamp pending 5 Oslo / say confirm cancel order 17 / Yes / cancel_order 17 / cancelled 17 / say done",
    );
  });
});

describe("the reward of the service desk", () => {
  it("is the sum of the steps, in the four parts with their weights and the costs", async () => {
    for (const mistakeRate of [0, 0.4]) {
      const all = await episodes((seed) => serviceExpert({ mistakeRate, seed }));
      all.forEach((episode, i) => {
        const { total: sum, components } = serviceEpisodeReward(tasks[i]!, episode);
        const {
          completion = 0,
          efficiency = 0,
          quality = 0,
          reasoning = 0,
          invalid = 0,
        } = components;
        expect(sum).toBeCloseTo(episode.totalReward, 9);
        const weighed = 0.4 * completion + 0.2 * efficiency + 0.3 * quality + 0.1 * reasoning;
        expect(weighed + invalid).toBeCloseTo(sum, 9);
        expect(components["success"]).toBe(completion);
        const { policy = 0, tools = 0, state = 0 } = components;
        expect(quality).toBeCloseTo((policy + tools + state) / 3, 9);
      });
    }
  });
});
