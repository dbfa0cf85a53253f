import { describe, expect, it } from "vitest";
import { scriptedCritic, scriptedTrials } from "../../testing/scripted-prompts.ts";
import { apo } from "./apo.ts";
import { methodRun, someTasks } from "./prompt-run-fixture.ts";

/** The prompt of a question is a number, and so is its reward; each edit adds one, two, three … to it. */
const numberIn = (question: string): number =>
  Number(/<prompt>\n(-?\d+)\n<\/prompt>/.exec(question)![1]);
const counting = () => {
  let edits = 0;
  return scriptedCritic((question) =>
    question.includes("A critic says")
      ? `<prompt>${numberIn(question) + ++edits}</prompt>`
      : `critique of ${numberIn(question)}`,
  );
};
const numbers = () => scriptedTrials(({ system }) => Number(system));

const small = { rounds: 2, beamWidth: 2, branchFactor: 2, minibatchSize: 3, validationSize: 4 };

describe("apo", () => {
  it("edits every prompt of the beam against its critique, and keeps the best by the validation tasks", async () => {
    const critic = counting();
    const { steps, last, end } = await methodRun({ method: apo(small), critic, trials: numbers() });
    expect(end).toBe("steps");
    expect(steps.map(({ step }) => step)).toEqual([0, 1, 2]);
    // Round 1: 0 → 1, 2. Beam 2, 1. Round 2: 2 + 3, 2 + 4 of the best, 1 + 5, 1 + 6 of the other; 6 is found twice.
    expect(last.candidates.map(({ prompts }) => Number(prompts["system"]))).toEqual([
      0, 1, 2, 5, 6, 7,
    ]);
    expect(last.candidates.map(({ parents }) => parents)).toEqual([[], [0], [0], [2], [2], [1]]);
    expect(last.candidates.map(({ score }) => score)).toEqual([0, 1, 2, 5, 6, 7]);
    expect(last.best).toBe(5);
    expect(last.warnings).toEqual({ PROMPT_EDITS_REPEATED: 1 });
    expect(critic.requests[2]!.messages[1]!.content).toContain("critique of 0");
    expect(critic.requests.map(({ seed }) => seed)).toHaveLength(12);
    expect(new Set(critic.requests.map(({ seed }) => seed)).size).toBe(12);
  });

  it("runs nothing twice, and shows the critic no validation task", async () => {
    const [critic, trials] = [counting(), numbers()];
    const { last } = await methodRun({ method: apo(small), critic, trials });
    const ran = trials.trials.map(
      ({ prompts, task, sample }) => `${prompts["system"]} ${task.id} ${sample}`,
    );
    expect(new Set(ran).size).toBe(ran.length);
    const validation = Object.keys(last.candidates[0]!.scores);
    expect(validation).toHaveLength(4);
    const shown = critic.requests.map(({ messages }) => messages[1]!.content).join("\n");
    for (const id of validation) expect(shown).not.toContain(`user: "${id}"`);
    // Two candidates are the start and its edits in round 1: 4 · (1 + 2 + 3) validation rollouts, and minibatches.
    expect(last.spent).toMatchObject({ rollouts: ran.length, criticCalls: 12 });
    expect(last.metrics).toMatchObject({ best: 7, candidates: 6, candidates_new: 3 });
  });

  it("finds the same with the same seed, however many calls run side by side, and other minibatches with another", async () => {
    const found = async (seed: number, criticConcurrency: number) => {
      const trials = numbers();
      const method = apo({ ...small, criticConcurrency });
      const { last } = await methodRun({ method, critic: counting(), trials, seed });
      return { candidates: last.candidates, trials: trials.trials };
    };
    const one = await found(1, 1);
    expect(await found(1, 4)).toEqual(one);
    expect((await found(2, 1)).trials).not.toEqual(one.trials);
  });

  it("asks for nothing where a minibatch could not be better", async () => {
    const critic = counting();
    const method = apo({ ...small, perfectReward: 0 });
    const { last } = await methodRun({ method, critic, trials: numbers() });
    expect(critic.requests).toHaveLength(0);
    expect(last.warnings).toEqual({ MINIBATCHES_PERFECT: 2 });
    expect(last.best).toBe(0);
  });

  it("changes several prompts in turns", async () => {
    const critic = scriptedCritic((question, index) =>
      question.includes("A critic says") ? `<prompt>${index}</prompt>` : "so",
    );
    const prompts = { plan: "p", solve: "s" };
    const trials = scriptedTrials(() => 0);
    const { steps } = await methodRun({
      method: apo({ ...small, rounds: 1 }),
      critic,
      trials,
      prompts,
    });
    expect(steps[1]!.candidates.slice(1).map((one) => one.prompts)).toEqual([
      { plan: "2", solve: "s" },
      { plan: "p", solve: "3" },
    ]);
  });
});

