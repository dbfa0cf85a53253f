/** Runs whose agent or reward fails: they end as failed, with the error's own words and place, and never as a low score. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { grpo } from "../../algorithms/policy-gradient/grpo.ts";
import { HoneError } from "../../core/errors.ts";
import type { Message } from "../../core/message.ts";
import { listRuns } from "../../runs/list.ts";
import type { PipelineEvent } from "./pipeline-events.ts";
import { train } from "./train.ts";
import type { TrainOptions } from "./train-options.ts";

const model = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");
const root = mkdtempSync(join(tmpdir(), "hone-failing-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Question {
  readonly id: string;
}
type Options = TrainOptions<Question, string>;
const ids = (...all: string[]): Question[] => all.map((id) => ({ id }));
const user = (content: string): Message => ({ role: "user", content });
const reply: Options["agent"] = async (task, { model: policy, signal }) =>
  (await policy.chat([user(task.id)], { signal })).content;

/** An answer without the model, for runs in which the model does not matter: its programs are then not built. */
const scripted: Options["agent"] = (task) => task.id;

let folders = 0;
function options(changes: Partial<Options>): Options {
  return {
    model,
    agent: reply,
    tasks: { train: ids("one", "two"), test: ids("three", "four", "five") },
    reward: ({ answer }) => answer.length % 5,
    algorithm: grpo({ steps: 2, groupSize: 4, groupsPerStep: 2, learningRate: 1e-3 }),
    sampling: { maxTokens: 4 },
    threads: 1,
    // A thread that stores rollouts takes its time to start, and these tests look at none.
    keepRollouts: "none",
    out: join(root, `run-${++folders}`),
    ...changes,
  };
}

type Warning = Extract<PipelineEvent, { kind: "warning" }>;

async function run(changes: Partial<Options>) {
  const events: PipelineEvent[] = [];
  const all = options({ onEvent: (event) => void events.push(event), ...changes });
  const error: unknown = await train(all).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const warnings = events.filter(
    (event): event is Warning => event.kind === "warning" && event.code === "ROLLOUTS_FAILED",
  );
  const summary = (await listRuns(root)).find(({ folder }) => folder === all.out);
  return { error, events, warnings, summary, folder: all.out! };
}

/** Line numbers of this file, to compare with places. */
const lineOf = (text: string): number =>
  readFileSync(import.meta.filename, "utf8")
    .split("\n")
    .findIndex((line) => line.includes(text)) + 1;

describe("a run in which every rollout fails", () => {
  it("ends as failed, with what the reward gave and where it is written", async () => {
    const reward = () => "1" as never;
    const { error, summary, folder } = await run({ agent: scripted, reward });
    expect(error).toMatchObject({ code: "ALL_ROLLOUTS_FAILED" });
    const said = String(error);
    expect(said).toContain("All 3 rollouts in the evaluation before training failed");
    expect(said).toContain('total = "1"');
    expect(said).toContain(`failing-runs.test.ts:${lineOf('const reward = () => "1"')}:`);
    expect(said).toContain("Correct the reward function");
    expect(summary).toMatchObject({ status: "failed", problem: said.replace("HoneError: ", "") });
    expect(existsSync(join(folder, "result.json"))).toBe(false);
  });

  it("because of its judge advises on the judge, not on a function of the user", async () => {
    const failed = new HoneError("JUDGE_FAILED", { judge: "j", problem: "no JSON", calls: 3 });
    const { error } = await run({ agent: scripted, reward: () => Promise.reject(failed) });
    expect(String(error)).toMatch(/^HoneError: ALL_ROLLOUTS_FAILED.*→ Choose a judge that/s);
  });

  it("leaves no folder where the model is not there", async () => {
    const { error, folder } = await run({ model: "./nowhere" });
    expect(error).toMatchObject({ code: "MODEL_NOT_FOUND" });
    expect(existsSync(folder)).toBe(false);
  });

  it("names the line that threw, in the agent and in the reward", async () => {
    const agent: Options["agent"] = () => {
      throw new TypeError("the tool is away"); // thrown by the agent
    };
    const ofAgent = await run({ agent });
    expect(String(ofAgent.error)).toMatch(/most of them in the agent: the tool is away/);
    expect(String(ofAgent.error)).toContain(
      `failing-runs.test.ts:${lineOf("// thrown by the agent")}:`,
    );
    const reward: Options["reward"] = async () => {
      await wait(1);
      throw { message: "no such key" }; // an object, without a stack
    };
    const ofReward = await run({ agent: scripted, reward });
    expect(String(ofReward.error)).toMatch(/in the reward: no such key/);
    expect(String(ofReward.error)).toContain(
      `failing-runs.test.ts:${lineOf("const reward: Options")}:`,
    );
  });

  it("ends in the first step where only training tasks fail", async () => {
    const agent: Options["agent"] = (task, context) => {
      if (task.id === "one" || task.id === "two") throw new Error("no such record");
      return scripted(task, context);
    };
    const { error, summary } = await run({ agent });
    expect(String(error)).toContain("All 8 rollouts in step 1 of grpo failed");
    expect(summary).toMatchObject({ status: "failed" });
  });

  it("keeps what was trained where only the last evaluation fails, and measures again when resumed", async () => {
    let evaluations = 0;
    const onEvent = (event: PipelineEvent): void => {
      if (event.kind === "evaluating") evaluations++;
    };
    const agent: Options["agent"] = (task, context) => {
      if (evaluations === 2) throw new Error("the service is away");
      return reply(task, context);
    };
    const { error, folder, summary } = await run({ agent, onEvent });
    expect(String(error)).toContain("All 3 rollouts in the evaluation after grpo failed");
    expect(summary).toMatchObject({ status: "failed" });
    const { out: _out, ...again } = options({});
    const result = await train({ ...again, resume: folder });
    expect(result.after.failedCount).toBe(0);
    expect((await listRuns(root)).find((one) => one.folder === folder)).toMatchObject({
      status: "done",
    });
  });
});

