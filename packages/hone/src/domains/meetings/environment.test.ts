/** Episodes, rewards, predictions, the expert and the explorer, and the table of rows. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runEpisode } from "../../environments/run-episode.ts";
import type { Action } from "../../ports/environment.ts";
import { environmentContract } from "../../testing/environment-contract.ts";
import { meetingEnvironment } from "./environment.ts";
import { explorerEpisodes, meetingExpert, meetingExplorer } from "./expert.ts";
import { truthOf } from "./model.ts";
import { formatPrediction, parsePrediction } from "./prediction.ts";
import { calculateReward, episodeReward, isGrounded, resultOf } from "./rewards.ts";
import { meetingCsv, meetingRows, readMeetingCsv, textTasks } from "./rows.ts";
import { meetingTasks } from "./tasks.ts";
import { factsOfReason, toolAnswer, toolOfReason } from "./tools.ts";

const tasks = meetingTasks({ split: "train", count: 200, seed: 7 });
const task = tasks[0]!;
const truth = truthOf(task.meeting);

describe("the contract of environments", () => {
  // Of meetings near 0.5 the side depends on moods, which the expert does not see.
  const clear = meetingTasks({ split: "train", count: 60, seed: 1 }).filter(
    ({ meeting }) => Math.abs(truthOf(meeting).probability - 0.5) > 0.4,
  );
  environmentContract(it, {
    create: () => meetingEnvironment(),
    tasks: clear.slice(0, 10),
    expert: () => meetingExpert(),
    arguments: ["", "0.7 energy", "0.2 engagement engagement=open", "often"],
  });
});

/** An episode of these actions, written as "profiles" or "predict 0.5 energy". */
const played = (...words: readonly string[]) =>
  runEpisode(meetingEnvironment(), task, {
    selectAction: (_state, _valid, steps): Action => {
      const [name = "", ...rest] = (words[steps.length] ?? "").split(" ");
      return rest.length === 0 ? { name } : { name, argument: rest.join(" ") };
    },
  });

describe("the reward", () => {
  const near = (truth.probability + 0.1) % 1;
  const error = Math.abs(near - truth.probability);
  const right = { probability: near, reason: truth.reason, claims: [] };

  it.each([
    [["profiles", "history"], right, 0.6 * (1 - error) + 0.2 + 0.2],
    [["profiles"], right, 0.6 * (1 - error) + 0.2],
    [["profiles", "profiles", "history"], right, 0.6 * (1 - error) + 0.2],
    [["a", "b", "c", "d", "e", "f"], right, 0.6 * (1 - error) + 0.2],
    [["profiles", "history"], undefined, -0.5],
  ])("of the calls %j is that of the formula", (calls, prediction, total) => {
    expect(
      calculateReward({ prediction, calls, facts: [], isInvalid: false }, truth).total,
    ).toBeCloseTo(total, 12);
  });

  it("of an episode is the sum of its steps and of the parts of its reward", async () => {
    const reason = truth.reason;
    const [first, second] = [toolOfReason(reason), "history"];
    const facts = toolAnswer(toolOfReason(reason), task.meeting).split(" ");
    const claims = facts.filter((fact) => factsOfReason[reason].includes(fact.split("=")[0]!));
    const episode = await played(first, second, `predict 0.50 ${reason} ${claims.join(" ")}`);
    const { total, components } = episodeReward(task, episode);
    expect(total).toBeCloseTo(0.6 * (1 - Math.abs(0.5 - truth.probability)) + 0.4, 12);
    expect(episode.totalReward).toBeCloseTo(total, 12);
    const { probability = 0, reason: named = 0, tools = 0 } = components;
    expect(probability + named + tools).toBeCloseTo(total, 12);
    expect(components).toMatchObject({ valid: 1, reason_right: 1, grounded: 1, calls: 2 });
    expect(episode.isSuccess).toBe(truth.probability >= 0.5);
    expect(components["success"]).toBe(episode.isSuccess ? 1 : 0);
  });

  it.each([
    ["predict 1.2 energy"],
    ["predict 0.5 charm"],
    ["predict"],
    ["predict 0.5 energy it was late"],
  ])("of %j is that of an invalid output, and ends the episode", async (reply) => {
    const episode = await played("profiles", reply);
    expect(episode).toMatchObject({ totalReward: -0.5, isSuccess: false, terminated: true });
    const { total, components } = episodeReward(task, episode);
    expect(total).toBe(-0.5);
    expect(components).toMatchObject({ valid: 0, success: 0, calls: 1 });
    expect(components).not.toHaveProperty("predicted");
  });

  it("of a reply that is no action costs once, and the episode goes on", async () => {
    const predicted = `predict ${truth.probability.toFixed(2)} ${truth.reason}`;
    const episode = await played("profiles", "hello there", "Well", "history", predicted);
    const { total, components } = episodeReward(task, episode);
    expect(episode.steps.map(({ reward }) => reward).slice(0, 4)).toEqual([0, -0.5, 0, 0]);
    expect(total).toBeCloseTo(0.5, 2);
    expect(episode.totalReward).toBeCloseTo(total, 12);
    expect(components).toMatchObject({ valid: 0, success: 1, calls: 2, invalid: -0.5 });
  });

  it("of an agent that never predicts is that of an invalid output", async () => {
    const episode = await played(...Array.from({ length: 9 }, () => "profiles"));
    expect(episode).toMatchObject({ totalReward: -0.5, truncated: true });
    expect(episode.steps).toHaveLength(8);
    expect(resultOf(episode).calls).toHaveLength(8);
    expect(episode.steps[5]!.nextState).toBe("No more tools: predict.");
    expect(resultOf(episode).prediction).toBeUndefined();
  });
});

