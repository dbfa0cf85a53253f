/** `hone run multimodal`, with few steps: whether its parts fit together, not what is learned. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandLine } from "../../../../../../test/doubles/command-line.ts";
import {
  type ModelEndpoint,
  startModelEndpoint,
} from "../../../../../../test/doubles/model-endpoint.ts";
import { openMultimodalAgent } from "../../images/open-multimodal-agent.ts";

const folder = mkdtempSync(join(tmpdir(), "hone-multimodal-"));
let endpoint: ModelEndpoint;
beforeAll(async () => {
  endpoint = await startModelEndpoint(({ text }) => {
    const count = Number(/Score each of the (\d+) candidates/.exec(text)![1]);
    const scores = Array.from({ length: count }, (_, i) => ({ id: i + 1, score: i / count }));
    return { text: JSON.stringify({ scores }) };
  });
});
afterAll(async () => {
  await endpoint.close();
  rmSync(folder, { recursive: true, force: true });
});

const run = (...words: string[]) => commandLine(["run", "multimodal", ...words], { folder });
const small = [
  ...["--train-tasks", "12", "--test-tasks", "4", "--layers", "1", "--width", "32"],
  ...["--sft-steps", "2", "--max-tokens", "4", "--keep-rollouts", "none", "--threads", "1"],
];

describe("hone run multimodal", () => {
  it("extracts the images of the sample alone, where the Python project has them", async () => {
    const { code, stdout } = await run("--data-only", "--layout", "data");
    expect(code).toBe(0);
    expect(stdout).toContain(
      "872 images in 192 documents, 872 pairs kept in data/rl_data/training_data.json",
    );
    expect(existsSync(join(folder, "data/rl_data/content/machines/amber-pump.md"))).toBe(true);
  });

  it("tests the search alone", async () => {
    const { stdout } = await run("--test-only", "--test-tasks", "20");
    expect(stdout).toMatch(/872 images, \d+ held-out questions that an image helps/);
    expect(stdout).toMatch(/a helpful image is found: (\d+) of \1 among the first 1/);
    expect((await run("--test-only", "--data-only")).stderr).toContain("CONFIG_INVALID");
  });

  it("trains by the Python project's configuration, from a judge, and fills its folders", async () => {
    const config = {
      model_name: "tiny",
      training: {
        ...{ groups_per_step: 2, num_epochs: 5, rollouts_per_group: 2, learning_rate: 1e-5 },
        max_steps: 1,
      },
      evaluation: {
        min_confidence: 0.4,
        judge_model: `${endpoint.url}#judge`,
        criteria: ["text_quality", "image_relevance"],
      },
    };
    writeFileSync(join(folder, "config.json"), JSON.stringify(config));
    const { code, stderr, stdout } = await run(
      ...["--config", "config.json", "--out", "run", "--layout", "rl", ...small],
    );
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("CONFIG")]);
    expect(stdout).toContain("data, model and logs are in rl, too");
    for (const path of ["rl_data/training_data.json", "rl_checkpoints/model", "rl_logs/report.md"])
      expect(existsSync(join(folder, "rl", path))).toBe(true);
    const { text } = endpoint.requests[0]!;
    expect(text).toContain("Image relevance: ");
    expect(text).not.toContain("Restraint: ");
    const read = (file: string) =>
      JSON.parse(readFileSync(join(folder, "run", file), "utf8")) as Record<string, object>;
    expect(read("run.json")["config"]).toMatchObject({
      ...{ groupsPerStep: 2, grpoEpochs: 5, grpoSteps: 1, groupSize: 2, grpoLearningRate: 1e-5 },
    });
    // Held-out questions are measured by the metrics.
    expect(read("result.json")["after"]).toMatchObject({
      components: { text_quality: {}, overall: {}, invented_urls: {} },
    });
    expect(readFileSync(join(folder, "rl/rl_logs/report.md"), "utf8")).toContain("text_quality");
  });

  it("goes on with a run, whose model answers questions", async () => {
    const { code, stdout } = await run("--resume", "run");
    expect(code).toBe(0);
    expect(stdout).toMatch(/finished|done/);
    await using agent = await openMultimodalAgent({
      ...{ model: join(folder, "run"), threads: 1 },
      images: join(folder, "rl/rl_data/training_data.json"),
    });
    const answer = await agent.generateResponse("How to connect the amber pump?");
    expect(answer).toMatchObject({ images: [] });
  });

  it("asks about documents of the user's, and refuses others on the way", async () => {
    for (const name of ["pump", "valve", "mill"]) {
      mkdirSync(join(folder, "docs"), { recursive: true });
      const text = `# ${name}\n\n## How to oil the ${name}\n\nUse **two** drops of **oil**.\n\n![How to oil the ${name}](https://pump.example/${name}.png)\n\n## Noise of the ${name}\n\nIt makes **40** decibels.\n`;
      writeFileSync(join(folder, "docs", `${name}.md`), text);
    }
    const own = ["--docs-path", "docs", "--grpo-steps", "1", "--group-size", "2"];
    writeFileSync(join(folder, "docs", "old.md"), Buffer.from("# Old\n\nCaf\xe9.\n", "latin1"));
    const { code, stderr, stdout } = await run(
      ...own,
      "--groups-per-step",
      "1",
      "--out",
      "own",
      ...small,
    );
    expect([code, stderr]).toEqual([0, expect.any(String) as string]);
    expect(stdout).toContain("documents not in UTF-8, read as UTF-16 or Windows-1252: 1");
    // Its images stay, and its text does not.
    const pump = join(folder, "docs", "pump.md");
    writeFileSync(pump, readFileSync(pump, "utf8").replace("**40**", "**50**"));
    expect((await run("--resume", "own")).stderr).toContain("RUN_CONFIG_CHANGED");
    writeFileSync(join(folder, "docs", "one.md"), "");
    const alone = await run("--docs-path", "docs/../none");
    expect(alone.stderr).toContain("CONTENT_UNREADABLE");
    mkdirSync(join(folder, "single"));
    writeFileSync(join(folder, "single", "one.md"), "# One\n\n## Part\n\nUse **two** drops.\n");
    expect((await run("--docs-path", "single")).stderr).toContain("QUESTIONS_TOO_FEW");
  });
});
