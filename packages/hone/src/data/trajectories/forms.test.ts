/** Every form that trajectories are written in: what the table says of it is what a round trip keeps and drops. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { UnifiedTrajectory } from "../../core/unified-trajectory.ts";
import { readConversations } from "../conversations.ts";
import { writeParquet } from "../tables/parquet-write.ts";
import { formWriters } from "./form-rows.ts";
import { LeftOutTrajectories } from "./left-out.ts";
import { readTrajectories } from "./read-trajectories.ts";
import {
  fullTrajectory,
  randomTrajectory,
  spokenTrajectory,
} from "../../../../../test/doubles/random-trajectory.ts";
import { trajectoryForms, type TrajectoryTarget, trajectoryTargets } from "./trajectory-forms.ts";
import {
  type TrajectoryPartName,
  trajectoryPartNames,
  trajectoryParts,
  withoutParts,
} from "./trajectory-parts.ts";
import { writeTrajectories } from "./write-trajectories.ts";

const root = mkdtempSync(join(tmpdir(), "hone-forms-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function* given(trajectories: readonly UnifiedTrajectory[]) {
  yield* trajectories;
}

async function read(path: string) {
  const leftOut = new LeftOutTrajectories();
  const back: UnifiedTrajectory[] = [];
  for await (const one of readTrajectories(path, { domain: "other", leftOut })) back.push(one);
  expect(leftOut.reasons).toEqual([]);
  return back;
}

async function roundTrip(
  target: TrajectoryTarget,
  trajectories: readonly UnifiedTrajectory[],
  ending = "jsonl",
) {
  const path = join(root, `${target}.${ending}`);
  const leftOut = new LeftOutTrajectories();
  const { dropped } = await writeTrajectories(given(trajectories), target, path, leftOut);
  return { path, dropped, leftOut: leftOut.reasons };
}

/** Without where it comes from, which each reader says anew. */
const known = (one: UnifiedTrajectory, names: readonly TrajectoryPartName[]): unknown => {
  const { provenance, ...rest } = withoutParts(one, names);
  const { source: _, place: __, ...from } = provenance;
  return { ...rest, from };
};

/** Pairs have a test of their own. */
const oneByOne = trajectoryTargets.filter((name) => name !== "preference");
const endings = oneByOne.flatMap((target) => {
  const { columns, isCsv } = formWriters[target];
  return [
    [target, "jsonl"] as const,
    ...(columns === undefined ? [] : [[target, "parquet"] as const]),
    ...(isCsv === true ? [[target, "csv"] as const] : []),
  ];
});

describe.each(endings)("the form %s as %s", (target, ending) => {
  const lacks: readonly TrajectoryPartName[] = trajectoryForms[target].lacks;
  const whole = target === "alpaca" ? spokenTrajectory : fullTrajectory;

  it("keeps what it can hold of every trajectory", async () => {
    await fc.assert(
      fc.asyncProperty(randomTrajectory, async (one) => {
        const { path, leftOut } = await roundTrip(target, [one], ending);
        if (leftOut.length > 0) return;
        const [back] = await read(path);
        const absent = trajectoryPartNames.filter((name) => !trajectoryParts[name].has(one));
        const names = [...new Set([...lacks, ...absent])];
        expect(known(back!, names)).toEqual(known(one, names));
      }),
      { numRuns: ending === "parquet" ? 15 : 40 },
    );
  });

  it("drops the parts that the table names, counts them, and no other", async () => {
    const { path, dropped } = await roundTrip(target, [whole], ending);
    const [back] = await read(path);
    for (const name of trajectoryPartNames) {
      const others = trajectoryPartNames.filter((other) => other !== name);
      const isKept =
        JSON.stringify(sorted(known(back!, others))) ===
        JSON.stringify(sorted(known(whole, others)));
      const hasPart = trajectoryParts[name].has(whole);
      expect([name, isKept]).toEqual([name, !lacks.includes(name) || !hasPart]);
    }
    expect(Object.keys(dropped).toSorted()).toEqual(
      lacks.filter((name) => trajectoryParts[name].has(whole)).toSorted(),
    );
  });
});

