/** `hone train grpo --agent`: a program without hone's code, a file of tasks and a reward, on a golden folder of random weights. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Rollout } from "../../core/rollout.ts";
import { readRollouts } from "../../rollouts/stored-rollouts.ts";
import { findModel } from "../models/find-model.ts";
import { openStore } from "../open-store.ts";
import type { PipelineEvent } from "./pipeline-events.ts";
import { eventsOfTraining } from "./training-events-fixture.ts";

const model = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");
const root = mkdtempSync(join(tmpdir(), "hone-program-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const file = (name: string, text: string): string => {
  writeFileSync(join(root, name), text);
  return join(root, name);
};

/** Asks once, by a plain request; the answer is the reply. */
const program = file(
  "agent.mjs",
  `import { text } from "node:stream/consumers";
  const { question, ...others } = JSON.parse(await text(process.stdin));
  console.error("fields: " + Object.keys(others));
  const response = await fetch(process.env.OPENAI_BASE_URL + "/chat/completions", {
    method: "POST",
    headers: { authorization: "Bearer " + process.env.OPENAI_API_KEY, "content-type": "application/json" },
    body: JSON.stringify({ model: "policy", messages: [{ role: "user", content: question }] }),
  });
  console.log(JSON.stringify((await response.json()).choices[0].message.content));`,
);
const agent = `${JSON.stringify(process.execPath)} ${program}`;

const tasks = file(
  "tasks.jsonl",
  ["one", "two", "three", "four"]
    .map((question, i) =>
      JSON.stringify({ id: question, question, answer: i, split: i < 2 ? "train" : "test" }),
    )
    .join("\n"),
);
const reward = file(
  "reward.ts",
  `interface Given { readonly answer: string; readonly task: { readonly answer: number } }
  export default ({ answer, task }: Given) =>
    ({ total: answer.length % 5, components: { gold: task.answer }, source: "rule" });`,
);

const small = { ...{ model, steps: 2, groupSize: 2, groupsPerStep: 2 }, maxTokens: 4, threads: 1 };

const run = (flags: Readonly<Record<string, unknown>>, resumed?: string) =>
  eventsOfTraining({ name: "grpo", flags, resumed });

describe("a program as the agent of a training", () => {
  const out = join(root, "run");
  let events: readonly PipelineEvent[] = [];
  beforeAll(async () => {
    events = await run({ ...small, out, agent, tasks, reward });
  });

  it("is trained on rollouts whose rewards see the answer, which the program does not", () => {
    const rollouts = events.flatMap((event): readonly Rollout[] =>
      event.kind === "step" ? (event.step.rollouts ?? []) : [],
    );
    expect(rollouts).toHaveLength(8);
    for (const { task, failure, turns, reward: given, output } of rollouts) {
      expect(failure).toBeUndefined();
      expect(turns).toHaveLength(1);
      expect(given?.components["gold"]).toBe(task.id === "one" ? 0 : 1);
      expect(output?.stderr).toBe("fields: id\n");
    }
    const steps = events.flatMap((event) => (event.kind === "step" ? [event.step.metrics] : []));
    expect(steps.map((metrics) => metrics["rows_split"])).toEqual([0, 0]);
    expect(events.at(-1)).toMatchObject({ kind: "done", result: { after: { taskCount: 2 } } });
  });

  it("keeps what the program wrote with its rollouts, and records files by their digests", async () => {
    const store = await openStore(`sqlite:${join(out, "rollouts.db")}`, { mustExist: true });
    const groups = await readRollouts(store);
    await store.close();
    const kept = groups.groups.flatMap(({ rollouts }) => rollouts);
    expect(kept.length).toBeGreaterThanOrEqual(8);
    expect(kept.every(({ output }) => output?.stderr === "fields: id\n")).toBe(true);
    const { config } = JSON.parse(readFileSync(join(out, "run.json"), "utf8")) as {
      readonly config: Record<string, unknown>;
    };
    expect(config).toMatchObject({ agent, tasks, reward, command: "train grpo" });
    expect([config["dataDigest"], config["rewardDigest"]]).toEqual([
      expect.stringMatching(/^[0-9a-f]{64}$/),
      expect.stringMatching(/^[0-9a-f]{64}$/),
    ]);
    expect(config).not.toHaveProperty("domain");
  });

  it("is finished when it is resumed, and refused with another reward", async () => {
    expect((await run({ threads: 1 }, out)).map(({ kind }) => kind)).toEqual(["finished"]);
    const other = file("other.js", "export default () => 1;");
    await expect(run({ threads: 1, reward: other }, out)).rejects.toThrow(
      /RUN_CONFIG_CHANGED.*reward/,
    );
  });
});

