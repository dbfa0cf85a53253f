import { expect, it } from "vitest";
import { furtherCommand } from "./further-command.ts";

const config = {
  command: "train sft",
  model: "tiny",
  weights: "all",
  rank: 4,
  alpha: 32,
  dropout: 0.1,
  targets: ["q_proj"],
  seed: 7,
  levels: [1, 2],
  learningRate: 0.001,
  recompute: false,
  steps: 20,
};

it("trains a run's model further with its settings, without those that the model decides and the defaults", () => {
  expect(furtherCommand("runs/7f3a", config)).toBe(
    "npx hone train sft --model runs/7f3a --weights all --seed 7 --levels 1,2 --steps 20",
  );
});

it("has the settings for which resuming was refused", () => {
  expect(furtherCommand("runs/7f3a", config, { learningRate: 0.5, seed: 7 })).toContain(
    " --learning-rate 0.5 ",
  );
});

it("has the steps that were wanted beyond those done", () => {
  expect(furtherCommand("runs/7f3a", { ...config, weights: "adapter" }, { steps: 50 })).toBe(
    "npx hone train sft --model runs/7f3a --seed 7 --levels 1,2 --steps 30",
  );
});

it("names no agent for an improvement from the traces of all agents", () => {
  const improve = { command: "node agent.js", method: "grpo", store: "sqlite:a.db" };
  const own = { command: "improve", model: "tiny", agent: "node agent.js", steps: 5, improve };
  expect(furtherCommand("runs/7f3a", own)).not.toContain("--agent");
  expect(furtherCommand("runs/7f3a", { ...own, improve: { ...improve, agent: "desk" } })).toContain(
    " --agent desk ",
  );
});

it("goes on from an improvement's best prompt where the agent reads the prompt, and has one begin anew where it does not", () => {
  const improve = {
    command: "node agent.js",
    method: "prompt",
    store: "sqlite:a.db",
    agent: "desk",
  };
  const own = { command: "improve", policy: "openai/gpt-4o-mini", steps: 3, improve };
  const anew = furtherCommand("runs/7f3a", own);
  expect(anew).toMatch(/^npx hone improve .*--method prompt/);
  expect(anew).not.toMatch(/--prompt|--model/);
  expect(furtherCommand("runs/7f3a", { ...own, prompt: "first.md" })).toContain(
    "--prompt runs/7f3a/prompt.txt",
  );
});
