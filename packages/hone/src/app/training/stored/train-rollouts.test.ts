/** The rollouts of `train` in a store, on a golden folder of random weights. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { grpo } from "../../../algorithms/policy-gradient/grpo.ts";
import { trajectoriesOf } from "../../../algorithms/blocks/trajectories.ts";
import type { Rollout, RolloutGroup } from "../../../core/rollout.ts";
import { readRows } from "../../../formats/format.ts";
import { trainedFormat } from "../../../formats/trained-format.ts";
import type { TraceStore } from "../../../ports/trace-store.ts";
import { readRollouts } from "../../../rollouts/stored-rollouts.ts";
import { memoryStore } from "../../../store/memory-store.ts";
import { openStore } from "../../open-store.ts";
import type { PipelineEvent } from "../pipeline-events.ts";
import { train } from "../train.ts";
import { keptRun, type KeptRunOptions } from "./kept-run-fixture.ts";

const root = mkdtempSync(join(tmpdir(), "hone-kept-rollouts-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folders = 0;
const freshFolder = (): string => join(root, `run-${++folders}`);

const options = (changes: Partial<KeptRunOptions>): KeptRunOptions => ({
  ...keptRun,
  out: freshFolder(),
  ...changes,
});

async function run(changes: Partial<KeptRunOptions> = {}) {
  const events: PipelineEvent[] = [];
  const result = await train(options({ onEvent: (event) => void events.push(event), ...changes }));
  return { result, events };
}

const trained = (events: readonly PipelineEvent[]): readonly Rollout[] =>
  events.flatMap((event) => (event.kind === "step" ? (event.step.rollouts ?? []) : []));
const rowsOf = (groups: readonly RolloutGroup[]) =>
  groups.flatMap(({ rollouts }) => rollouts.map((one) => trajectoriesOf(one)));
const trainedIn = (folder: string) => {
  const file = join(folder, "trained.jsonl");
  return readRows(trainedFormat, readFileSync(file, "utf8"), file);
};
const codesOf = (events: readonly PipelineEvent[]): string[] =>
  events.flatMap((event) => (event.kind === "warning" ? [event.code] : []));

/** A program whose agent kills it, at a place in the work and not at a moment: in the rollout of that number. */
const dyingAt = (rollout: number): string => {
  const url = (file: string) => JSON.stringify(new URL(file, import.meta.url));
  return `
    const { train } = await import(${url("../train.ts")});
    const { keptRun } = await import(${url("./kept-run-fixture.ts")});
    let count = 0;
    const agent = (task, context) => {
      if (++count !== ${rollout}) return keptRun.agent(task, context);
      const chat = async (...call) => {
        await context.model.chat(...call);
        process.kill(process.pid, "SIGKILL");
      };
      return keptRun.agent(task, { ...context, model: { chat } });
    };
    await train({ ...keptRun, agent, out: process.argv[1], checkpointEvery: 1, quiet: true });`;
};

/** How the program ended: its exit code and signal. */
async function runChild(text: string, ...args: string[]): Promise<unknown[]> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", text, ...args], {
    stdio: "ignore",
  });
  return once(child, "close");
}