describe("a program that is a team", () => {
  // It asks twice; whom, its calls say by the names of their models.
  const twice = file(
    "team.mjs",
    `const ask = async (model, content) => {
      const response = await fetch(process.env.OPENAI_BASE_URL + "/chat/completions", {
        method: "POST",
        headers: { authorization: "Bearer " + process.env.OPENAI_API_KEY, "content-type": "application/json" },
        body: JSON.stringify({ model, messages: [{ role: "user", content }] }),
      });
      return (await response.json()).choices[0].message.content;
    };
    const { question } = JSON.parse(process.env.HONE_TASK);
    const plan = await ask("policy/planner", question);
    console.log(JSON.stringify(await ask("policy/writer", question + (plan.length % 2))));`,
  );
  const team = { ...small, tasks, reward, agent: `${JSON.stringify(process.execPath)} ${twice}` };
  const credit = { credit: "hierarchical", creditCoordinator: "planner" };

  it("trains an adapter for each part, which are found by the run's name", async () => {
    const out = join(root, "team");
    const adapters = ["lead=planner", "workers=searcher+writer"];
    const events = await run({ ...team, ...credit, out, adapters, steps: 1, heldOut: 0 });
    const steps = events.flatMap((event) => (event.kind === "step" ? [event.step] : []));
    for (const { turns } of steps[0]!.rollouts ?? [])
      expect(turns.map(({ agent: asked, adapter }) => [asked, adapter])).toEqual([
        ["planner", "lead"],
        ["writer", "workers"],
      ]);
    const { credit_same_choice, credit_same_agent } = steps[0]!.metrics;
    expect(credit_same_choice! + credit_same_agent!).toBe(4);
    expect(readdirSync(join(out, "adapters")).toSorted()).toEqual(["lead", "workers"]);
    const { team: found } = await findModel(out, { team: "allowed" });
    expect(found!.agents).toEqual({ lead: ["planner"], workers: ["searcher", "writer"] });
    // Finished, and no other team.
    expect((await run({ threads: 1 }, out)).map(({ kind }) => kind)).toEqual(["finished"]);
    const others = run({ threads: 1, adapters: ["all=planner+writer"] }, out);
    await expect(others).rejects.toThrow(/RUN_CONFIG_CHANGED.*adapters/);
  });

  it.each([
    [{ adapters: ["lead"] }, /--adapters: expected name=agent, or name=agent\+agent/],
    [{ adapters: ["lead=planner", "lead=writer"] }, /each adapter is named once/],
    [{ adapters: ["lead=planner", "workers=planner"] }, /this is one of lead/],
    [{ adapters: ["lead=planner"], weights: "all" }, /weights = "all"; .*left out or adapter/],
    [{ creditCoordinator: "planner" }, /--credit-coordinator: .*only together with --credit/],
    [{ credit: "hierarchical" }, /credit\.coordinator/],
    [
      { ...credit, creditCoordinator: "boss", adapters: ["lead=planner"] },
      /creditCoordinator = "boss"; it must be one of the agents: planner/,
    ],
  ])("%o is refused before anything is written", async (flags, error) => {
    await expect(run({ ...team, out: join(root, "nothing"), ...flags })).rejects.toThrow(error);
    expect(existsSync(join(root, "nothing"))).toBe(false);
  });
});