/** Keys in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, one]) => [key, sorted(one)]));
}

describe("arguments of calls", () => {
  /** The calls of a file's only conversation, as a chat template gets them. */
  async function calledIn(path: string): Promise<readonly unknown[]> {
    const { conversations } = await readConversations(path);
    const written = conversations[0]!.messages.map((message) => message.written ?? "{}");
    const calls = written.flatMap((text) => (JSON.parse(text) as WrittenMessage).tool_calls ?? []);
    return calls.map((call) => call.function.arguments);
  }
  interface WrittenMessage {
    readonly tool_calls?: readonly { readonly function: { readonly arguments: unknown } }[];
  }
  const [call, answer] = fullTrajectory.steps;
  const given = [{ q: null, deep: { a: [1, "2"] } }, '{"spaced": 1}', "not JSON", "[1]"];
  const calls = given.map((one, index) => ({
    ...call!,
    index,
    callId: `c${index}`,
    arguments: one,
  }));
  const whole = { ...fullTrajectory, steps: [...calls, { ...answer!, index: given.length }] };
  const objects = [given[0], { spaced: 1 }, "not JSON", "[1]"];
  const texts = ['{"q":null,"deep":{"a":[1,"2"]}}', ...given.slice(1)];

  it.each(["jsonl", "parquet", "csv"])(
    "are objects in TRL's form and texts in OpenAI's, and both are read: %s",
    async (ending) => {
      const ours = await roundTrip("prompt-completion", [whole], ending);
      expect(await calledIn(ours.path)).toEqual(objects);
      expect(ours.dropped).toMatchObject({ "spelling of arguments": 1 });
      const [back] = await read(ours.path);
      expect(back!.steps.slice(0, 4).map((step) => step.arguments)).toEqual(objects);
      const chat = await roundTrip("chat", [whole], ending);
      expect(await calledIn(chat.path)).toEqual(texts);
      expect(chat.dropped).not.toHaveProperty("spelling of arguments");
    },
  );
});

describe("pairs", () => {
  const tryOf = (id: string, answer: string, reward?: number): UnifiedTrajectory => ({
    ...{ id, domain: "qa", task: { id: "t", question: "q" }, tools: [] },
    steps: [{ index: 0, turn: 0, kind: "answer", tool: "finalize", text: answer }],
    ...{ answer, outcome: { status: "completed" }, provenance: { source: "test" } },
    ...(reward !== undefined && { reward }),
  });

  it.each(["jsonl", "parquet", "csv"])(
    "are the best with the worst, and two tries of one task when they are read: %s",
    async (ending) => {
      const tries = [tryOf("a", "one", 1), tryOf("b", "two", 0.5), tryOf("c", "three", 0)];
      const { path, leftOut } = await roundTrip("preference", [...tries, tryOf("d", "x")], ending);
      expect(leftOut).toMatchObject([
        { reason: "no reward", count: 1, first: "d" },
        { reason: "without a partner", count: 1, first: "task t" },
      ]);
      const back = await read(path);
      expect(back.map(({ answer, reward }) => [answer, reward])).toEqual([
        ["one", 1],
        ["three", 0],
      ]);
      expect(back[0]!.task.id).toBe(back[1]!.task.id);
      const again = await roundTrip("preference", back);
      const first = await roundTrip("preference", tries);
      expect(readFileSync(again.path, "utf8")).toEqual(readFileSync(first.path, "utf8"));
    },
  );
});

it.each([
  ["sharegpt", "parquet"],
  ["unified", "csv"],
  ["art", "csv"],
] as const)("the form %s is not written as %s", async (target, ending) => {
  const writing = roundTrip(target, [fullTrajectory], ending);
  await expect(writing).rejects.toThrow(/the form \w+ is not written as such a table/);
});

it("Parquet of a later version is refused", async () => {
  const path = join(root, "later.parquet");
  const facts = { "hone.format": "hone.trajectory", "hone.version": "9" };
  const { columns } = formWriters.unified;
  await writeParquet(path, { columns: columns!, rows: given([fullTrajectory]), facts });
  await expect(read(path)).rejects.toThrow(/FORMAT_UNKNOWN_VERSION: .*later\.parquet:1/);
});

it("a call without a result is a step without an observation", async () => {
  const { observation: _, ...call } = fullTrajectory.steps[0]!;
  const one = { ...fullTrajectory, steps: [call, fullTrajectory.steps[1]!] };
  for (const target of ["chat", "art", "agent-lightning", "traces"] as const) {
    const [back] = await read((await roundTrip(target, [one])).path);
    expect(back!.steps.map((step) => "observation" in step)).toEqual([false, false]);
  }
});

it("Alpaca leaves out what has tools, ShareGPT a result whose call cannot be told", async () => {
  const spoken = await roundTrip("alpaca", [fullTrajectory]);
  expect(spoken.leftOut).toMatchObject([{ reason: "calls of tools", count: 1 }]);
  const { observation, ...call } = fullTrajectory.steps[0]!;
  const second = { ...call, index: 1, callId: "c2", observation: observation! };
  const gap = { ...fullTrajectory, steps: [call, second] };
  expect((await roundTrip("sharegpt", [gap])).leftOut).toMatchObject([
    { reason: "a call without its result before others" },
  ]);
});