describe("a budget of apo", () => {
  it("in rollouts is never exceeded; edits that cannot be measured are counted, and what was found is kept", async () => {
    const trials = numbers();
    // Start 4, minibatches of round 1 at most 6: of its two edits one can be measured.
    const method = apo({ ...small, budget: { rollouts: 14 } });
    const { last, end } = await methodRun({ method, critic: counting(), trials });
    expect(end).toBe("budget");
    expect(trials.trials.length).toBeLessThanOrEqual(14);
    expect(last.candidates.map(({ score }) => score)).toEqual([0, 1]);
    expect(last.best).toBe(1);
  });

  it("in calls is refused where it does not suffice for one edit", () => {
    expect(() => apo({ budget: { criticCalls: 1 } })).toThrow(
      /OPTION_INVALID: .*budget\.criticCalls.*at least 2, a critique and an edit/,
    );
  });

  it("in calls pays for whole edits only", async () => {
    const critic = counting();
    const method = apo({ ...small, budget: { criticCalls: 3 } });
    const { last, end } = await methodRun({ method, critic, trials: numbers() });
    expect(end).toBe("budget");
    expect(critic.requests).toHaveLength(2);
    expect(last.candidates).toHaveLength(2);
  });

  it("in tokens ends before the next questions", async () => {
    const critic = counting();
    const method = apo({ ...small, budget: { criticTokens: 1 } });
    const { last, end } = await methodRun({ method, critic, trials: numbers() });
    expect(end).toBe("budget");
    expect(last.spent.criticTokens).toBeGreaterThan(1);
    expect(critic.requests).toHaveLength(2);
  });

  it("in tokens needs a critic that counts them", async () => {
    const critic = { ...counting(), ask: async () => ({ text: "", tokens: undefined }) };
    const method = apo({ ...small, budget: { criticTokens: 100 } });
    await expect(methodRun({ method, critic, trials: numbers() })).rejects.toThrow(
      /CRITIC_USAGE_UNKNOWN/,
    );
  });
});

