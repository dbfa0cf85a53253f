/** `hone run team`: what its members say, what their scripted teams leave as traces, and a run of a few steps. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { memoryStore } from "../../../store/memory-store.ts";
import { rolloutsOf } from "../../training/stored/rollouts-of.ts";
import type { PipelineEvent } from "../../training/pipeline-events.ts";
import { resolveSettings } from "../../training/config.ts";
import { teamRunSettings } from "../team-settings.ts";
import { compactAction, compactPrompt, compactReply } from "./compact-member.ts";
import { offersTasks } from "./offers.ts";
import { offersReward } from "./offers-team.ts";
import { runTeamSystem } from "./run-team.ts";
import { outcomesOf, recordTeams, rowsOf } from "./team-traces.ts";

const root = mkdtempSync(join(tmpdir(), "hone-run-team-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("tasks and words", () => {
  it("no offers are in both splits, whatever the seed, and the answer is the cheapest", () => {
    const test = new Set(
      [0, 1]
        .flatMap((seed) => offersTasks({ split: "test", count: 200, seed }))
        .map(({ id }) => id),
    );
    for (const { id, text, answer } of offersTasks({ split: "train", count: 500, seed: 1 })) {
      expect(test.has(id)).toBe(false);
      const prices = text
        .split(" ")
        .filter((_, i) => i % 2 === 1)
        .map(Number);
      expect(text).toContain(`${answer} ${Math.min(...prices)}`);
    }
  });

  it("a prompt shows the answers under numbers, and a reply is read as it was written", () => {
    const answers = [
      { label: "agent 2", text: "b" },
      { label: "agent 1", text: "a" },
    ];
    expect(compactPrompt({ task: "a 10 b 20", answers })).toBe("a 10 b 20 ? 1 b 2 a");
    for (const action of [
      { kind: "say", text: "b" },
      { kind: "vote", number: 2 },
    ] as const)
      expect(compactAction(compactReply(action))).toEqual(action);
    for (const reply of ["", "say", "vote b", "say b c", "well"])
      expect(compactAction(reply), reply).toBeUndefined();
  });
});

describe("scripted teams", () => {
  it("leave traces with what each member earned, from which the same rows are read", async () => {
    const tasks = offersTasks({ split: "train", count: 20, seed: 3 });
    const store = memoryStore();
    await recordTeams(store, tasks, { mistakeRate: 0, seed: 0 });
    const rows = await rowsOf(store, tasks);
    const [first] = tasks;
    const outcome = (await outcomesOf(store)).get(first!.id)!;
    expect(outcome).toMatchObject({
      isConsensus: true,
      rounds: 2,
      winner: { text: first!.answer },
    });
    // Three members: −0.1 for the second round, 2 for the right answer, 1 for consensus, and a vote of 1 each.
    expect(offersReward(outcome, first!)).toMatchObject({
      total: expect.closeTo(2.9 + 3) as number,
      components: {
        success: 1,
        consensus: 1,
        rounds: 2,
        "agent/ada": expect.closeTo(2.9 / 3 + 1) as number,
      },
    });
    expect(rows.slice(0, 6).map(({ messages }) => messages.at(-1)!.content)).toEqual([
      ...Array.from({ length: 3 }, () => `say ${first!.answer}`),
      ...Array.from({ length: 3 }, () => "vote 1"),
    ]);
    expect(new Set(rows.map(({ reward }) => reward.toFixed(3)))).toEqual(new Set(["1.967"]));
    await store.close();
  });

  it("make mistakes that are worth less", async () => {
    const tasks = offersTasks({ split: "train", count: 30, seed: 3 });
    const store = memoryStore();
    await recordTeams(store, tasks, { mistakeRate: 0.6, seed: 0 });
    const rows = await rowsOf(store, tasks);
    const mean = rows.reduce((sum, { reward }) => sum + reward, 0) / rows.length;
    expect(mean).toBeLessThan(1.7);
    await store.close();
  });
});

it("a run learns from the traces, then from the team's own work, and keeps both", async () => {
  const out = join(root, "run");
  const flags = {
    ...{ trainTasks: 12, testTasks: 2, layers: 1, width: 32, sftSteps: 2, grpoSteps: 1 },
    ...{ groupSize: 2, groupsPerStep: 2, threads: 1, out },
  };
  const { settings } = await resolveSettings(teamRunSettings, { flags });
  const events: PipelineEvent[] = [];
  for await (const event of runTeamSystem(settings, {})) events.push(event);
  const names = events.flatMap((event) => (event.kind === "evaluated" ? [event.name] : []));
  expect(names).toEqual(["start", "after weighted", "after grpo"]);
  const result = JSON.parse(readFileSync(join(out, "result.json"), "utf8")) as {
    after: { components: Record<string, unknown> };
  };
  expect(Object.keys(result.after.components)).toEqual(
    expect.arrayContaining(["consensus", "rounds", "agent/ada"]),
  );
  expect(existsSync(join(out, "traces.db"))).toBe(true);
  const scripted = await rolloutsOf(`sqlite:${join(out, "traces.db")}`);
  expect(scripted.text).toMatch(/12 left out: needs a model/);
  const own = await rolloutsOf(`sqlite:${join(out, "rollouts.db")}`, { split: "train" });
  const agents = own.groups.flatMap(({ rollouts }) => rollouts.flatMap(({ turns }) => turns));
  expect(new Set(agents.map(({ agent }) => agent))).toEqual(new Set(["ada", "ben", "cleo"]));
});