it("names a slip in what the agent gives to model.chat, as the failure of its rollouts", async () => {
  const slips: Record<string, (model: Parameters<Options["agent"]>[1]["model"]) => unknown> = {
    'messages = "hello"': (policy) => policy.chat("hello" as never),
    'messages[0].role = "usr"': (policy) => policy.chat([{ role: "usr", content: "a" } as never]),
  };
  for (const [words, slip] of Object.entries(slips)) {
    const agent: Options["agent"] = async (_task, { model: policy }) => String(await slip(policy));
    const { error } = await run({ agent });
    expect(String(error)).toContain(`in the agent: MESSAGES_INVALID: model.chat got ${words}`);
    expect(String(error)).toMatch(/failing-runs\.test\.ts:\d+:\d+/);
  }
});

describe("a run in which most rollouts fail", () => {
  it("says so once, with the error's words and place, and goes on", async () => {
    const reward: Options["reward"] = ({ task, answer }) => {
      if (task.id !== "five" && task.id !== "one") throw new Error("not scored"); // most
      return answer.length % 5;
    };
    const { error, events, warnings } = await run({ reward });
    expect(error).toBeUndefined();
    expect(warnings[0]!.text).toContain(
      "2 of 3 rollouts in the evaluation before training failed, most of them in the reward: not scored",
    );
    expect(warnings[0]!.text).toContain(`failing-runs.test.ts:${lineOf("// most")}:`);
    // Half of a step fail: a few of the same kind are said once, too.
    expect(warnings).toHaveLength(2);
    const { result } = events.find((event) => event.kind === "done")!;
    expect(result.warnings.find(({ code }) => code === "ROLLOUTS_FAILED")).toEqual({
      code: "ROLLOUTS_FAILED",
      // Two of each evaluation, and half of the eight of each step.
      count: 2 * (2 + 4),
      texts: warnings.map(({ text }) => text),
    });
    const report = readFileSync(result.report, "utf8");
    expect(report).toContain("| ROLLOUTS_FAILED | 12 | 2 of 3 rollouts in the evaluation before");
  });
});

describe("an agent that hangs", () => {
  it("fails at the deadline, is counted and shown while it runs", async () => {
    const agent: Options["agent"] = (task, context) =>
      task.id === "five" ? new Promise<string>(() => {}) : reply(task, context);
    const started = performance.now();
    const { error, events, warnings } = await run({ agent, deadline: 1.3 });
    expect(error).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(60_000);
    expect(events[1]).toMatchObject({ kind: "note", text: expect.stringContaining("1.3 s") });
    const seen = events.find((event) => event.kind === "rollouts");
    expect(seen).toMatchObject({ name: "start", total: 3, deadline: 1.3 });
    expect(warnings[0]!.text).toContain("the agent was still running after 1.3 s");
    const measured = events.find((event) => event.kind === "evaluated");
    expect(measured).toMatchObject({ evaluation: { failures: { deadline: 1 } } });
  });

  it("refuses a deadline that is no time", async () => {
    for (const deadline of [0, -1, Number.NaN, "60"] as number[]) {
      const { error } = await run({ deadline });
      expect(error).toMatchObject({ code: "OPTION_INVALID", facts: { option: "deadline" } });
    }
  });
});
