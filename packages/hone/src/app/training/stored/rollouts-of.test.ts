/** Rollouts through every kind of store and back; PostgreSQL keeps tokens by the stores' own contract. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { trajectoriesOf } from "../../../algorithms/blocks/trajectories.ts";
import { packKept } from "../../../core/kept-tokens.ts";
import type { Rollout, RolloutGroup, Turn } from "../../../core/rollout.ts";
import { packTurn } from "../../../core/sampled-tokens.ts";
import type { PromptSpan } from "../../../core/span.ts";
import type { Trace } from "../../../core/trace.ts";
import type { TraceStore } from "../../../ports/trace-store.ts";
import { traceOfRollout } from "../../../rollouts/rollout-trace.ts";
import { readRollouts } from "../../../rollouts/stored-rollouts.ts";
import { tokenizerPrint } from "../../../rollouts/tokenizer-print.ts";
import { memoryStore } from "../../../store/memory-store.ts";
import { letterRenderer } from "../../../testing/letter-renderer.ts";
import { TabularPolicy } from "../../../testing/tabular-policy.ts";
import { TabularSamplingClient } from "../../../testing/tabular-sampling-client.ts";
import { openStore } from "../../open-store.ts";

let folder = "";
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "hone-rollouts-"))));
afterAll(() => rm(folder, { recursive: true, force: true }));

const id = fc.oneof(fc.nat({ max: 200 }), fc.nat({ max: 200_000 }));
const logProb = fc.oneof(fc.float({ noNaN: true, max: 0 }), fc.double({ noNaN: true, max: 0 }));
const text = fc.string({ unit: "grapheme", maxLength: 8 });
const message = fc.record({ role: fc.constantFrom("user", "system", "tool"), content: text });
/** Nothing was cut at every third id. */
const keptSet = (token: number): string =>
  token % 3 === 0 ? "" : packKept(Int32Array.of(token, token + 7, token + 100_000));
const anyTurn: fc.Arbitrary<Turn> = fc
  .record({
    messages: fc.array(message as fc.Arbitrary<Turn["messages"][number]>, { maxLength: 3 }),
    reply: text.map((content) => ({ role: "assistant" as const, content })),
    promptTokens: fc.array(id, { maxLength: 6 }),
    sampled: fc.array(fc.record({ token: id, own: logProb, drawn: logProb }), { maxLength: 6 }),
    isGreedy: fc.boolean(),
    agent: fc.constantFrom("ada", "ben", undefined),
    temperature: fc.constantFrom(0, 0.7, 1),
    isTruncated: fc.boolean(),
    stopReason: fc.constantFrom("stop" as const, "length" as const),
    weightsVersion: fc.constantFrom("w-1", "w-2"),
  })
  .map(({ sampled, isGreedy, agent, ...rest }) => ({
    ...rest,
    ...(agent === undefined ? {} : { agent }),
    ...(rest.isTruncated && !isGreedy ? { kept: sampled.map(({ token }) => keptSet(token)) } : {}),
    tokens: sampled.map(({ token }) => token),
    logProbs: sampled.map(({ own }) => own),
    samplingLogProbs: sampled.map(({ own, drawn }) => (isGreedy ? own : drawn)),
  }));
const anyRollout = fc
  .record({
    turns: fc.array(anyTurn, { maxLength: 4 }),
    total: fc.constantFrom(-1, 0, 0.1, 1),
    isFailed: fc.boolean(),
    isJudged: fc.boolean(),
  })
  .map(({ turns, total, isFailed, isJudged }): Omit<Rollout, "id" | "task"> => ({
    turns,
    answer: isFailed ? undefined : { total },
    reward: isFailed
      ? undefined
      : {
          ...{ total, components: { part: total / 3 }, source: "rule" as const },
          ...(isJudged && turns.length > 0 && { turns: turns.map((_, k) => total / (k + 3)) }),
        },
    isSuccess: !isFailed && total > 0,
    failure: isFailed ? { boundary: "tool", message: "it broke" } : undefined,
    attempts: 1,
    seconds: 0.25,
  }));
