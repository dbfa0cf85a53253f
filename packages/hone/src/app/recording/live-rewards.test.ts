/** Rewards that are written into traces while agents are recorded. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { scriptedMember } from "../../agents/team/scripted-member.ts";
import { runTeam } from "../../agents/team/team.ts";
import { rewardOfTrace } from "../../core/trace-reward.ts";
import type { Trace } from "../../core/trace.ts";
import { type LiveRewards, liveRewardsOf } from "../../rewards/live-rewards.ts";
import { coordination, tool } from "../../recording/manual-spans.ts";
import { memoryStore } from "../../store/memory-store.ts";
import { rlTracing } from "./rl-tracing.ts";
import { openTracing, TracedAgent, TracedOrchestrator, withTraces } from "./traced-agents.ts";

/** What was written of one trace: its rewards by type, in their order. */
function rewardsIn({ spans }: Trace): readonly (readonly [string, number, string | undefined])[] {
  return spans.flatMap((span) =>
    span.kind === "reward" ? [[span.rewardType, span.reward, span.agent] as const] : [],
  );
}

async function recorded(
  work: (tracing: ReturnType<typeof openTracing>) => unknown,
  rewards?: LiveRewards,
) {
  const store = memoryStore();
  const tracing = openTracing({ store, ...(rewards && { rewards }) });
  await work(tracing);
  await tracing.flush();
  const traces: Trace[] = [];
  for await (const trace of store.traces()) traces.push(trace);
  await tracing.close();
  return traces;
}

const searched = async (question: string) => {
  tool("web_search", { question }, () => [{ title: "Tides" }]);
  await tool("code", {}, () => Promise.reject(new Error("exit 1"))).catch(() => undefined);
  tool("web_search", { question }, () => []);
  return { role: "assistant", content: "# Tides\n\nBecause the Moon pulls, for example 16 m." };
};

it("an agent's tools are rewarded as they end, its answer at its end, and the trace counts for their sum", async () => {
  const rewards = { tool: true, answerQuality: true };
  const [trace] = await recorded((tracing) => withTraces(searched, { tracing, rewards })("why?"));
  expect(rewardsIn(trace!)).toEqual([
    ["tool", 1, undefined],
    ["tool", -1, undefined],
    ["tool", -0.5, undefined],
    ["answer_quality", 0.5, undefined],
  ]);
  expect(rewardOfTrace(trace!)).toBe(0);
  const tools = trace!.spans.filter(({ kind }) => kind === "tool");
  const given = trace!.spans.filter((span) => span.kind === "reward");
  expect(given.slice(0, 3).map(({ targetId }) => targetId)).toEqual(tools.map(({ id }) => id));
});

it("nothing is rewarded that is not asked for, and a failed answer is not", async () => {
  const fails = async (): Promise<string> => {
    tool("a", {}, () => "1");
    throw new Error("no");
  };
  const [trace] = await recorded(async (tracing) => {
    const agent = withTraces(fails, { tracing, rewards: { answerQuality: true } });
    await agent().catch(() => undefined);
  });
  expect(rewardsIn(trace!)).toEqual([]);
});

/** A team of a foreign orchestrator: it calls its agents and says what they did. */
class Orchestrator {
  readonly agents: readonly { chat(messages: unknown): AsyncIterable<unknown> }[];
  constructor(agents: Orchestrator["agents"]) {
    this.agents = agents;
  }
  async *chat(messages: unknown): AsyncGenerator<unknown> {
    for (const agent of this.agents) for await (const chunk of agent.chat(messages)) yield chunk;
    coordination("new_answer", { agent_id: "ada", content: "103 is prime" });
    coordination("new_answer", {
      agent_id: "ben",
      content: "because primes have no divisor, for example",
    });
    coordination("vote_cast", { voter: "ada", agent_id: "ben" });
    coordination("vote_cast", { voter: "ben", agent_id: "ben" });
  }
}
class Solver {
  async *chat(_messages: unknown): AsyncGenerator<unknown> {
    tool("calc", {}, () => 103);
    yield "103, because it has no divisor";
  }
}

it("an orchestrator's events are rewarded at its end, and its agents by their own wrappers, each tool once", async () => {
  const [trace] = await recorded(async (tracing) => {
    const Team = TracedOrchestrator(Orchestrator, {
      tracing,
      rewards: { coordination: true, tool: true },
    });
    const Agent = TracedAgent(Solver, {
      tracing,
      agent: "ada",
      rewards: { tool: true, answerQuality: true },
    });
    const team = new Team([new Agent()]);
    for await (const _chunk of team.chat([{ role: "user", content: "a prime?" }]));
  });
  const rewards = rewardsIn(trace!);
  expect(rewards.slice(0, 2)).toEqual([
    ["tool", 1, undefined],
    ["answer_quality", 0.15, "ada"],
  ]);
  // 2 rounds: −0.1; quality of the winner 0.3 / 0.7, twice; consensus 1.
  expect(rewards[2]![0]).toBe("coordination");
  expect(rewards[2]![1]).toBeCloseTo(-0.1 + 2 * (0.3 / 0.7) + 1, 9);
  expect(rewards.slice(3)).toEqual([
    ["voting", 1, "ada"],
    ["voting", 1, "ben"],
  ]);
});

