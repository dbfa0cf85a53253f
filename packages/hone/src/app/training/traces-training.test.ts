/** `hone train traces`: traces of agents that hone did not run, learned by several algorithms. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandLine } from "../../../../../test/doubles/command-line.ts";
import { readAdapter } from "../../engine/weights/peft.ts";
import { reward } from "../../recording/manual-spans.ts";
import { openTracing, TracedAgent, TracedOrchestrator } from "../recording/traced-agents.ts";
import { openTracesTraining } from "./traces-training.ts";

const model = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");
const folder = mkdtempSync(join(tmpdir(), "hone-traces-training-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const store = `sqlite:${join(folder, "hone.db")}`;

const say = { role: "user", content: "" };

/** A team that hone does not run: a planner says a plan, a writer an answer; "yes" is the right one. */
class Voice {
  readonly said: string;
  constructor(said: string) {
    this.said = said;
  }
  async *chat(_messages: readonly (typeof say)[]): AsyncGenerator<string> {
    yield this.said;
  }
}

/** Four sessions, each of two tries at a question of its own, with rewards of the agents. */
async function recordTeams(): Promise<void> {
  const tracing = openTracing({ store });
  const Planner = TracedAgent(Voice, { tracing, agent: "planner" });
  const Writer = TracedAgent(Voice, { tracing, agent: "writer" });
  class Pair {
    readonly answer: string;
    constructor(answer: string) {
      this.answer = answer;
    }
    async *chat(messages: readonly (typeof say)[]): AsyncGenerator<string> {
      const [question] = messages;
      for await (const _ of new Planner("think").chat([question!]));
      for await (const text of new Writer(this.answer).chat([question!, say])) yield text;
      reward(this.answer === "yes" ? 1 : 0, { type: "right" });
    }
  }
  for (let session = 0; session < 4; session++)
    for (const answer of ["yes", "no"]) {
      const Team = TracedOrchestrator(Pair, { tracing, agent: "team", session: `s${session}` });
      const question = { role: "user", content: `is ${session} a number?` };
      for await (const _ of new Team(answer).chat([question]));
    }
  await tracing.close();
}

beforeAll(recordTeams);

async function hone(...words: readonly string[]) {
  const { code, stdout, stderr } = await commandLine(["train", "traces", ...words], { folder });
  return { code, text: stdout + stderr };
}

const small = ["--store", store, "--model", model, "--threads", "1", "--seed", "1"];
const configOf = (out: string): Readonly<Record<string, unknown>> =>
  (JSON.parse(readFileSync(join(folder, out, "run.json"), "utf8")) as { config: never }).config;

describe("traces of a team", () => {
  it("are learned by policy gradient, each agent by its adapter and by what it earned, and held-out sessions are measured", async () => {
    const { code, text } = await hone(
      ...small,
      ...["--steps", "2", "--groups-per-step", "2", "--learning-rate", "1e-3", "--out", "pg"],
      ...[
        "--credit",
        "agents",
        "--adapters",
        "lead=planner,workers=writer",
        "--held-out",
        "0.5",
        "--where",
        "agent=team",
      ],
    );
    expect(code, text).toBe(0);
    expect(text).toMatch(/8 rollouts in 4 groups, 0 with the tokens .*; 8 tokenised anew/);
    expect(text).toMatch(/2 of the groups are held out .* the best reply of 2 held-out tasks/);
    // What each agent earned is known, and each adapter has learned from its own agent's calls.
    expect(text).not.toMatch(/CREDIT/);
    for (const name of ["lead", "workers"]) {
      const { tensors } = await readAdapter(join(folder, "pg/adapters", name));
      const hasMoved = [...tensors.values()].some(({ b }) => b.some((value) => value !== 0));
      expect(hasMoved, name).toBe(name === "workers");
    }
    expect(configOf("pg")).toMatchObject({
      command: "train reinforce-plus-plus",
      ...{ trajectories: store, offline: true, retokenize: true, where: ["agent=team"] },
    });
  });

  it("are learned as conversations, and a file for recording configures that", async () => {
    writeFileSync(
      join(folder, "rl.yaml"),
      `rl: { enable_rl: true, store_config: { type: local, path: "${store}" }, checkpoint_dir: sft, log_dir: logs,
  algorithm_config: { algorithm: weighted, learning_rate: 1e-3, batch_size: 2, gamma: 0.99, clip: 0.2 } }
steps: 1
`,
    );
    const { code, text } = await hone("--config", "rl.yaml", "--model", model, "--threads", "1");
    expect(code, text).toBe(0);
    expect(configOf("sft")).toMatchObject({
      ...{ command: "train weighted", data: store, learningRate: 1e-3, batchSize: 2, steps: 1 },
    });
    for (const key of ["enable_rl", "log_dir", "gamma", "clip"])
      expect(text).toMatch(new RegExp(`CONFIG_KEY_IGNORED: rl.yaml: rl\\..*${key} has no effect`));
  });
});

describe("settings", () => {
  it("an option that the algorithm does not have, and an algorithm that there is not, are errors", async () => {
    const given = { model, store };
    await expect(
      openTracesTraining({ ...given, algorithm: "sft", clipLow: 0.9 }, undefined),
    ).rejects.toThrow("--clip-low: there is no such setting");
    await expect(openTracesTraining({ ...given, algorithm: "sfd" }, undefined)).rejects.toThrow(
      "CONFIG_INVALID",
    );
    await expect(openTracesTraining({ ...given, where: ["agnt=a"] }, undefined)).rejects.toThrow(
      "name=value",
    );
    const where = ["tag=nightly", "agent=a", "tag=good"];
    await expect(openTracesTraining({ ...given, where }, undefined)).rejects.toThrow(
      "each name once",
    );
  });

  it("become those of the training itself, with its own names for the store and the least reward", async () => {
    const opened = async (algorithm: string) =>
      (
        await openTracesTraining(
          { model, store, algorithm, minReward: 0.5, agent: "a", tasks: "t" },
          undefined,
        )
      ).run;
    expect(await opened("lightningrl")).toMatchObject({
      name: "reinforce-plus-plus",
      settings: {
        trajectories: store,
        offline: true,
        retokenize: true,
        trajectoryMinReward: 0.5,
        agent: "a",
        heldOut: 0.1,
      },
    });
    expect(await opened("sft")).toMatchObject({
      settings: { data: store, minReward: 0.5, agent: "a", tasks: "t" },
    });
    await expect(opened("dpo")).rejects.toThrow("--min-reward: there is no such setting");
  });
});