/** Steps of groups of rollouts. */
const anySteps = fc
  .array(
    fc.array(fc.array(anyRollout, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 2 }),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .map((steps) =>
    steps.map((groups, s) =>
      groups.map((rollouts, g): RolloutGroup => {
        const task = { id: `task ${s} ${g}` };
        return {
          task,
          rollouts: rollouts.map((one, i) => ({ ...one, task, id: `${s}-${g}-${i}` })),
        };
      }),
    ),
  );

const tracesOf = (steps: readonly (readonly RolloutGroup[])[], run: string): Trace[] =>
  steps.flatMap((groups, s) =>
    groups.flatMap(({ rollouts }, group) =>
      rollouts.map((rollout, index) =>
        traceOfRollout(rollout, {
          ...{ run, phase: "grpo", split: "train", step: s + 1, group, index },
          ...{ agent: "test", endedAt: 1_700_000_000_000 - s },
        }),
      ),
    ),
  );

describe.each(["memory", "files", "sqlite"])("rollouts through a store of %s", (kind) => {
  let store: TraceStore;
  beforeAll(async () => {
    store = kind === "memory" ? memoryStore() : await openStore(`${kind}:${join(folder, kind)}`);
  });
  afterAll(() => store.close());

  it("come back in their groups as they were trained, to the last bit", async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(anySteps, async (steps) => {
        const name = `run ${++run}`;
        await store.put(tracesOf(steps, name));
        const { groups, counts } = await readRollouts(store, { run: name, split: "train" });
        const given = steps.flat();
        expect(
          groups.map(({ task, rollouts }) => ({ task, rollouts: rollouts.map(bare) })),
        ).toEqual(given);
        const rows = (list: readonly RolloutGroup[]) =>
          list.flatMap(({ rollouts }) => rollouts.map((one) => trajectoriesOf(one)));
        expect(JSON.stringify(rows(groups))).toBe(JSON.stringify(rows(given)));
        const all = given.flatMap(({ rollouts }) => rollouts);
        expect(counts.sampled).toBe(all.length);
        expect(counts.failed).toBe(all.filter(({ failure }) => failure !== undefined).length);
      }),
      { numRuns: kind === "memory" ? 25 : 10 },
    );
  });

  it("are found by their step and phase", async () => {
    const [[one] = []] = fc.sample(anySteps, { numRuns: 1, seed: 7 });
    await store.put(tracesOf([one!, one!], "two steps"));
    const { groups } = await readRollouts(store, { run: "two steps", step: 2, phase: "grpo" });
    expect(groups.map(({ origin }) => origin?.step)).toEqual(one!.map(() => 2));
    expect((await readRollouts(store, { run: "two steps", split: "test" })).groups).toEqual([]);
  });
});

const bare = ({
  traceId: _,
  tokens: __,
  ...rollout
}: Awaited<ReturnType<typeof readRollouts>>["groups"][number]["rollouts"][number]): Rollout =>
  rollout;

