/** `hone run trajectories` with tiny models and few steps: its phases one by one, its files, and what it reports. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { commandLine } from "../../../../../../test/doubles/command-line.ts";
import type { ResultRecord } from "../../../formats/result-format.ts";
import { trajectoriesSettings } from "../trajectories-settings.ts";
import { rolloutTexts } from "./data-phase.ts";
import { resolvedTrajectories } from "./resolved-settings.ts";
import { defaultOfDomains, pretrainedRecipe, trajectoryRecipes } from "./trajectory-recipes.ts";

const root = mkdtempSync(join(tmpdir(), "hone-run-trajectories-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const hone = (...words: readonly string[]) =>
  commandLine(["run", "trajectories", ...words], { folder: root });
const read = (path: string): string => readFileSync(join(root, path), "utf8");

const small = [
  ...["--train-tasks", "8", "--test-tasks", "2", "--layers", "1", "--width", "16"],
  ...["--sft-steps", "1", "--ppo-steps", "2", "--group-size", "2", "--groups-per-step", "2"],
  ...["--max-actions", "2", "--max-tokens", "3", "--keep-rollouts", "none", "--threads", "1"],
];

describe("hone run trajectories", () => {
  it("makes the data of all domains in the Python project's folders", async () => {
    const domains = ["--domains", "math,video", "--phase", "data", "--out", "run"];
    const { code, stdout, stderr } = await hone(...domains, ...small);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/math: 8 trajectories of the expert, \d+ % of them done/);
    for (const domain of ["math", "video"])
      for (const kind of ["raw", "unified"])
        expect(readdirSync(join(root, "run/data", kind, domain))).toHaveLength(8);
    expect(existsSync(join(root, "run/data/sft/reason/train.jsonl"))).toBe(true);
    expect(JSON.parse(read("run/data/rewards/analysis.json"))).toHaveProperty("statistics.video");
    expect(read("run/report.md")).toMatch(/in \*\*0 of 2 domains\*\*.* 2 of them are not done yet/);
  });

  it("goes on where it was, with other settings of PPO until that begins", async () => {
    const sft = await hone("--resume", "run", "--phase", "sft", "--offline-steps", "1");
    expect(sft.code, sft.stderr).toBe(0);
    expect(sft.stdout).toMatch(/run\/data is there already/);
    expect(sft.stdout).toMatch(/--phase rl \(left: math, video\)/);
  });

  it("learns by PPO, and copies data and models where the user wants them", async () => {
    const { code, stdout, stderr } = await hone("--resume", "run", "--layout", "project");
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/8 tokenised anew, with log-probs of the model that is started from/);
    expect(stdout).toMatch(/npx hone runs show run/);
    for (const path of ["data/raw/math", "data/rewards/analysis.json", "models/sft/math/model"])
      expect(existsSync(join(root, "project", path)), path).toBe(true);
    expect(existsSync(join(root, "run/models/sft/math/checkpoints"))).toBe(true);
    expect(existsSync(join(root, "project/models/sft/math/checkpoints"))).toBe(false);
    const other = await hone("--resume", "run", "--ppo-steps", "5");
    expect(other.stderr).toMatch(/RUN_CONFIG_CHANGED.*ppoSteps: 2 → 5/s);
  });

  it("does not go on where a domain's own defaults are others than they were", async () => {
    const record = read("run/run.json");
    expect(record).toMatch(/"recipes": \{\s*"math": \{\s*"level": 1/);
    writeFileSync(
      join(root, "run/run.json"),
      record.replace('"mistakeRate": 0.2', '"mistakeRate": 0.3'),
    );
    const { stderr } = await hone("--resume", "run");
    writeFileSync(join(root, "run/run.json"), record);
    expect(stderr).toMatch(/RUN_CONFIG_CHANGED.*recipes/s);
  });

  it("refuses before all data to compare single tries with each other", async () => {
    const { stderr } = await hone("--whiten", "group", "--group-size", "1", "--out", "none");
    expect(stderr).toMatch(/CONFIG_INVALID: --whiten.*--group-size 2/);
  });

  it("finds out before all data that a model is not there", async () => {
    const { stderr } = await hone("--model", "./no-such", "--out", "none");
    expect(stderr).toMatch(/MODEL_NOT_FOUND.*no-such/);
    expect(existsSync(join(root, "none"))).toBe(false);
  });

  it("says which tries of the expert failed, and why", () => {
    const report = { domain: "swe", player: "expert", written: 3, alreadyThere: 0, out: "raw" };
    const failure = { failed: 2, failure: "no sandbox", success: 1, reward: 1, notices: ["slow"] };
    expect(rolloutTexts({ ...report, ...failure })).toEqual([
      "swe: 3 trajectories of the expert, 100 % of them done, 2 failed (most often: no sandbox)",
      "slow",
    ]);
  });

  it("reports each domain, and all of them as one", async () => {
    const { domains = [], before, after } = JSON.parse(read("run/result.json")) as ResultRecord;
    expect([before.tasks, after.tasks]).toEqual([4, 4]);
    expect(domains.map(({ name, stages }) => [name, stages.map((stage) => stage.name)])).toEqual(
      ["math", "video"].map((name) => [name, ["untrained", "SFT", "PPO"]]),
    );
    for (const { checkpoint } of domains)
      expect(existsSync(join(root, "run", checkpoint, "config.json"))).toBe(true);
    const names = ["random actions", "most frequent actions", "expert"];
    for (const { baselines = [] } of domains) {
      expect(baselines.map(({ name }) => name)).toEqual(names);
      expect(baselines.every(({ success }) => success.value >= 0 && success.value <= 1)).toBe(true);
    }
    const report = read("run/report.md");
    expect(report).toMatch(/Without a model.*\| math \| 0\.0 %.*\| video \|/s);
    expect(report).toMatch(/\| math \| 1 \| 2 \| .*models\/rl\/math\/report\.md/);
    expect(report).toMatch(/\| offlineSteps \| 1 \| 1 \|/);
    expect(existsSync(join(root, "run/report.html"))).toBe(true);
  });

  it("starts PPO from the model that supervised learning ended with", () => {
    const result = (kind: string) =>
      JSON.parse(read(`run/models/${kind}/math/result.json`)) as ResultRecord;
    expect(result("rl").before).toEqual(result("sft").after);
  });
});

describe("settings", () => {
  const settingsOf = (given: object) =>
    resolvedTrajectories({
      ...Object.fromEntries(
        Object.entries(trajectoriesSettings).map(([key, { schema }]) => [
          key,
          schema.parse(undefined),
        ]),
      ),
      ...given,
    } as Parameters<typeof resolvedTrajectories>[0]);

  it("that are given hold for every domain, the others are the domain's own", () => {
    const { recipes } = settingsOf({ domains: ["swe", "math", "swe"], ppoSteps: 3 });
    expect(recipes).toEqual([
      { domain: "swe", ...trajectoryRecipes.swe, ppoSteps: 3 },
      { domain: "math", ...trajectoryRecipes.math, ppoSteps: 3 },
    ]);
    const [math] = settingsOf({ domains: ["math"], model: "m" }).recipes;
    expect(math).toMatchObject(pretrainedRecipe);
  });

  it("compare the tries at a task only where there are several", () => {
    const whitened = (given: object) =>
      settingsOf({ domains: ["math"], ...given }).recipes[0]!.whiten;
    expect([whitened({}), whitened({ groupSize: 1 })]).toEqual(["group", "yes"]);
    expect(whitened({ groupSize: 1, whiten: "no" })).toBe("no");
  });

  it("show the defaults of domains in help, the most usual first", () => {
    expect(defaultOfDomains("mistakeRate")).toMatch(/^0\.2/);
    expect(defaultOfDomains("level")).toBe("1; tau: 2");
    expect(defaultOfDomains("groupSize")).toMatch(/; pretrained: 4$/);
  });

  it("take other names of domains, and no other domain", async () => {
    const schema = trajectoriesSettings.domains.schema;
    expect(schema.parse(["qa", "service"])).toEqual(["mhqa", "tau"]);
    const { stderr } = await hone("--domains", "code");
    expect(stderr).toMatch(/CONFIG_INVALID: --domains/);
  });
});
