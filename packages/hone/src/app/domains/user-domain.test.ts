/** A user's file as a domain: what is wrong with it is said by name, and a run learns it and is measured on it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { evaluateModel } from "../training/evaluate-model.ts";
import type { PipelineEvent } from "../training/pipeline-events.ts";
import { eventsOfTraining, trainingEvents } from "../training/training-events-fixture.ts";
import { domainTexts } from "../training/sources/domain-texts.ts";
import { domainTitle, openDomain, withDomain } from "../domains.ts";

const folder = mkdtempSync(join(tmpdir(), "hone-domain-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const model = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");

/** A world of one action, in plain JavaScript; `task` is what every task needs. */
const world = `
const environment = () => ({
  reset: ({ word }) => "say " + word,
  validActions: () => ["say"],
  step: ({ name }) => ({
    observation: "over", reward: name === "say" ? 1 : -0.5, terminated: true, truncated: false,
    info: { isSuccess: name === "say" },
  }),
});
const task = (id, level = 1) => ({ id, word: "word " + id, level });
`;

let count = 0;
function file(text: string): string {
  const path = join(folder, `domain-${++count}.mjs`);
  writeFileSync(path, `${world}\n${text}`);
  return path;
}
const lists = `{ train: [task("a"), task("b", 2), task("c")], test: [task("d")] }`;
const opened = (text: string) => openDomain(file(text));

const train = { split: "train", count: 9, levels: [1], seed: 0 } as const;

