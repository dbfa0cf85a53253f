/** `hone rollout`: who tries, which tasks, and files that other commands read. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { commandLine } from "../../../../../../test/doubles/command-line.ts";
import { startModelEndpoint } from "../../../../../../test/doubles/model-endpoint.ts";
import type { UnifiedTrajectory } from "../../../core/unified-trajectory.ts";
import { trainings } from "../../trainings.ts";
import { resolveSettings } from "../../training/config.ts";
import { sources } from "../../training/sources/sources.ts";
import { keptRun } from "../../training/stored/kept-run-fixture.ts";
import { settingsOfTraining } from "../../training/training-settings.ts";

const root = mkdtempSync(join(tmpdir(), "hone-rollout-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const hone = (...words: readonly string[]) => commandLine(words, { folder: root });
const rollout = (...words: readonly string[]) => hone("rollout", ...words);
const filesIn = (folder: string): readonly string[] => readdirSync(join(root, folder)).toSorted();

/** What `hone convert` makes of raw files. */
async function unified(pattern: string): Promise<readonly UnifiedTrajectory[]> {
  const { code, stderr } = await hone("convert", pattern, "--out", "unified.jsonl");
  expect(code, stderr).toBe(0);
  const [, ...lines] = readFileSync(join(root, "unified.jsonl"), "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as UnifiedTrajectory);
}

describe("hone rollout by a domain's expert", () => {
  it("writes a question's trajectory, whose steps are named by their actions", async () => {
    const out = "data/raw/math/demo.traj.json";
    const { stdout, stderr } = await rollout("math", "--question", "2x + 5 = 13", "--out", out);
    expect(stdout, stderr).toBe(
      `1 trajectory of math by expert written to ${out}: 100 % done, mean reward 8.50\n`,
    );
    const [one] = await unified(out);
    expect(one).toMatchObject({
      ...{ domain: "math", split: "train", answer: "4", reward: 8.5 },
      outcome: { status: "completed", isSuccess: true },
    });
    expect(one!.steps.map(({ kind, tool, arguments: given }) => [kind, tool, given])).toEqual([
      ["respond", "identify_operation", "subtract"],
      ["respond", "subtract_terms", "5"],
      ["respond", "divide_terms", "2"],
      ["answer", "state_answer", "4"],
    ]);
    expect(one!.steps.map(({ reward }) => reward)).toEqual([1.5, 2, 2, 3]);
  });

  it("names the line of a file of tasks that is no task, and what was meant", async () => {
    writeFileSync(join(root, "misspelt.jsonl"), '{"question":"2x = 4"}\n{"questoin":"x = 2"}\n');
    const { code, stderr } = await rollout("math", "--tasks", "misspelt.jsonl", "--out", "none");
    expect(code).toBe(2);
    expect(stderr).toMatch(/misspelt\.jsonl:2: .*did you mean "question" by "questoin"\?/);
  });

  it("goes on where it was stopped, and tries again where it is asked to", async () => {
    const words = ["math", "--samples", "2", "--mistake-rate", "0.4", "--out", "again", "--json"];
    const { stdout } = await rollout(...words, "--count", "2");
    expect(JSON.parse(stdout)).toMatchObject({ player: "expert", written: 4, alreadyThere: 0 });
    const first = filesIn("again");
    expect(first.filter((name) => name.endsWith("-2.traj.json"))).toHaveLength(2);
    const textOf = (name: string): string => readFileSync(join(root, "again", name), "utf8");
    const texts = first.map(textOf);
    const more = await rollout(...words, "--count", "3");
    expect(JSON.parse(more.stdout)).toMatchObject({ written: 2, alreadyThere: 4 });
    expect(first.map(textOf)).toEqual(texts);
    const before = (await unified("again/*.traj.json")).map(({ reward }) => reward);
    const anew = await rollout(...words, "--count", "3", "--replace");
    expect(JSON.parse(anew.stdout)).toMatchObject({ written: 6, alreadyThere: 0 });
    // The seed decides the tries, so that only the times are new.
    const rewards = (await unified("again/*.traj.json")).map(({ reward }) => reward);
    expect(rewards).toEqual(before);
  });

  it("reads tasks of a file: questions, and tasks as the domain makes them, each with its split", async () => {
    const lines = [
      { id: "q", question: "x + 1 = 3", split: "train" },
      { id: "own", equation: "2x = 6", level: 1, split: "test" },
    ];
    writeFileSync(join(root, "t.jsonl"), lines.map((line) => JSON.stringify(line)).join("\n"));
    await rollout("math", "--tasks", "t.jsonl", "--out", "file");
    expect(filesIn("file")).toEqual(["own.traj.json", "q.traj.json"]);
    const found = await unified("file/*.traj.json");
    expect(found.map(({ task, split, answer }) => [task.id, split, answer])).toEqual([
      ["own", "test", "3"],
      ["q", "train", "2"],
    ]);
  });

  it("asks about the captions of a file, by the names of other tools' flags, and says what is odd in them", async () => {
    writeFileSync(
      join(root, "c.txt"),
      "0:01 - 0:04 Mia opens the door\n0:03 - 0:05 Tom eats bread",
    );
    const words = ["--video_ctx=c.txt", "--question", "What happens in the last scene?"];
    const { stdout, stderr } = await rollout("video", ...words, "--out", "clip.traj.json");
    expect(stdout).toMatch(
      /^1 trajectory of video by expert written to clip.traj.json: 100 % done/,
    );
    expect(stderr).toMatch(/line 2: it overlaps the caption of line 1 by 1 s/);
    expect((await unified("clip.traj.json"))[0]).toMatchObject({
      ...{ answer: "Tom eats bread [2]", rewards: { quality: 1, grounding: 1, temporal: 1 } },
    });
    const more = ["--trajectory_glob", "clip.*.json", "--output", "data/rewards/a.json"];
    const rewarded = await hone("reward", ...more);
    expect(rewarded.stdout, rewarded.stderr).toMatch(/^1 trajectory, mean reward 0.9/);
  });

  it.each([
    [["no"], /DOMAIN_NOT_FOUND/],
    [["math", "--question", "nothing"], /PROBLEM_INVALID/],
    [["math", "--question", "x = 1", "--tasks", "t.jsonl"], /CONFIG_INVALID: --question/],
    [["math", "--context", "t.jsonl"], /CONFIG_INVALID: --context/],
    [["math", "--question", "x = 1", "--context", "none.txt"], /DATA_UNREADABLE/],
    [["math", "--levels", "9"], /CONFIG_INVALID: --levels/],
    [["math", "--out", "x.traj.json"], /CONFIG_INVALID: --out x.traj.json: .*there are 10/],
    [["math", "--out", "x2.txt"], /CONFIG_INVALID: --out x2.txt: it would be a folder/],
    [["math", "--policy", "nobody"], /MODEL_NAME_INVALID/],
  ])("refuses %j", async (words, message) => {
    const { code, stderr } = await rollout(...words);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(message);
  });
});

describe("hone rollout by a model", () => {
  it("keeps the tokens of a model on this machine, which ppo learns from as they were sampled", async () => {
    const { model } = keptRun;
    const words = ["--model", model, "--prompt", "compact", "--max-tokens", "4", "--threads", "1"];
    const limits = ["--count", "2", "--samples", "2", "--max-actions", "2", "--out", "sampled"];
    const { code, stderr } = await rollout("math", ...words, ...limits);
    expect(code, stderr).toBe(0);
    const flags = {
      ...{ model, trajectories: join(root, "sampled", "*.traj.json"), prompt: "compact" },
      ...{ trainTasks: 2, testTasks: 2, threads: 1, groupsPerStep: 2, groupSize: 2 },
    };
    const { settings } = await resolveSettings(settingsOfTraining(trainings.ppo), { flags });
    const { notes, learning } = await sources.rollouts({ training: "ppo", settings });
    const said = (typeof notes === "function" ? notes(2) : (notes ?? [])).join("\n");
    expect(said).toMatch(/4 rollouts in 2 groups, 4 with the tokens that were sampled/);
    expect(learning).toMatchObject({ stored: { steps: 1 } });
    const found = await unified("sampled/*.traj.json");
    for (const { tokens, logProbs } of found.flatMap(({ steps }) => steps))
      expect(tokens!.length).toBe(logProbs!.length);
  });

  it("asks a model by its name, counts tries that failed, and tries them again", async () => {
    const replies = ["identify_operation divide", "divide_terms 2", "state_answer 3"];
    let isDown = true;
    const endpoint = await startModelEndpoint((request, index) => {
      const wrong = isDown && request.text.includes("x + 1 = 3");
      return wrong ? { status: 400, message: "down" } : { text: replies[index % 3]! };
    });
    try {
      const lines = [{ question: "x + 1 = 3" }, { question: "2x = 6" }];
      writeFileSync(join(root, "two.jsonl"), lines.map((line) => JSON.stringify(line)).join("\n"));
      const words = ["--policy", `${endpoint.url}#m`, "--tasks", "two.jsonl", "--out", "named"];
      const first = await rollout("math", ...words, "--concurrency", "1", "--json");
      const report = JSON.parse(first.stdout.trim().split("\n").at(-1)!) as object;
      expect(report, first.stderr).toMatchObject({
        written: 1,
        failed: 1,
        player: `${endpoint.url}#m`,
      });
      isDown = false;
      const { stdout } = await rollout("math", ...words);
      expect(stdout).toMatch(/1 file there already/);
      expect(filesIn("named")).toHaveLength(2);
    } finally {
      await endpoint.close();
    }
  });
});