describe("the rollouts of a run", () => {
  let kept: Awaited<ReturnType<typeof run>>;
  let store: TraceStore;
  beforeAll(async () => {
    kept = await run();
    store = await openStore(`sqlite:${join(kept.result.folder, "rollouts.db")}`, {
      mustExist: true,
    });
  });
  afterAll(() => store.close());

  it("are in the run folder, those that were trained equal to the last bit", async () => {
    const { groups, counts } = await readRollouts(store, { split: "train" });
    expect(groups.map(({ rollouts, origin }) => [origin!.step, rollouts.length])).toEqual([
      ...[1, 1, 2, 2].map((step) => [step, 3]),
    ]);
    const rollouts = groups.flatMap((group) => group.rollouts);
    const given = trained(kept.events);
    expect(rollouts.map(({ traceId: _, tokens: __, template: ___, ...rest }) => rest)).toEqual(
      given,
    );
    expect(JSON.stringify(rowsOf(groups))).toBe(
      JSON.stringify(given.map((one) => trajectoriesOf(one))),
    );
    expect(counts).toMatchObject({ sampled: 12, rendered: 0, failed: 2, leftOut: {} });
    expect(rollouts.flatMap(({ failure }) => failure?.boundary ?? [])).toEqual([
      "reward",
      "reward",
    ]);
  });

  it("have beside them what each step did with their tokens, before the first update by the sampler's own log-probs", async () => {
    const steps = trainedIn(kept.result.folder);
    expect(steps.map(({ phase, step }) => [phase, step])).toEqual([
      ["grpo", 1],
      ["grpo", 2],
    ]);
    const byId = new Map(trained(kept.events).map((one) => [one.id, one]));
    const learned = steps.flatMap(({ rollouts }) => rollouts).filter(({ rows }) => rows.length > 0);
    expect(learned.length).toBeGreaterThan(0);
    for (const { rolloutId, rows } of learned)
      for (const { index, logProbs, updatesBefore } of rows) {
        const row = trajectoriesOf(byId.get(rolloutId)!).rows[index]!;
        const sampled = row.logProbs.filter((_, t) => row.mask[t] === 1);
        expect(updatesBefore).toBe(0);
        expect(logProbs).toHaveLength(sampled.length);
        logProbs.forEach((one, t) => expect(one).toBeCloseTo(sampled[t]!, 4));
      }
    const { groups } = await readRollouts(store, { split: "train" });
    const turns = groups.flatMap(({ rollouts }) => rollouts.flatMap((one) => one.turns));
    expect(turns.every(({ entropies, tokens }) => entropies?.length === tokens.length)).toBe(true);
  });

  it("have those of the evaluations beside them, and can be found by every field of a trace", async () => {
    const { groups } = await readRollouts(store, { split: "test" });
    expect(groups.map(({ origin, task }) => [origin!.phase, task.id])).toEqual([
      ["start", "four"],
      ["start", "five"],
      ["after grpo", "four"],
      ["after grpo", "five"],
    ]);
    const page = await store.query({ text: "three sure", metadata: { phase: "grpo" } });
    expect(page.traces.length).toBeGreaterThan(0);
    // A rollout without a reward has two spans.
    const found = page.traces.find(({ spanCount }) => spanCount === 3);
    expect(found).toMatchObject({ agent: "train", task: "three" });
    expect(page.traces[0]!.tokens.output).toBeGreaterThan(0);
    const note = kept.events.findLast((event) => event.kind === "note");
    expect(note?.text).toMatch(/^16 rollouts of this session in sqlite:.*rollouts\.db$/);
  });

  it("are written once by a run that is stopped after its first step and resumed", async () => {
    const out = freshFolder();
    const stop = new AbortController();
    const first = run({
      out,
      signal: stop.signal,
      onEvent: ({ kind }) => kind === "step" && stop.abort(),
    });
    await expect(first).rejects.toThrow("CANCELLED");
    await run({ resume: out });
    const again = await openStore(`sqlite:${join(out, "rollouts.db")}`, { mustExist: true });
    const { groups } = await readRollouts(again);
    const ids = groups.flatMap(({ rollouts }) => rollouts.map(({ id }) => id));
    expect(ids).toHaveLength(16);
    const whole = await readRollouts(store);
    expect(JSON.stringify(rowsOf(groups))).toBe(JSON.stringify(rowsOf(whole.groups)));
    await again.close();
    expect(trainedIn(out)).toEqual(trainedIn(kept.result.folder));
  });

  it("are those that the checkpoint counts, where the process was killed in a step, and all after the resume", async () => {
    const out = freshFolder();
    // Two of the first evaluation and six of step 1; the tenth rollout kills the process when its first reply is there.
    const killed = await runChild(dyingAt(10), out);
    expect(killed).toEqual(process.platform === "win32" ? [1, null] : [null, "SIGKILL"]);
    const placesIn = async () => {
      const found = await openStore(`sqlite:${join(out, "rollouts.db")}`, { mustExist: true });
      const { groups } = await readRollouts(found);
      await found.close();
      return groups;
    };
    const places = (groups: Awaited<ReturnType<typeof placesIn>>) =>
      groups.map(({ origin, rollouts }) => [origin!.phase, origin!.step, rollouts.length]);
    expect(places(await placesIn())).toEqual([
      ["start", undefined, 1],
      ["start", undefined, 1],
      ["grpo", 1, 3],
      ["grpo", 1, 3],
    ]);
    await run({ resume: out });
    const [again, whole] = [await placesIn(), (await readRollouts(store)).groups];
    expect(places(again)).toEqual(places(whole));
    expect(JSON.stringify(rowsOf(again))).toBe(JSON.stringify(rowsOf(whole)));
  });

  it("go into an open store, which stays open, whole groups of them where a share is kept", async () => {
    const own = memoryStore();
    const { result } = await run({ store: own, keepRollouts: 0.5 });
    const { groups } = await readRollouts(own);
    expect(groups.length).toBeGreaterThan(0);
    expect(groups.length).toBeLessThan(8);
    for (const { rollouts, origin } of groups)
      expect(rollouts).toHaveLength(origin!.split === "train" ? 3 : 1);
    expect(existsSync(join(result.folder, "rollouts.db"))).toBe(false);
    const ids = groups.flatMap(({ rollouts }) => rollouts.map(({ id }) => id));
    for (const { rollouts } of trainedIn(result.folder))
      for (const { rolloutId } of rollouts) expect(ids).toContain(rolloutId);
    expect((await own.query()).traces.length).toBeGreaterThan(0);
  });

  it("are lost with one warning and a count where the store dies, and training goes on", async () => {
    const own = memoryStore();
    let puts = 0;
    const dying = {
      ...{ url: "memory:dying", get: own.get.bind(own), close: own.close.bind(own) },
      put: async (traces: Parameters<TraceStore["put"]>[0]) => {
        if (++puts > 1) throw new Error("the disk is gone");
        return own.put(traces);
      },
    };
    const { result, events } = await run({
      algorithm: grpo({ steps: 1, groupSize: 3, groupsPerStep: 2, learningRate: 1e-3 }),
      store: Object.assign(Object.create(own), dying) as TraceStore,
    });
    expect(result.after.rolloutCount).toBe(2);
    expect(codesOf(events).filter((code) => code === "ROLLOUTS_NOT_STORED")).not.toEqual([]);
    const said = events.flatMap((event) =>
      event.kind === "warning" && event.code === "ROLLOUTS_NOT_STORED" ? [event.text] : [],
    );
    expect(said[0]).toMatch(/memory:dying.*the disk is gone.*Training goes on/);
    expect(said.at(-1)).toMatch(/\d+ rollouts/);
  });

  it("stop a run before it starts where the address that was given is no store", async () => {
    await expect(run({ store: "sqlite" })).rejects.toThrow("STORE_URL_INVALID");
    const file = join(root, "text.db");
    writeFileSync(file, "this is not a database, but a text that is long enough".repeat(40));
    await expect(run({ store: `sqlite:${file}` })).rejects.toThrow(/STORE_/);
    await expect(run({ keepRollouts: 2 })).rejects.toThrow("OPTION_INVALID");
  });
});