describe("traces without tokens of their own", () => {
  const renderer = letterRenderer("abcdefghij XYZ");
  // The model has no token for X, Y and Z.
  const policy = new TabularSamplingClient(
    new TabularPolicy({ vocabulary: renderer.vocabulary - 3 }),
    "start",
  );
  const model = { renderer, policy };
  const span = (i: number, messages: PromptSpan["input"], reply: string): PromptSpan => ({
    ...{
      id: `s${i}`,
      traceId: "foreign",
      sequence: i,
      startedAt: i,
      endedAt: i + 1,
      attributes: {},
    },
    ...{ kind: "prompt", input: messages, output: reply },
  });
  const foreign = (changed: Partial<Trace> = {}): Trace => ({
    ...{ id: "foreign", agent: "app", task: "abc", attempt: 1, status: "completed", tags: [] },
    ...{ startedAt: 0, endedAt: 2000, metadata: {} },
    rewards: [
      { id: "r", total: 0.5, components: { success: 1 }, source: "human", at: 5, by: "Ada" },
      { id: "s", total: 9, components: { other: 1 }, source: "rule", at: 5 },
    ],
    spans: [
      span(0, "abc", "de"),
      span(
        1,
        [
          { role: "user", content: "abc" },
          { role: "assistant", content: "de" },
          { role: "user", content: "f" },
        ],
        "gh",
      ),
    ],
    ...changed,
  });

  it("are tokenised by the model that is started from, with its log-probs, and marked", async () => {
    const store = memoryStore();
    await store.put([foreign()]);
    const read = await readRollouts(store, {}, { model });
    const [rollout] = read.groups[0]!.rollouts;
    expect(rollout).toMatchObject({
      tokens: "rendered",
      traceId: "foreign",
      isSuccess: true,
      seconds: 2,
    });
    expect(rollout!.reward).toEqual({ total: 0.5, components: { success: 1 }, source: "human" });
    // user a b c end, header; then d e end: letters begin at 5, headers of user and assistant are 2 and 3.
    expect(rollout!.turns[0]).toMatchObject({
      promptTokens: [2, 5, 6, 7, 0, 3],
      tokens: [8, 9, 0],
    });
    const { rows, splits } = trajectoriesOf(rollout!);
    expect(splits).toBe(0);
    const expected = await policy.logProbs(rows[0]!.tokens);
    rows[0]!.mask.forEach((sampled, t) => {
      expect(rows[0]!.logProbs[t]).toBe(sampled === 1 ? expected[t] : 0);
    });
    expect(read.counts).toMatchObject({ sampled: 0, rendered: 1, leftOut: {} });
    expect(read.text).toMatch(
      /^1 rollout in 1 group, 0 with the tokens that were sampled; 1 tokenised anew/,
    );
  });

  it("have the tokens that were sampled where their spans hold them and name the tokenizer", async () => {
    const store = memoryStore();
    const said = { weightsVersion: "w", samplingLogProbs: [-1, -2, -3], logProbs: [-1, -2, -3] };
    const facts = { temperature: 1, isTruncated: false, stopReason: "stop" as const };
    const turn = { ...said, ...facts, promptTokens: [2, 5, 0, 3], tokens: [8, 9, 0] };
    const call = { ...span(0, "abc", "de"), agent: "ada", sampled: packTurn(turn) };
    const metadata = { tokenizer: await tokenizerPrint(model.renderer) };
    await store.put([
      foreign({ metadata, spans: [call] }),
      foreign({
        id: "other",
        metadata: { tokenizer: "another" },
        spans: [{ ...call, traceId: "other" }],
      }),
    ]);
    const { counts, groups } = await readRollouts(store, {}, { model });
    expect(counts).toMatchObject({ sampled: 1, rendered: 1 });
    const [rollout] = groups
      .flatMap((group) => group.rollouts)
      .filter(({ tokens }) => tokens === "sampled");
    expect(rollout!.turns).toEqual([expect.objectContaining({ ...turn, agent: "ada" })]);
  });

  it("of one task whose rewards are of people, and of rules, are groups of their own", async () => {
    const store = memoryStore();
    const ruled = foreign().rewards.slice(1);
    const traces = ["a", "b", "c", "d"].map((id) => {
      const spans = foreign().spans.map((one) => ({ ...one, traceId: id }));
      return foreign({ id, spans, ...(id > "b" && { rewards: ruled }) });
    });
    await store.put(traces);
    const { groups } = await readRollouts(store, {}, { model });
    const ids = groups.map(({ rollouts }) => rollouts.map(({ traceId }) => traceId).toSorted());
    expect(new Set(ids.map(String))).toEqual(new Set(["a,b", "c,d"]));
  });

  it("are left out and counted, each with its reason", async () => {
    const store = memoryStore();
    const unknown = foreign({ id: "z", spans: [{ ...span(0, "abc", "XYZ"), traceId: "z" }] });
    await store.put([
      foreign(),
      { ...foreign(), id: "r", status: "running", spans: [] },
      { ...foreign(), id: "n", spans: [] },
      unknown,
    ]);
    expect((await readRollouts(store)).counts.leftOut).toEqual({
      ...{ running: 1, "no model call": 1, "needs a model": 2 },
    });
    const { counts, groups } = await readRollouts(store, {}, { model });
    expect(counts.leftOut).toEqual({
      running: 1,
      "no model call": 1,
      "not readable by the model: SHAPE_MISMATCH": 1,
    });
    expect(groups.flatMap(({ rollouts }) => rollouts)).toHaveLength(1);
  });

  it("include rollouts of hone whose tokens are of another tokenizer, which keep their group and reward", async () => {
    const store = memoryStore();
    const turn: Turn = {
      ...{
        messages: [{ role: "user", content: "abc" }],
        reply: { role: "assistant", content: "de" },
      },
      ...{
        promptTokens: [900],
        tokens: [901],
        logProbs: [-1],
        samplingLogProbs: [-1],
        temperature: 1,
      },
      ...{ isTruncated: false, stopReason: "stop", weightsVersion: "other" },
    };
    const rollout: Rollout = {
      ...{
        id: "r",
        task: { id: "t" },
        turns: [turn],
        answer: "de",
        isSuccess: true,
        attempts: 1,
        seconds: 1,
      },
      ...{ reward: { total: 1, components: {}, source: "rule" }, failure: undefined },
    };
    const place = {
      run: "a",
      phase: "grpo",
      split: "train",
      step: 1,
      group: 0,
      agent: "a",
      endedAt: 2000,
    } as const;
    const same = await tokenizerPrint(renderer);
    await store.put([
      traceOfRollout(rollout, { ...place, index: 0, tokenizer: "another" }),
      traceOfRollout({ ...rollout, id: "s" }, { ...place, index: 1, tokenizer: same }),
    ]);
    const { groups, counts } = await readRollouts(store, {}, { model });
    expect(groups).toHaveLength(1);
    expect(
      groups[0]!.rollouts.map(({ id, tokens, turns }) => [id, tokens, turns[0]!.tokens]),
    ).toEqual([
      ["r", "rendered", [8, 9, 0]],
      ["s", "sampled", [901]],
    ]);
    expect(groups[0]!.rollouts[0]!.reward).toEqual(rollout.reward);
    expect(counts).toMatchObject({ sampled: 1, rendered: 1 });
  });
});
