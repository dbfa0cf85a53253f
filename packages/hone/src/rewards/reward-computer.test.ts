import { describe, expect, it } from "vitest";
import { isError } from "../core/errors.ts";
import { RewardComponent, rewardComponent, RewardComputer } from "./reward-computer.ts";

class Brevity extends RewardComponent<string> {
  readonly name = "brevity";
  readonly range = { low: -1, high: 0 };
  compute(text: string): number {
    return -Math.min(1, text.length / 100);
  }
}

const polite = rewardComponent({
  name: "polite",
  compute: (text: string) => (text === "" ? undefined : Number(text.includes("please"))),
});

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return "none";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe("a reward computer", () => {
  const rewards = new RewardComputer({
    components: [new Brevity(), polite],
    weights: { brevity: 0.5 },
  });

  it("sums components of a class and of a function by their weights", async () => {
    const reward = await rewards.compute("please".padEnd(50));
    expect(reward).toEqual({
      total: 0.75,
      components: { brevity: -0.5, polite: 1 },
      source: "rule",
    });
  });

  it("leaves out what does not apply", async () => {
    expect((await rewards.compute("")).components).toEqual({ brevity: -0 });
  });

  it("gives no reward where nothing applies, which 0 would be", async () => {
    const computer = new RewardComputer({ components: [polite] });
    const error = await computer.compute("").catch((thrown: unknown) => thrown);
    expect(isError(error, "REWARD_NOT_APPLICABLE") && error.facts).toEqual({
      components: ["polite"],
    });
  });

  it("names the components there are for a weight of none of them, and options for a slip", () => {
    const components = [new Brevity(), polite];
    expect(() => new RewardComputer({ components, weights: { polit: 0.2 } })).toThrow(
      "RewardComputer got weights = { polit: 0.2 }; it must be an object with no other keys than brevity, polite.",
    );
    expect(() => new RewardComputer({ components, weight: {} } as never)).toThrow(
      "RewardComputer got options = { weight: … }; it must be an object with no other keys than components, source, timeoutMs, weights.",
    );
  });

  it("knows the range of its total, negative weights too", () => {
    expect(rewards.range).toEqual({ low: -0.5, high: 1 });
    const against = new RewardComputer({ components: [polite], weights: { polite: -2 } });
    expect(against.range).toEqual({ low: -2, high: 0 });
  });

  /** A promise that is no `Promise`, as libraries make them. */
  const promiseOfAnother = ({ error }: { readonly error?: Error } = {}): PromiseLike<number> => {
    const own = new Promise<number>((_, reject) => error && reject(error));
    return {
      // A promise of this kind is what is tested.
      // oxlint-disable-next-line unicorn/no-thenable
      then: own.then.bind(own),
    };
  };

  const of = (
    compute: (text: string) => number | undefined | PromiseLike<number>,
    timeoutMs = 1000,
  ) => new RewardComputer({ components: [rewardComponent({ name: "bad", compute })], timeoutMs });

  it.each([
    ["a number outside the range", of(() => 1.5), "REWARD_OUT_OF_RANGE"],
    ["no number", of(() => Number.NaN), "REWARD_INVALID"],
    ["a text", of(() => "much" as never), "REWARD_INVALID"],
    ["an exception", of(() => JSON.parse("{")), "REWARD_COMPONENT_FAILED"],
    ["a rejection", of(() => Promise.reject(new Error("down"))), "REWARD_COMPONENT_FAILED"],
    ["nothing ever", of(() => new Promise<number>(() => undefined), 20), "REWARD_COMPONENT_FAILED"],
    ["another's promise, for ever", of(() => promiseOfAnother(), 20), "REWARD_COMPONENT_FAILED"],
    [
      "a rejection of another's promise",
      of(() => promiseOfAnother({ error: new Error("down") })),
      "REWARD_COMPONENT_FAILED",
    ],
  ])("refuses a component that gives %s", async (_, computer, code) => {
    expect(await codeOf(() => computer.compute("x"))).toBe(code);
  });

  it.each([
    ["no components", { components: [] }],
    ["two of one name", { components: [polite, polite] }],
    ["a weight for nobody", { components: [polite], weights: { kind: 1 } }],
    ["a weight that is no number", { components: [polite], weights: { polite: Number.NaN } }],
    [
      "an empty range",
      {
        components: [rewardComponent({ name: "x", range: { low: 1, high: 1 }, compute: () => 1 })],
      },
    ],
    ["no time", { components: [polite], timeoutMs: 0 }],
  ])("cannot be made with %s", async (_, options) => {
    const error = await codeOf(() => new RewardComputer(options));
    expect(error).toBe("OPTION_INVALID");
  });

  it("forgives rounding at the ends of a range, and nothing beyond", async () => {
    expect((await of(() => 1 + 1e-12).compute("x")).total).toBe(1);
    const error = await of(() => 1.001)
      .compute("x")
      .catch((thrown: unknown) => thrown);
    expect(isError(error, "REWARD_OUT_OF_RANGE")).toBe(true);
  });
});
