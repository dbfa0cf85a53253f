/** The file of `hone train all`: its keys, defaults, and what is wrong in it by line and column. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { agentRollouts } from "./make-data.ts";
import { readPipelineConfig } from "./pipeline-config.ts";

const root = mkdtempSync(join(tmpdir(), "hone-pipeline-config-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function file(text: string): string {
  const path = join(root, "training_config.yaml");
  writeFileSync(path, text);
  return path;
}

describe("readPipelineConfig", () => {
  it("fills in the layout of the Python project, and takes keys in camelCase", async () => {
    const config = await readPipelineConfig(
      file(
        "agents:\n  math: { count: 3, mistakeRate: 0.2 }\nmodels: { baseDir: b }\ndataRoot: d\n",
      ),
    );
    expect(config).toEqual({
      agents: { math: { questions: [], count: 3, levels: [1], samples: 1, mistake_rate: 0.2 } },
      models: { base: "tiny", base_dir: "b", sft_dir: "models/sft", rl_dir: "models/rl" },
      ...{ data_root: "d", rewards: {}, sft: {}, rl: { min_reward: 0 }, seed: 0 },
    });
  });

  it.each([
    ['{ questions: ["2x = 6", "3x = 6"] }', 2],
    ['{ questions: ["2x = 6"], count: 3 }', 4],
    ["{}", 20],
  ])(
    "takes questions alone, or with the tasks that are counted: math: %s",
    async (agent, count) => {
      const data = join(root, String(count));
      const config = await readPipelineConfig(
        file(`agents: { math: ${agent} }\ndata_root: ${data}\n`),
      );
      const work = { signal: new AbortController().signal, onProgress: () => undefined };
      let written = 0;
      for await (const report of agentRollouts(config, ["math", config.agents["math"]!], work))
        written += report.written;
      expect(written).toBe(count);
    },
  );

  it.each([
    ["agents: {}", /CONFIG_INVALID.*name one at least/],
    ["seed: 1", /CONFIG_INVALID.*agents/],
    ["agents: { math: {} }\nrl: { agents: [video] }", /rl.agents: video is not among the agents/],
    ["agents: { ./a/walk.ts: {}, ./b/walk.ts: {} }", /b\/walk.ts has the same folders as/],
    ["agents:\n  math:\n    cuont: 3", /CONFIG_UNKNOWN_KEY.*:3:5.*agents.math.cuont/],
    [
      "agents: { math: { count: many } }",
      /CONFIG_INVALID.*:1:26.*agents.math.count: expected number/,
    ],
    ["agents: { math: {} }\nsft: { tool: [a] }", /CONFIG_UNKNOWN_KEY.*sft.tool/],
    [
      "agents: { math: {} }\nrewards: { weights: { quality: -1 } }",
      /CONFIG_INVALID.*rewards.weights.quality/,
    ],
  ])("refuses %j", async (text, message) => {
    await expect(readPipelineConfig(file(text))).rejects.toThrow(message);
  });
});
