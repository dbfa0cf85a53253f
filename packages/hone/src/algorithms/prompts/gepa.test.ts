import { describe, expect, it } from "vitest";
import { fieldsOf } from "../../core/json.ts";
import { scriptedCritic, scriptedTrials } from "../../testing/scripted-prompts.ts";
import { gepa } from "./gepa.ts";
import { methodRun } from "./prompt-run-fixture.ts";

/** A prompt of words; a task gives a point for each of its words that the prompt has. The critic adds a word at a time. */
const words = ["even", "odd", "all"];
const teaching = () => {
  let next = 0;
  return scriptedCritic((question) => {
    const prompt = /<prompt>\n(.*)\n<\/prompt>/.exec(question)![1]!;
    return `<prompt>${prompt} ${words[next++ % words.length]}</prompt>`;
  });
};
const knowing = () =>
  scriptedTrials((prompts, task) => {
    const known = Object.values(prompts).join(" ").split(" ");
    return ["all", String(fieldsOf(task)["kind"])].filter((word) => known.includes(word)).length;
  });

const small = { steps: 8, minibatchSize: 4, validationSize: 4 };

describe("gepa", () => {
  it("keeps what is better on its minibatch, and measures only that on the validation tasks", async () => {
    const [critic, trials] = [teaching(), knowing()];
    const { last, end, steps } = await methodRun({ method: gepa(small), critic, trials });
    expect(end).toBe("steps");
    expect(steps).toHaveLength(9);
    const best = last.candidates[last.best]!;
    expect(best.score).toBe(2);
    expect(best.prompts["system"]!.split(" ")).toEqual(expect.arrayContaining(words));
    // Every candidate was better on some tasks than what it came from.
    for (const { id, parents, scores } of last.candidates.slice(1)) {
      const before = last.candidates[parents[0]!]!.scores;
      expect(
        Object.keys(scores).some((task) => scores[task]! > before[task]!),
        `${id}`,
      ).toBe(true);
    }
    expect(critic.requests).toHaveLength(8);
    const ran = trials.trials.map(({ prompts, task }) => `${prompts["system"]} ${task.id}`);
    expect(new Set(ran).size).toBe(ran.length);
    expect(last.spent.rollouts).toBe(ran.length);
  });

  it("does not measure a rewrite that is no better", async () => {
    const critic = scriptedCritic((_, i) => `<prompt>useless ${i}</prompt>`);
    const trials = knowing();
    const { last } = await methodRun({ method: gepa({ ...small, steps: 3 }), critic, trials });
    expect(last.candidates).toHaveLength(1);
    expect(last.metrics).toMatchObject({ candidates: 1, best: 0, reward: 0 });
    // 4 of the start, and of 3 minibatches each its rollouts with the start (8 tasks) and with the rewrite.
    expect(last.spent.rollouts).toBe(4 + 8 + 3 * 4);
  });

  it("finds the same with the same seed", async () => {
    const found = async (seed: number) => {
      const trials = knowing();
      const { last } = await methodRun({ method: gepa(small), critic: teaching(), trials, seed });
      return { candidates: last.candidates, trials: trials.trials };
    };
    expect(await found(3)).toEqual(await found(3));
    expect((await found(4)).trials).not.toEqual((await found(3)).trials);
  });

  it("gives each prompt of a candidate its turn", async () => {
    // The critic teaches "plan" the even and "solve" the odd tasks, whatever else it is asked.
    const critic = scriptedCritic((question) =>
      /The prompt "plan" that/.test(question) ? "<prompt>even</prompt>" : "<prompt>odd</prompt>",
    );
    const prompts = { plan: "-", solve: "-" };
    const method = gepa({ ...small, steps: 12 });
    const { last } = await methodRun({ method, critic, trials: knowing(), prompts });
    expect(last.candidates[last.best]).toMatchObject({
      score: 1,
      prompts: { plan: "even", solve: "odd" },
    });
  });

  it("never exceeds its budget, and keeps what it has found", async () => {
    for (const rollouts of [4, 9, 13, 17, 25]) {
      const trials = knowing();
      const method = gepa({ ...small, steps: 50, budget: { rollouts } });
      const { last, end } = await methodRun({ method, critic: teaching(), trials });
      expect(end).toBe("budget");
      expect(trials.trials.length).toBeLessThanOrEqual(rollouts);
      expect(last.candidates.length).toBeGreaterThan(0);
    }
  });

  it.each([
    [{ steps: 0 }, /steps = 0/],
    [{ merges: -1 }, /merges = -1/],
    [{ minibatch: 3 } as object, /gepa got options = \{ minibatch: … \}/],
  ])("refuses impossible settings: %j", (options, message) =>
    expect(() => gepa(options)).toThrow(message),
  );

  it("refuses merges for one prompt", async () => {
    const run = methodRun({ method: gepa({ merges: 1 }), critic: teaching(), trials: knowing() });
    await expect(run).rejects.toThrow(/merges = 1; it must be 0: an agent with one prompt/);
  });

  it("merges what two lines have learned", async () => {
    // It knows what to write only while the other prompt is as it was, so that no line learns both.
    let useless = 0;
    const critic = scriptedCritic((question) => {
      if (!question.includes('which stays:\n"-"')) return `<prompt>useless ${useless++}</prompt>`;
      return question.includes('The prompt "plan" that')
        ? "<prompt>even</prompt>"
        : "<prompt>odd</prompt>";
    });
    // A new plan costs the odd tasks something, so that the start stays in the Pareto set and gets a child of the other kind.
    const trials = scriptedTrials(({ plan, solve }, task) => {
      if (fieldsOf(task)["kind"] === "even") return plan === "even" ? 1 : 0;
      return solve === "odd" ? 1 : plan === "-" ? 0.1 : 0;
    });
    const method = gepa({ ...small, steps: 12, merges: 2 });
    const { last } = await methodRun({
      method,
      critic,
      trials,
      prompts: { plan: "-", solve: "-" },
    });
    const merged = last.candidates.filter(({ parents }) => parents.length === 2);
    expect(merged).toMatchObject([{ prompts: { plan: "even", solve: "odd" }, score: 1 }]);
  });
});