describe("replies that cannot be used", () => {
  const start = { system: "Add {a} and {b}." };
  const method = apo({ ...small, rounds: 1, branchFactor: 1 });

  it("are asked for once more with what is wrong; an edit that loses a placeholder is refused and counted", async () => {
    const replies = ["so", "<prompt>Add {a}.</prompt>", "<prompt>Sum {a} and {b}.</prompt>"];
    const critic = scriptedCritic((_, i) => replies[i]!);
    const { last } = await methodRun({
      method,
      critic,
      trials: scriptedTrials(() => 0),
      prompts: start,
    });
    expect(critic.requests[2]!.messages.at(-1)!.content).toContain("it has lost {b}");
    expect(last.warnings).toEqual({ PROMPT_EDITS_REFUSED: 1 });
    expect(last.candidates[1]!.prompts).toEqual({ system: "Sum {a} and {b}." });
  });

  it("twice leave the prompt as it is", async () => {
    const critic = scriptedCritic((_, i) => (i === 1 ? "Hm." : "<prompt>{a} {b} {c}</prompt>"));
    const { last, end } = await methodRun({
      ...{ method, critic, trials: scriptedTrials(() => 0), prompts: start },
    });
    expect(end).toBe("steps");
    expect(last.warnings).toEqual({ CRITIC_REPLIES_UNUSABLE: 1, PROMPT_EDITS_REFUSED: 1 });
    expect(last.candidates).toHaveLength(1);
    expect(critic.requests).toHaveLength(3);
  });

  it("ten times in a row end the search, with what was found", async () => {
    const critic = scriptedCritic(() => "I cannot help with that.");
    const long = apo({ ...small, rounds: 30 });
    const { last, end } = await methodRun({ method: long, critic, trials: numbers() });
    expect(end).toBe("critic");
    expect(last).toMatchObject({ step: 5, best: 0 });
  });

  it("of a critic that binds its replies are read as JSON", async () => {
    const critic = scriptedCritic((_, i) => (i === 0 ? "so" : '{"prompt": "5"}'), {
      bindsReplies: true,
    });
    const { last } = await methodRun({ method, critic, trials: numbers() });
    expect(critic.requests.map(({ responseFormat }) => responseFormat?.type)).toEqual([
      undefined,
      "json",
    ]);
    expect(last.best).toBe(1);
  });
});

describe("impossible settings of apo", () => {
  it.each([
    [{ rounds: 0 }, /apo got rounds = 0; it must be a whole number of at least 1/],
    [{ beamWidth: 1.5 }, /beamWidth/],
    [{ minibatchSize: 0 }, /minibatchSize/],
    [{ maxExampleLength: 5 }, /maxExampleLength = 5; it must be a whole number of at least 100/],
    [{ failedReward: Number.NaN }, /failedReward/],
    [{ budget: { rollouts: 0 } }, /budget\.rollouts/],
    [{ budget: { money: 1 } as object }, /money/],
    [{ beamwidth: 2 } as object, /Did you mean beamWidth/],
  ])("are refused: %j", (options, message) => expect(() => apo(options)).toThrow(message));

  it.each([
    [{ validationSize: 12 }, 12, /validationSize = 12; it must be at most 11 of 12 tasks/],
    [
      { budget: { rollouts: 5 } },
      12,
      /budget\.rollouts = 5; it must be at least 6, what the first/,
    ],
    [{}, 1, /tasks = 1; it must be at least 2 tasks/],
  ])(
    "that depend on the tasks are refused before a rollout: %j",
    async (options, count, message) => {
      const trials = numbers();
      const run = methodRun({
        method: apo(options),
        critic: counting(),
        trials,
        tasks: someTasks(count),
      });
      await expect(run).rejects.toThrow(message);
      expect(trials.trials).toHaveLength(0);
    },
  );
});

describe("failed rollouts", () => {
  it("count as failedReward, and are counted", async () => {
    const trials = scriptedTrials(({ system }, { id }) =>
      id === "t3" ? undefined : Number(system),
    );
    const method = apo({ ...small, rounds: 1, failedReward: -8, validationSize: 11 });
    const { steps } = await methodRun({ method, critic: counting(), trials, seed: 2 });
    const [start] = steps[0]!.candidates;
    expect(start!.scores["t3"] ?? -8).toBe(-8);
    expect(steps[0]!.warnings).toEqual({ ROLLOUTS_FAILED: 1 });
    expect(start!.score).toBeCloseTo(-8 / 11, 12);
  });

  it("of all validation tasks stop the search at its start", async () => {
    const run = methodRun({
      method: apo(small),
      critic: counting(),
      trials: scriptedTrials(() => undefined),
    });
    await expect(run).rejects.toThrow(
      /ALL_ROLLOUTS_FAILED: All 4 rollouts with the prompt that apo starts from failed, most of them in the agent: it was scripted/,
    );
  });
});