describe("files of ART", () => {
  it("have groups whose trajectories share a task, and metadata of their own", async () => {
    const choice = (content: string) => ({
      ...{ finish_reason: "stop", index: 0, logprobs: null },
      message: { role: "assistant", content, refusal: null, annotations: [] },
    });
    const own = (content: string, reward: number) => ({
      messages_and_choices: [{ role: "user", content: "q" }, choice(content)],
      ...{ reward, metrics: { won: true }, metadata: { scenario: 7 }, tools: null, logs: ["x"] },
    });
    const path = join(root, "own-art.jsonl");
    writeFileSync(path, JSON.stringify({ trajectories: [own("a", 1), own("b", 0)] }));
    const back = await read(path);
    expect(back).toMatchObject([
      { answer: "a", reward: 1, rewards: { won: 1 }, task: { fields: { scenario: 7 } } },
      { answer: "b", reward: 0, provenance: { source: "art" } },
    ]);
    expect(back[0]!.task.id).toBe(back[1]!.task.id);
    expect(back[0]!.id).not.toBe(back[1]!.id);
    writeFileSync(path, JSON.stringify({ messages_and_choices: [choice("a")] }));
    await expect(read(path)).rejects.toThrow(/own-art\.jsonl:1: .*reward/);
  });
});

describe("spans of Agent Lightning", () => {
  const span = (sequence: number, name: string, attributes: object, more: object = {}) => ({
    ...{ rollout_id: "ro-1", attempt_id: "at-1", sequence_id: sequence, trace_id: "a".repeat(32) },
    ...{ span_id: `${sequence}`.padStart(16, "0"), parent_id: null, name, attributes },
    ...{ status: { status_code: "OK", description: null }, events: [], links: [] },
    ...{ start_time: 1.5, end_time: 2, context: null, parent: null },
    ...{ resource: { attributes: {}, schema_url: "" }, ...more },
  });
  const call = {
    "gen_ai.request.model": "m",
    "gen_ai.prompt.0.role": "user",
    "gen_ai.prompt.0.content": "q",
    "gen_ai.completion.0.role": "assistant",
    "gen_ai.completion.0.content": "",
    "gen_ai.completion.0.tool_calls.0.id": "c",
    "gen_ai.completion.0.tool_calls.0.name": "add",
    "gen_ai.completion.0.tool_calls.0.arguments": '{"a":1}',
    prompt_token_ids: [1, 2],
    response_token_ids: [3],
    "logprobs.content": '[{"token":"x","logprob":-0.5,"bytes":[120]}]',
    "gen_ai.response.model": "m-1",
  };

  it("are read in any order, an attempt at a rollout as a trajectory", async () => {
    const reward = {
      "agentlightning.reward.0.name": "primary",
      "agentlightning.reward.0.value": 0.5,
      "agentlightning.reward.1.name": "speed",
      "agentlightning.reward.1.value": 0.25,
    };
    const lines = [
      span(3, "agentlightning.annotation", reward),
      span(1, "openai.chat.completion", call),
      span(2, "agentlightning.operation", { "agentlightning.operation.name": "x" }),
      span(1, "openai.chat.completion", call, { attempt_id: "at-2" }),
      span(2, "agentlightning.exception", { "exception.message": "no" }, { attempt_id: "at-2" }),
    ];
    const path = join(root, "own-spans.jsonl");
    writeFileSync(path, lines.map((line) => JSON.stringify(line)).join("\n"));
    const [first, second] = await read(path);
    expect(first).toMatchObject({
      ...{ id: "ro-1-at-1", reward: 0.5, rewards: { speed: 0.25 }, task: { id: "ro-1" } },
      steps: [
        {
          ...{ tool: "add", arguments: { a: 1 }, promptTokens: [1, 2], tokens: [3] },
          ...{ logProbs: [-0.5], weightsVersion: "m-1", startedAt: 1500, ms: 500 },
        },
      ],
      provenance: { source: "agent-lightning", model: "m" },
    });
    expect(second).toMatchObject({ id: "ro-1-at-2", outcome: { status: "failed", error: "no" } });
    writeFileSync(path, JSON.stringify({ ...span(1, "x", {}), sequence_id: "no" }));
    await expect(read(path)).rejects.toThrow(/own-spans\.jsonl:1: sequence_id/);
  });
});
