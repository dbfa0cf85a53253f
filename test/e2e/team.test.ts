/** Three scripted agents: rounds, votes, winner, spans, and rewards that were worked out by hand. */
import { describe, expect, it } from "vitest";
import { openTracing } from "../../packages/hone/src/app/recording/traced-agents.ts";
import { runTeam } from "../../packages/hone/src/agents/team/team.ts";
import { scriptedMember } from "../../packages/hone/src/agents/team/scripted-member.ts";
import type { TeamOutcome } from "../../packages/hone/src/core/team.ts";
import { outcomeOf } from "../../packages/hone/src/rewards/team-outcome.ts";
import { type TeamCredit, teamRewards } from "../../packages/hone/src/rewards/team-rewards.ts";
import { traceRewards } from "../../packages/hone/src/rewards/trace-rewards.ts";
import { toolRewardOf } from "../../packages/hone/src/rewards/tool-reward.ts";
import { memoryStore } from "../../packages/hone/src/store/memory-store.ts";
import { RecordingTracer } from "../../packages/hone/src/testing/recording-tracer.ts";
import type { TeamMember } from "../../packages/hone/src/ports/team-member.ts";

const texts = {
  ada: "101, as far as I can tell",
  ben: "103 has no divisor up to eleven",
  cleo: "perhaps one hundred and five",
  better: "107: not divisible by 2, 3, 5, 7",
};
const quality: Readonly<Record<string, number>> = {
  [texts.ada]: 0.5,
  [texts.ben]: 0.6,
  [texts.cleo]: 0.1,
  [texts.better]: 0.8,
};
const usage = { input: 900, output: 100 };

/**
 * Round 1: all three answer. Round 2: ada and ben vote for 103, then cleo, who is slower, gives 107 and clears both votes.
 * Round 3: ada and cleo vote for 107, ben stays with 103. 107 wins with two votes of three.
 */
async function play(): Promise<{ outcome: TeamOutcome; tracer: RecordingTracer }> {
  const tracer = new RecordingTracer();
  const turns = { 1: texts.cleo, 2: texts.better };
  const cleo: TeamMember = async function* (turn) {
    const trace = tracer.current()!;
    const call = { kind: "tool", toolName: "divide", arguments: { by: turn.round } } as const;
    if (turn.round === 1) trace.span({ ...call, agent: "cleo" }).end({ result: [] });
    if (turn.round === 2) {
      trace.span({ ...call, agent: "cleo" }).end({ result: { rest: 2 } });
      // After the votes of the others.
      for (let i = 0; i < 50; i++) await Promise.resolve();
    }
    yield* scriptedMember([{ answer: turns[1] }, { answer: turns[2] }, { voteFor: "107" }])(
      turn,
    ) as AsyncIterable<never>;
  };
  const outcome = await runTeam({
    task: "Name a prime above 100.",
    seed: 1,
    tracer,
    members: {
      ada: scriptedMember([{ answer: texts.ada, usage }, { voteFor: "103" }, { voteFor: "107" }]),
      ben: scriptedMember([{ answer: texts.ben, usage }, { voteFor: "103" }, { voteFor: "103" }]),
      cleo,
    },
  });
  return { outcome, tracer };
}