describe("what cannot be trained is refused before anything is written", () => {
  const flags = { ...small, out: join(root, "nothing"), agent, tasks, reward };
  // Nothing listens there, and nothing is asked before the settings are found right.
  const turnJudge = { judge: "http://127.0.0.1:9/v1#judge", credit: "turn-rewards" };
  const unanswered = file("unanswered.jsonl", '{"q":1}\n{"q":2}');
  const halfAnswered = file(
    "half.jsonl",
    '{"q":1,"split":"train"}\n{"q":2,"answer":"two","split":"test"}',
  );
  const ofGroups = (heldOut: string): string =>
    file(
      `${heldOut === "undefined" ? "" : "held-out-"}groups.js`,
      `export default { rewards: ({ rollouts }) => rollouts.map(() => 1), heldOut: ${heldOut} };`,
    );
  it.each([
    [{ tasks: undefined }, /CONFIG_INVALID: --tasks: --agent needs a file of tasks/],
    [{ agent: undefined }, /CONFIG_INVALID: --tasks: .*only together with --agent/],
    [{ domain: "math" }, /CONFIG_INVALID: --domain: .*cannot be given together with --agent/],
    [
      { tasks: join(root, "none.jsonl") },
      /DATA_UNREADABLE: .*none\.jsonl.*no such file.*"question".*docs\/programs\.md/s,
    ],
    [{ tasks: file("empty.jsonl", "\n") }, /DATA_EMPTY: .*empty\.jsonl/],
    [
      { tasks: file("same.jsonl", '{"id":1,"answer":1}\n{"id":2,"answer":1}') },
      /--held-out: .*no two different tasks/,
    ],
    [
      { reward: "precise" },
      /CONFIG_INVALID: --reward: expected exact, numeric, or a \.ts or \.js file, got "precise"/,
    ],
    [
      { reward: join(root, "none.ts") },
      /USER_FILE_INVALID: .*none\.ts gives no reward: .*no such file/,
    ],
    [
      { reward: file("throws.ts", "\nthrow new Error('no luck');") },
      /USER_FILE_INVALID: .*loading it throws: no luck \(at .*throws\.ts:2:7\)/,
    ],
    [
      { reward: file("named.ts", "export const reward = () => 1;") },
      /no default export; it exports only reward\.\n.*export default/,
    ],
    [
      { reward: file("text.js", "export default 'one';") },
      /its default export is "one", and must be a function/,
    ],
    [
      {
        reward: "numeric",
        tasks: file("words.jsonl", '{"q":1,"answer":"1"}\n{"q":2,"answer":"two"}'),
      },
      /DATA_LINE_INVALID: .*words\.jsonl:2:17: answer: expected a number, got "two"; the reward "numeric" compares with it/,
    ],
    // A judge of turns stands beside the tasks' own reward, which is then what is learned.
    [
      { ...turnJudge, reward: undefined, heldOut: 0, tasks: unanswered },
      /DATA_LINE_INVALID: .*unanswered\.jsonl:1.*the reward "exact" compares with it/,
    ],
    [
      { ...turnJudge, reward: undefined, tasks: halfAnswered },
      /DATA_LINE_INVALID: .*half\.jsonl:1.*the reward "exact" compares with it/,
    ],
    [
      { ...turnJudge, reward: ofGroups("() => 1") },
      /CONFIG_INVALID: --reward: .*groups\.js scores groups, and a judge of turns stands beside the reward of one rollout/,
    ],
    [
      { judge: turnJudge.judge, reward: ofGroups("undefined") },
      /CONFIG_INVALID: --reward: .*groups\.js scores groups, as the judge does/,
    ],
  ])("%o", async (changes, error) => {
    const { agent: line, ...rest } = { ...flags, ...changes };
    await expect(run(line === undefined ? rest : { ...rest, agent: line })).rejects.toThrow(error);
  });
});

it("ends with the words and the place of the failure where every rollout fails", async () => {
  const throwing = file("late.ts", "export default () => { throw new Error('no reward today'); };");
  const flags = { ...small, out: join(root, "fails"), tasks, reward: throwing, agent: "echo done" };
  await expect(run(flags)).rejects.toThrow(
    /ALL_ROLLOUTS_FAILED: All 2 rollouts in the evaluation before training failed, .*in the reward: no reward today \(at .*late\.ts:1/,
  );
});