it("calls a prediction grounded where it claims facts, and tools showed them all", () => {
  const facts = ["shared=two", "time=short"];
  const of = (...claims: readonly string[]) =>
    isGrounded({
      prediction: { probability: 0.5, reason: "energy", claims },
      calls: [],
      facts,
      isInvalid: false,
    });
  expect([of("shared=two"), of("shared=two", "time=short")]).toEqual([true, true]);
  expect([of(), of("shared=three"), of("shared=two", "apart=same")]).toEqual([false, false, false]);
});

it("reads the predictions that it writes, and no others", () => {
  const one = { probability: 0.07, reason: "schedule", claims: ["time=tight"] } as const;
  expect(parsePrediction(formatPrediction(one))).toEqual(one);
  for (const text of [
    "",
    "0.5",
    "energy 0.5",
    "-0.1 energy",
    "1.01 energy",
    "NaN energy",
    "0.5 energy gap",
  ])
    expect(parsePrediction(text)).toBeUndefined();
});

describe("who calls tools by a script", () => {
  const accuracyOf = async (create: (seed: number) => ReturnType<typeof meetingExpert>) => {
    const episodes = await Promise.all(
      tasks.map((one, i) => runEpisode(meetingEnvironment(), one, create(i))),
    );
    const share = episodes.filter(({ isSuccess }) => isSuccess).length / episodes.length;
    return { episodes, share, results: episodes.map(resultOf) };
  };

  it("is an expert that calls all five once, is grounded, and near the ceiling", async () => {
    const { share, results } = await accuracyOf((seed) => meetingExpert({ seed }));
    expect(share).toBeGreaterThan(0.88);
    for (const { calls } of results) expect(new Set(calls).size).toBe(5);
    expect(results.every(isGrounded)).toBe(true);
  });

  it("is an explorer that calls 2 to 5, repeats some, and is often not grounded", async () => {
    const { share, results } = await accuracyOf((seed) => meetingExplorer({ seed }));
    expect(share).toBeGreaterThan(0.7);
    expect(share).toBeLessThan(0.93);
    expect(new Set(results.map(({ calls }) => calls.join())).size).toBeGreaterThan(25);
    const counts = results.map(({ calls }) => calls.length);
    expect([...new Set(counts)].toSorted((a, b) => a - b)).toEqual([2, 3, 4, 5]);
    const repeated = results.filter(({ calls }) => new Set(calls).size < calls.length).length;
    expect(repeated / results.length).toBeGreaterThan(0.03);
    expect(repeated / results.length).toBeLessThan(0.2);
    const grounded = results.filter(isGrounded).length / results.length;
    expect(grounded).toBeGreaterThan(0.5);
    expect(grounded).toBeLessThan(0.95);
    const again = await explorerEpisodes(tasks.slice(0, 3), { seed: 4 });
    expect(await explorerEpisodes(tasks.slice(0, 3), { seed: 4 })).toEqual(again);
  });

  it("predicts a text without tools at once", async () => {
    const [text] = textTasks(meetingRows([task]), () => "row");
    const episode = await runEpisode(meetingEnvironment(), text!, meetingExpert());
    expect(episode.steps).toHaveLength(1);
    expect(episode.steps[0]!.action.argument).toMatch(/^[01]\.\d\d [a-z_]+$/);
    const called = await runEpisode(meetingEnvironment(), text!, {
      selectAction: () => ({ name: "profiles" }),
    });
    expect(called.totalReward).toBe(-0.5);
  });
});

describe("the table of rows", () => {
  const root = mkdtempSync(join(tmpdir(), "hone-meetings-"));
  const file = join(root, "rows.csv");
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it("is read as it was written", async () => {
    const rows = meetingRows(tasks.slice(0, 20), 3);
    writeFileSync(file, meetingCsv(rows));
    const read = await readMeetingCsv(file);
    expect(read).toEqual({ rows: rows.map((row, i) => ({ line: i + 2, ...row })), bad: [] });
    const errors = meetingRows(tasks).map(({ probability, truth: p }) => probability - p);
    const deviation = Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length);
    // Below 0.1, as probabilities are cut to [0, 1].
    expect(deviation).toBeGreaterThan(0.06);
    expect(deviation).toBeLessThan(0.1);
  });

  it("hands back rows that cannot be used with their lines, and guesses nothing", async () => {
    const head = "input_text,target_probability,target_reason,ground_truth_prob";
    const lines = [
      "a,0.5,energy,0.5",
      "b,1.5,energy,0.5",
      "c,0.5,luck,0.5",
      "d,0.5,energy,",
      "e,0.5",
      ",0.5,energy,0.5",
    ];
    writeFileSync(file, [head, ...lines].join("\n"));
    const { rows, bad } = await readMeetingCsv(file);
    expect(rows.map(({ line, text }) => [line, text])).toEqual([[2, "a"]]);
    expect(bad.map(({ line }) => line)).toEqual([3, 4, 5, 6, 7]);
    expect(bad.map(({ problem }) => problem).join("\n")).toMatch(
      /target_probability is "1.5".*\n.*target_reason is "luck".*topic_alignment.*\n.*ground_truth_prob is "".*\n.*cells.*\n.*input_text is empty/,
    );
    writeFileSync(file, "input_text,target_probability\na,0.5\n");
    await expect(readMeetingCsv(file)).rejects.toThrow(
      /DATA_LINE_INVALID.*target_reason.*\n.*docs\/meetings\.md/,
    );
  });
});