describe("a team of three scripted agents", () => {
  it("goes three rounds to a winner", async () => {
    const { outcome } = await play();
    expect(outcome).toMatchObject({
      ending: "consensus",
      rounds: 3,
      tokens: 2000,
      winner: { member: "cleo", text: texts.better, version: 4, round: 2 },
      failures: [],
    });
    const votes = ({ voter, choice }: { voter: string; choice: string }): string =>
      `${voter}→${choice}`;
    expect(outcome.votes.map(votes).toSorted()).toEqual(["ada→cleo", "ben→ben", "cleo→cleo"]);
    expect(outcome.votesCast.slice(0, 2).map(votes).toSorted()).toEqual(["ada→ben", "ben→ben"]);
    expect(outcome.restarts.map(({ member, by, wasWorking }) => [member, by, wasWorking])).toEqual([
      ["ada", "cleo", false],
      ["ben", "cleo", false],
    ]);
  });

  it("leaves a trace of every event, from which a store gives the outcome back", async () => {
    const { outcome, tracer } = await play();
    const [trace] = tracer.traces;
    const count = (event: string): number =>
      trace!.spans.filter((span) => span.kind === "coordination" && span.event === event).length;
    const events = ["team_start", "turn", "new_answer", "vote", "restart", "consensus", "outcome"];
    expect(events.map(count)).toEqual([1, 9, 4, 5, 2, 1, 1]);
    const store = memoryStore();
    await store.put([trace!]);
    expect(outcomeOf((await store.get(trace!.id))!)).toEqual(outcome);
    await store.close();
  });

  /**
   * Coordination: 3 rounds −0.2, quality 2 × 0.8 = 1.6, consensus 1, tokens 2,000 of 1,600: a quarter over, −0.125.
   * Together 2.275. Votes: ada +1, cleo +1, ben −0.5. Restart by cleo: 0.8 − 0.6 − 0.1 = 0.1. Tools of cleo: one empty,
   * one good, (−0.5 + 1) / 2 = 0.25. Team: 2.275 + 1.5 + 0.1 + 0.25 = 4.125, however it is shared.
   */
  it.each<[TeamCredit, Readonly<Record<string, number>>]>([
    ["equal", { ada: 1 + 2.275 / 3, ben: -0.5 + 2.275 / 3, cleo: 1.35 + 2.275 / 3 }],
    ["winner", { ada: 1, ben: -0.5, cleo: 1.35 + 2.275 }],
    ["contribution", { ada: 1 + 1.1375, ben: -0.5, cleo: 1.35 + 1.1375 }],
  ])("earns what was worked out by hand, credit: %s", async (credit, members) => {
    const { outcome, tracer } = await play();
    const [trace] = tracer.traces;
    const rewards = teamRewards(outcome, {
      quality: ({ text }) => quality[text]!,
      credit,
      tokenBudget: 1600,
      tools: (agent) => toolRewardOf(trace!, { agent }),
    });
    expect(rewards.coordination).toEqual({
      total: 2.275,
      components: { efficiency: -0.2, quality: 1.6, consensus: 1, tokens: -0.125 },
      source: "rule",
    });
    for (const [member, total] of Object.entries(members)) {
      expect(rewards.members[member]!.total).toBeCloseTo(total, 10);
    }
    expect(rewards.members["cleo"]!.components).toMatchObject({
      voting: 1,
      restart: 0.1,
      tools: 0.25,
    });
    expect(rewards.team.total).toBeCloseTo(4.125, 10);
    expect(rewards.team.components["coordination"]).toBeCloseTo(2.275, 10);
  });

  it("is scored from its stored trace alone, part by part", async () => {
    const { tracer } = await play();
    const [trace] = tracer.traces;
    const options = { quality: ({ text }: { text: string }) => quality[text]!, tokenBudget: 1600 };
    const reward = await traceRewards(options).compute(trace!);
    // Votes: (1 − 0.5 + 1) / 3. The answer: a figure, nothing else of form.
    expect(reward.components).toEqual({
      tool: 0.25,
      answer_quality: 0.1,
      coordination: 2.275,
      voting: 0.5,
      restart: 0.1,
    });
    expect(reward.total).toBeCloseTo(3.225, 10);
    const parts = ["tool", "voting"] as const;
    const some = await traceRewards({ parts, weights: { tool: 2 } }).compute(trace!);
    expect(some).toEqual({ total: 1, components: { tool: 0.25, voting: 0.5 }, source: "rule" });
    const alone = { ...trace!, spans: trace!.spans.filter(({ kind }) => kind === "tool") };
    expect((await traceRewards().compute(alone)).components).toEqual({
      tool: 0.25,
      answer_quality: 0,
    });
  });

  it("reaches a store through the tracer of hone-rl/tracing, its rewards beside it", async () => {
    const store = memoryStore();
    const tracing = openTracing({ store });
    const outcome = await runTeam({
      task: "Name a prime above 100.",
      tracer: tracing.tracer,
      members: {
        ada: scriptedMember([{ answer: "101" }, { voteFor: "101" }]),
        ben: scriptedMember([{ answer: "103" }, { voteFor: "101" }]),
      },
    });
    await tracing.close();
    const { traces } = await store.query({ tag: "team" });
    const trace = (await store.get(traces[0]!.id))!;
    expect(trace).toMatchObject({ agent: "team", status: "completed" });
    expect(outcomeOf(trace)).toEqual(outcome);
    const { team } = teamRewards(outcome, { quality: () => 0.5 });
    const reward = { ...team, id: "rule:team", at: trace.startedAt, by: "teamRewards" };
    await store.append({ rewards: [{ traceId: trace.id, reward }] });
    expect((await store.get(trace.id))?.rewards).toEqual([reward]);
    await store.close();
  });
});