describe("a domain file", () => {
  it("gives the tasks of its lists, of the levels that are asked for, at most as many as are", async () => {
    const domain = await opened(`export default { levels: 2, environment, tasks: ${lists} };`);
    const ids = (options: object) =>
      domain
        .tasks({ ...train, ...options })
        .map(({ id }) => id)
        .toSorted();
    expect(ids({})).toEqual(["a", "c"]);
    expect(ids({ levels: [1, 2] })).toEqual(["a", "b", "c"]);
    expect(ids({ levels: [1, 2], count: 2 })).toHaveLength(2);
    expect(ids({ split: "test" })).toEqual(["d"]);
    expect(() => ids({ levels: [3] })).toThrow(
      /^CONFIG_INVALID: --levels: expected a level from 1 to 2, got \[3\]/,
    );
  });

  it("rewards an episode by the sum of its steps unless it says otherwise", async () => {
    const domain = await opened(`export default { environment, tasks: ${lists} };`);
    const answer = {
      steps: [],
      totalReward: 0.5,
      isSuccess: true,
      terminated: true,
      truncated: false,
    };
    const rollout = {
      id: "r",
      task: { id: "a" },
      turns: [],
      answer,
      failure: undefined,
      attempts: 1,
      seconds: 0,
    };
    expect(domain.reward(rollout)).toEqual({
      total: 0.5,
      components: { success: 1, steps: 0 },
      source: "rule",
    });
  });

  it.each([
    [
      "that throws",
      `throw new TypeError("no such table");`,
      /^USER_FILE_INVALID: .*gives no domain: loading it throws: no such table \(at .*domain-\d+\.mjs:\d+:\d+\)/,
    ],
    ["that is no JavaScript", `export default {;`, /^USER_FILE_INVALID: .*loading it throws/],
    [
      "without a default export",
      `export const domain = {};`,
      /^USER_FILE_INVALID: .*no default export; it exports only domain/,
    ],
    [
      "whose tasks are missing",
      `export default { environment };`,
      /^DOMAIN_INVALID: .*its tasks is undefined/,
    ],
    [
      "with a misspelt key",
      `export default { environment, tasks: ${lists}, rewards: () => 1 };`,
      /^DOMAIN_INVALID: .*rewards/,
    ],
    [
      "with one task in both lists",
      `export default { environment, tasks: { train: [task("a"), task("b")], test: [task("b")] } };`,
      /^DOMAIN_SPLITS_SHARED: 1 of 1 test tasks.*"b"/,
    ],
    [
      "with one task in both lists under two ids",
      `export default { environment, tasks: { train: [task("a")], test: [{ ...task("a"), id: "z" }] } };`,
      /^DOMAIN_SPLITS_SHARED: .*"z"/,
    ],
  ])("%s is refused when it is opened", async (_what, text, problem) => {
    await expect(opened(text)).rejects.toThrow(problem);
  });

  it.each([
    ["has none", `() => []`, /^DOMAIN_WITHOUT_TASKS: .*"train" at the levels 1/],
    ["has lists without any", `{ train: [], test: [] }`, /^DOMAIN_WITHOUT_TASKS/],
    [
      "throws",
      `() => { throw new Error("no file"); }`,
      /^DOMAIN_FAILED: .*its tasks were asked for \(train\) \(.*\.mjs:\d+:\d+\): no file/,
    ],
    ["gives no list", `() => new Map()`, /^DOMAIN_INVALID: .*must be a list/],
    [
      "gives more than asked for",
      `() => Array.from({ length: 10 }, (_, i) => task("t" + i))`,
      /^DOMAIN_INVALID: .*are 10; at most count = 9/,
    ],
    ["gives a task without an id", `() => [{ word: "a" }]`, /^DOMAIN_INVALID: .*must have an `id`/],
    [
      "gives an id twice",
      `() => [task("a"), task("a")]`,
      /^DOMAIN_INVALID: .*two of its tasks \(train\) have the id "a"/,
    ],
  ])("that %s is refused when its tasks are asked for", async (_what, tasks, problem) => {
    const domain = await opened(`export default { environment, tasks: ${tasks} };`);
    expect(() => domain.tasks(train)).toThrow(problem);
  });

  it.each([
    [
      "that throws when it is made",
      `expert: () => { throw new Error("no table"); }`,
      /^DOMAIN_FAILED: .*its expert was made \(.*\.mjs:\d+:\d+\): no table/,
    ],
    ["that is none", `expert: () => undefined`, /^DOMAIN_INVALID: .*its expert is undefined/],
    [
      "that throws",
      `expert: () => ({ selectAction: () => { throw new Error("my expert"); } })`,
      /^DOMAIN_FAILED: .*chose an action \(task a\) \(.*\.mjs:\d+:\d+\): my expert/,
    ],
    [
      "that rejects",
      `expert: () => ({ selectAction: async () => { throw new Error("my expert"); } })`,
      /^DOMAIN_FAILED: .*chose an action \(task a\) \(.*\.mjs:\d+:\d+\): my expert/,
    ],
    [
      "that gives no action",
      `expert: () => ({ selectAction: () => ({ nam: "say" }) })`,
      /^ACTION_INVALID: The expert of .*\{ nam: … \} as its action \(.*\.mjs:\d+:\d+\)/,
    ],
    [
      "whose environment cannot be made",
      `environment: () => { throw new Error("no board"); }`,
      /^DOMAIN_FAILED: .*its environment was made \(.*\.mjs:\d+:\d+\): no board/,
    ],
    [
      "whose environment begins with no text",
      `environment: () => ({ ...environment(), reset: () => undefined })`,
      /^ENVIRONMENT_FAILED: .*reset: the observation is undefined; it must be a text/,
    ],
    [
      "whose environment observes no text",
      `environment: () => ({ ...environment(), step: () => ({ reward: 1, terminated: true, truncated: false, info: {} }) })`,
      /^ENVIRONMENT_FAILED: .*step "say": the observation is undefined/,
    ],
    [
      "whose environment gives no number as the reward",
      `environment: () => ({ ...environment(), step: () => ({ ...environment().step({ name: "say" }), reward: "1" }) })`,
      /^ENVIRONMENT_FAILED: .*step "say": the reward is "1"; it must be a finite number/,
    ],
    [
      "whose format throws",
      `format: { observe: () => { throw new Error("no words"); } }`,
      /^DOMAIN_FAILED: .*`observe` of its format was called \(.*\.mjs:\d+:\d+\): no words/,
    ],
    [
      "whose format gives no text",
      `format: { format: () => undefined }`,
      /^DOMAIN_INVALID: .*`format` of its format gives undefined/,
    ],
  ])("with an expert %s says so, and where", async (_what, part, problem) => {
    const path = file(
      `export default { environment, tasks: { train: [task("a")], test: [task("b")] },
        expert: () => ({ selectAction: () => ({ name: "say" }) }), ${part} };`,
    );
    await expect(domainTexts(path)).rejects.toThrow(problem);
  });

  it("that is not there, or has an unknown name, is named", async () => {
    await expect(openDomain("./nowhere.ts")).rejects.toThrow(
      /^USER_FILE_INVALID: .*nowhere\.ts gives no domain: it cannot be read \(.*no such file/i,
    );
    const inFolder = file("export default {};");
    await expect(openDomain(dirname(inFolder))).rejects.toThrow(
      /^USER_FILE_INVALID: .*it is a folder; give a file, such as .*domain-\d+\.mjs/,
    );
    await expect(openDomain("maths")).rejects.toThrow(
      /^DOMAIN_NOT_FOUND: .*those of hone are math/,
    );
  });

  it("names the run after itself, or after its folder", () => {
    expect(domainTitle("math")).toBe("math");
    expect(domainTitle("./chess.ts")).toBe("chess");
    expect(domainTitle("/work/my games/domain.ts")).toBe("my-games");
  });

  it("shows a task in its own words, and what an agent reads first where it has none", async () => {
    const told = async (more: string): Promise<string> => {
      const domain = await opened(`export default { environment, tasks: ${lists}, ${more} };`);
      return domain.problemText(domain.tasks({ ...train, split: "test" })[0]!);
    };
    expect(await told("")).toBe("say word d");
    expect(await told("problemText: ({ word }) => word")).toBe("word d");
    await expect(told("problemText: () => 7")).rejects.toThrow(
      /^DOMAIN_INVALID: .*its `problemText` gives 7; it must give a text/,
    );
  });

  it("without an expert gives observations and actions for a tokenizer, and no episodes", async () => {
    const path = file(`export default { environment, tasks: ${lists} };`);
    const [first] = await domainTexts(path);
    expect(first!.map(({ content }) => content)).toEqual([
      expect.stringMatching(/^say word [abc]$/),
      "say",
    ]);
    const domain = await openDomain(path);
    await expect(domain.episodes([], { mistakeRate: 0, seed: 0 })).rejects.toThrow(
      /^DOMAIN_EXPERT_ABSENT/,
    );
  });
});

const runOf = (
  name: "grpo" | "sft",
  flags: Readonly<Record<string, unknown>>,
): Promise<readonly PipelineEvent[]> =>
  eventsOfTraining({
    name,
    flags: {
      ...{ model, steps: 1, maxTokens: 2, maxActions: 1, threads: 1, keepRollouts: "none" },
      ...flags,
    },
  });

describe("a run on a user's domain", () => {
  it("learns its tasks, says where there are fewer than asked for, and is measured on them by its name alone", async () => {
    const domain = file(
      `export default { environment, maxActions: 3, tasks: ${lists}, expert: () => ({ selectAction: () => ({ name: "say" }) }) };`,
    );
    const out = join(folder, "run");
    const flags = { domain, out, trainTasks: 3, batchSize: 1, maxActions: undefined };
    const events = await runOf("sft", flags);
    const record = JSON.parse(readFileSync(join(out, "run.json"), "utf8")) as object;
    // The domain's own length of an episode is what an evaluation of the run takes.
    expect(record).toMatchObject({ config: { maxActions: 3 } });
    expect(events.filter(({ kind }) => kind === "warning")).toMatchObject([
      {
        code: "DOMAIN_TASKS_FEWER",
        text: expect.stringContaining("2 of 3 training tasks and 1 of 100 held-out"),
      },
      { code: "HELD_OUT_FEW" },
    ]);
    const done = events.at(-1);
    expect(done).toMatchObject({ kind: "done", result: { after: { taskCount: 1 } } });
    // How likely the expert's conversation about the held-out task is, before and after it was learned from others.
    const losses = events.flatMap((event) =>
      event.kind === "done"
        ? [event.result.before, event.result.after].map(({ components }) => components["loss"]!)
        : [],
    );
    expect(losses[0]!.value).toBeGreaterThan(1);
    expect(losses[1]!.value).toBeLessThan(losses[0]!.value);
    const measured = await evaluateModel({
      model: out,
      domain: "math",
      isDomainGiven: false,
      levels: [1],
      tasks: 100,
      mode: "greedy",
      samplesPerTask: 1,
      temperature: 1,
      maxTokens: 2,
      maxActions: 1,
      seed: 0,
      threads: 1,
    });
    expect(measured.domain).toBe(domain);
    expect(measured.evaluation.tasks.map(({ taskId }) => taskId)).toEqual(["d"]);
    expect(measured.notices).toEqual([
      expect.stringMatching(/^DOMAIN_TASKS_FEWER: .* 1 of the 100/),
    ]);
  });

  it("is not resumed after its file has changed, which is said, and goes on with the file as it was", async () => {
    const text = (word: string): string =>
      `${world}\nexport default { environment, tasks: { train: [task("a"), task("b")], test: [task("${word}")] } };`;
    const domain = file("");
    writeFileSync(domain, text("d"));
    const out = join(folder, "changed");
    // With a test task of its own the file is another one; imported modules are kept by their paths, so that only its digest tells.
    await runOf("grpo", { domain, out, trainTasks: 2, groupSize: 2, groupsPerStep: 1, steps: 1 });
    const resumed = (): ReturnType<typeof trainingEvents> =>
      trainingEvents({ name: "grpo", flags: { threads: 1 }, resumed: out });
    writeFileSync(domain, text("e"));
    const { error } = await resumed();
    expect(error).toMatchObject({ code: "RUN_CONFIG_CHANGED" });
    expect(String(error)).toMatch(/domain-\d+\.mjs/);
    writeFileSync(domain, text("d"));
    expect((await resumed()).error).toBeUndefined();
  });

  it("that is not there is said before a model is looked for", async () => {
    const measured = evaluateModel({
      ...{ model: "nowhere", domain: "./nowhere.ts", isDomainGiven: true, levels: [1], tasks: 1 },
      ...{
        mode: "greedy",
        samplesPerTask: 1,
        temperature: 1,
        maxTokens: 2,
        maxActions: 1,
        seed: 0,
      },
    });
    await expect(measured).rejects.toThrow(/^USER_FILE_INVALID: \.\/nowhere\.ts gives no domain/);
  });

  it("does not begin where a function gives a training task as a test task", async () => {
    const domain = file(`export default { environment, tasks: () => [task("a")] };`);
    await expect(runOf("grpo", { domain })).rejects.toThrow(/^DOMAIN_SPLITS_SHARED/);
  });
});

/** What domains of the test files closed, by name: they count there. */
const closes = new Map<string, number>();
Object.assign(globalThis, {
  honeTestClosed: (name: string) => closes.set(name, (closes.get(name) ?? 0) + 1),
});

/** A domain whose steps are promises, and which counts how often it was closed. */
const closing = (name: string, more = "") =>
  file(`
const later = () => {
  const inner = environment();
  return { ...inner, step: async (action) => inner.step(action), reset: async (task) => inner.reset(task) };
};
export default {
  environment: later, tasks: ${lists}, close: async () => globalThis.honeTestClosed("${name}"),
  expert: () => ({ selectAction: () => ({ name: "say" }) }), ${more}
};`);

const rolloutFlags = { trainTasks: 2, groupSize: 2, groupsPerStep: 1 };

describe("what a domain holds", () => {
  it("is released once its last user has ended, and it can be used again", async () => {
    const path = closing("shared");
    const [first, second] = [await openDomain(path), await openDomain(path)];
    await first.close();
    await first.close();
    expect(closes.get("shared")).toBeUndefined();
    await second.close();
    expect(closes.get("shared")).toBe(1);
    expect(await withDomain(path, (domain) => domain.tasks(train).length)).toBe(2);
    expect(closes.get("shared")).toBe(2);
  });

  it("is released after a training, by the expert's episodes or by rollouts, and a measurement", async () => {
    const out = join(folder, "closing");
    await runOf("sft", { domain: closing("sft"), trainTasks: 2, batchSize: 1, out });
    expect(closes.get("sft")).toBe(1);
    await runOf("grpo", {
      domain: closing("grpo"),
      ...rolloutFlags,
      out: join(folder, "rollouts"),
    });
    expect(closes.get("grpo")).toBe(1);
    const { evaluation } = await evaluateModel({
      ...{ model: out, domain: closing("eval"), isDomainGiven: true, levels: [1], tasks: 1 },
      ...{
        mode: "greedy",
        samplesPerTask: 1,
        temperature: 1,
        maxTokens: 2,
        maxActions: 1,
        seed: 0,
      },
      threads: 1,
    });
    expect(evaluation.tasks).toHaveLength(1);
    expect(closes.get("eval")).toBe(1);
  });

  it("is tried no longer than a measurement says", async () => {
    const never = `environment: () => ({ ...later(), reset: () => new Promise(() => undefined) }),`;
    const measuring = evaluateModel({
      ...{ model, domain: closing("never", never), isDomainGiven: true, levels: [1], tasks: 1 },
      ...{ mode: "greedy", samplesPerTask: 1, temperature: 1, maxTokens: 2, seed: 0, threads: 1 },
      ...{ deadline: 0.05, concurrency: 1 },
    });
    await expect(measuring).rejects.toMatchObject({ code: "ALL_ROLLOUTS_FAILED" });
    expect(String(await measuring.catch((error: unknown) => error))).toContain("0.05 s");
  });

  it("is released after an error and after an abort", async () => {
    const runEnd = (domain: string, signal?: AbortSignal) =>
      trainingEvents({
        name: "grpo",
        flags: {
          ...rolloutFlags,
          domain,
          model,
          maxTokens: 2,
          maxActions: 1,
          threads: 1,
          steps: 9,
        },
        signal,
      });
    const failed = await runEnd(closing("failing", `reward: () => { throw new Error("none"); }`));
    expect(failed.error).toBeDefined();
    expect(closes.get("failing")).toBe(1);
    const stopped = await runEnd(closing("stopped"), AbortSignal.abort());
    expect(stopped.events.at(-1)?.kind ?? stopped.error).not.toBe("done");
    expect(closes.get("stopped")).toBe(1);
  });

  it("is released when the settings that open it are refused", async () => {
    const path = closing("refused");
    await expect(runOf("grpo", { domain: path, levels: [7] })).rejects.toThrow(/CONFIG_INVALID/);
    expect(closes.get("refused")).toBe(1);
  });

  it("is an error of the domain where releasing it throws", async () => {
    const path = file(
      `export default { environment, tasks: ${lists}, close: () => { throw new Error("still busy"); } };`,
    );
    await expect(withDomain(path, () => 1)).rejects.toThrow(
      /^DOMAIN_FAILED: .*it was closed .*still busy/,
    );
  });
});