it("the quality of a team's answer is of the winner's call, and nobody else earns it", async () => {
  class Member {
    readonly agentId: string;
    readonly #says: string;
    constructor(agentId: string, says: string) {
      this.agentId = agentId;
      this.#says = says;
    }
    async *chat(_messages: unknown): AsyncGenerator<unknown> {
      yield tool("add", {}, () => this.#says);
    }
  }
  class Pair {
    readonly #agents: readonly Member[];
    constructor(agents: readonly Member[]) {
      this.#agents = agents;
    }
    async *chat(messages: unknown): AsyncGenerator<unknown> {
      for (const agent of this.#agents) {
        let content = "";
        for await (const chunk of agent.chat(messages)) content += String(chunk);
        coordination("new_answer", { agent_id: agent.agentId, content });
      }
      for (const voter of ["ada", "ben"]) coordination("vote", { voter, for: "ada" });
      yield "done";
    }
  }
  const rewards = { answerQuality: true, coordination: true };
  const [trace] = await recorded(async (tracing) => {
    const Traced = TracedAgent(Member, { tracing, rewards });
    const Team = TracedOrchestrator(Pair, { tracing, rewards });
    const team = new Team([new Traced("ada", "10, because I added"), new Traced("ben", "11")]);
    for await (const _chunk of team.chat([{ role: "user", content: "3 + 7?" }]));
  });
  const last = trace!.spans.findLast((span) => span.kind === "reward");
  const judged = trace!.spans.find(({ id }) => id === last?.targetId);
  expect([last?.rewardType, last?.reward, last?.agent]).toEqual(["answer_quality", 0.15, "ada"]);
  expect(judged).toMatchObject({ kind: "prompt", name: "chat ada" });
});

it("a tracer rewards the teams that run with it", async () => {
  const members = {
    ada: scriptedMember([{ answer: "# 103" }, { voteFor: "103" }]),
    ben: scriptedMember([{ voteFor: "103" }]),
  };
  const [trace] = await recorded(
    ({ tracer }) =>
      runTeam({ task: "a prime", members, tracer, independentStart: false, concurrency: 1 }),
    { coordination: true },
  );
  expect(rewardsIn(trace!).map(([type]) => type)).toEqual(["coordination", "voting", "voting"]);
});

it("are named by a text, as on a command line", () => {
  const rewards = { tool: true, answerQuality: true };
  expect(liveRewardsOf("hone record", "tool, answer_quality")).toEqual(rewards);
  expect(() => liveRewardsOf("hone record", "tool,answers")).toThrow("answer_quality");
});

it("a reward that there is not, and one that is neither on nor off, are refused", () => {
  const given = (rewards: object) => () => withTraces(searched, { rewards });
  expect(given({ tools: true })).toThrow("OPTION_INVALID");
  expect(given({ tool: "yes" })).toThrow("rewards.tool");
});

describe("a file with an rl: section", () => {
  const root = mkdtempSync(join(tmpdir(), "hone-rl-config-"));
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  async function read(text: string) {
    const file = join(root, "config.yaml");
    writeFileSync(file, text);
    const warned: string[] = [];
    const warn = vi
      .spyOn(process, "emitWarning")
      .mockImplementation((text) => void warned.push(String(text)));
    try {
      return { ...(await rlTracing(file)), warned };
    } finally {
      warn.mockRestore();
    }
  }

  it("says where traces go and which rewards are written, and what it does not decide is named", async () => {
    const { warned, ...options } = await read(`
rl:
  enable_rl: true
  collect_only: true
  store_config:
    type: local
    path: ./data
  enable_tool_rewards: true
  enableAnswerQualityRewards: false
  enable_human_feedback: false
  algorithm_config:
    algorithm: lightningrl
    learning_rate: 1e-5
  checkpoint_dir: ./rl_checkpoints
  log_dir: ./rl_logs
`);
    expect(options).toEqual({
      store: "files:./data",
      rewards: { tool: true, answerQuality: false, coordination: true },
      sampleRate: 1,
    });
    expect(warned).toHaveLength(6);
    expect(warned[0]).toMatch(/rl\.collect_only has no effect: recording never trains/);
  });

  it("may be an object with the same keys, whose mistakes are named without a line", async () => {
    const config = { rl: { store_config: { path: "./data" }, enable_tool_rewards: false } };
    expect(await rlTracing(config)).toEqual({
      store: "files:./data",
      rewards: { tool: false, answerQuality: true, coordination: true },
      sampleRate: 1,
    });
    await expect(rlTracing({ rl: { enable_tols: true } })).rejects.toThrow(
      /rlTracing has the unknown key "rl\.enable_tols"/,
    );
    await expect(rlTracing({ enable_rl: "yes" })).rejects.toThrow(
      "CONFIG_INVALID: rlTracing: isOn",
    );
    // As a program in JavaScript may call it.
    const missing = rlTracing(undefined as unknown as string);
    await expect(missing).rejects.toThrow(/OPTION_INVALID.*path of a file/s);
  });

  it("may have its keys outside of a section, turn recording off, and refuses what it does not know with its line", async () => {
    const off = await read(
      "enable_rl: false\nstore_config: { type: remote, path: 'sqlite:x.db' }\n",
    );
    expect(off).toMatchObject({ store: "sqlite:x.db", sampleRate: 0 });
    await expect(read("rl:\n  enable_tols: true\n")).rejects.toMatchObject({
      code: "CONFIG_UNKNOWN_KEY",
      facts: { key: "rl.enable_tols", line: 2 },
    });
    await expect(read("rl:\n  algorithm_config:\n    rate: 1\n")).rejects.toThrow(
      "algorithm_config.rate",
    );
  });
});
