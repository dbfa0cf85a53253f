/** `hone run meetings`: its phases, one after the other and apart, stopped and resumed. Models that learn nothing keep it quick. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandLine } from "../../../../../../test/doubles/command-line.ts";
import { randomBits } from "../../../core/random.ts";
import { readPairs } from "../../../data/preference-files.ts";
import { meetingEnvironment } from "../../../domains/meetings/environment.ts";
import { meetingExplorer } from "../../../domains/meetings/expert.ts";
import { meetingReward } from "../../../domains/meetings/rewards.ts";
import { meetingTasks, type MeetingTask } from "../../../domains/meetings/tasks.ts";
import { conversationOf } from "../../../environments/chat-format.ts";
import { runEpisode } from "../../../environments/run-episode.ts";
import { writeFormat } from "../../../formats/format.ts";
import type { PipelineEvent } from "../../training/pipeline-events.ts";
import { resolveSettings } from "../../training/config.ts";
import { resumeWith } from "../../training/further-command.ts";
import { plainTerminal } from "../../training/plain-terminal.ts";
import { printRun } from "../../training/run-printer.ts";
import { flagOf } from "../../training/setting-rules.ts";
import { type MeetingsSettings, meetingsSettings } from "../meetings-settings.ts";
import { meetingPairs } from "./meeting-pairs.ts";
import { meetingTrace } from "./meeting-traces.ts";
import { meetingPaths } from "./meetings-folder.ts";
import { runMeetings } from "./run-meetings.ts";
import { readStatistics } from "./traces-phase.ts";
import { statisticsFormat, tracesStatistics } from "./traces-statistics.ts";

const root = mkdtempSync(join(tmpdir(), "hone-run-meetings-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const small = {
  ...{ threads: 1, layers: 1, width: 16, trainRows: 40, explorerEpisodes: 20, testRows: 24 },
  ...{ scenarios: 50, tries: 2, sftSteps: 2, dpoSteps: 2, dpoBatchSize: 4, maxTokens: 4, seed: 3 },
};
const { trainRows: _trainRows, ...ofOwnTable } = small;
const flagsOf = (settings: Readonly<Record<string, number>>): readonly string[] =>
  Object.entries(settings).flatMap(([key, value]) => [flagOf(key), String(value)]);
const flags = flagsOf(small);
const hone = (...words: readonly string[]) =>
  commandLine(["run", "meetings", ...words], { folder: root });

/** Tries of the explorer in the place of those of the model, which could not act yet. */
async function explored(folder: string): Promise<void> {
  const paths = meetingPaths(folder);
  const tasks = meetingTasks({ split: "validation", count: 10, seed: 3 });
  const tries = tasks.flatMap((task) => [0, 1, 2, 3].map((i) => tryOf(task, i)));
  const traces = await Promise.all(tries);
  const pairs = meetingPairs(traces, 0.2);
  const list = (items: readonly object[]): string => JSON.stringify(items);
  writeFileSync(paths.traces, list(traces.map(({ trajectory }) => trajectory)));
  writeFileSync(paths.pairs, list(pairs));
  const { cost } = (await readStatistics(paths))!;
  const statistics = { ...tracesStatistics(traces, pairs), cost };
  writeFileSync(paths.statistics, writeFormat(statisticsFormat, statistics));
}

async function tryOf(task: MeetingTask, i: number) {
  const explorer = meetingExplorer({ mistakeRate: 0.4, seed: randomBits(task.id, i) });
  const answer = await runEpisode(meetingEnvironment(), task, explorer);
  const messages = conversationOf(answer);
  const facts = { id: `${task.id}-${i}`, task, answer, attempts: 1, seconds: 0 };
  const turn = { messages: messages.slice(0, -1), reply: messages.at(-1)!, weightsVersion: "none" };
  const reward = meetingReward({ ...facts, turns: [], failure: undefined });
  return meetingTrace({
    ...{ ...facts, reward, failure: undefined, isSuccess: answer.isSuccess },
    // What is read of a turn is its conversation.
    turns: [turn as never],
  });
}

describe("the phases apart", () => {
  const folder = join(root, "apart");

  let begun: Awaited<ReturnType<typeof hone>>;
  beforeAll(async () => {
    begun = await hone("--phase", "sft", "--out", "apart", "--layout", "first", ...flags);
  });

  it("begin with a table, a model and a report of what there is", () => {
    expect(begun.code, begun.stderr).toBe(0);
    expect(begun.stdout).toMatch(/40 meetings to learn from, 24 held out/);
    expect(begun.stdout).toMatch(
      /next: npx hone run meetings --resume .*apart --phase traces --layout first \(left/,
    );
    const table = readFileSync(join(folder, "data/sft_training_data.csv"), "utf8");
    expect(table.split("\n")).toHaveLength(42);
    expect(
      existsSync(join(folder, "models/sft_prediction_model_gemma_270m/model.safetensors")),
    ).toBe(true);
    const report = readFileSync(join(folder, "results/evaluation_report.md"), "utf8");
    expect(report).toMatch(/\| DPO \| not run \| > 70 % \|/);
    expect(report).toMatch(/logistic regression on the text's fields \| \d/);
    expect(report).not.toMatch(/## Trajectories/);
  });

  it("are refused out of their order, or with a folder that cannot be made, and change nothing", async () => {
    const before = readdirSync(folder);
    const sessions = (): string => readFileSync(join(folder, "environment.json"), "utf8");
    const session = sessions();
    const early = await hone("--resume", "apart", "--phase", "dpo");
    expect(early.stderr).toMatch(/MEETING_PHASE_EARLY.*goes on from the phase traces/);
    writeFileSync(join(root, "file"), "");
    const blocked = await hone("--resume", "apart", "--phase", "sft", "--layout", "file/folder");
    expect(blocked.stderr).toMatch(/WRITE_FAILED.*file/);
    expect([readdirSync(folder), sessions()]).toEqual([before, session]);
    const alone = await hone("--phase", "traces", "--out", "alone", ...flags);
    expect(alone.stderr).toMatch(/MEETING_PHASE_EARLY.*goes on from the phase sft/);
    expect(existsSync(join(root, "alone"))).toBe(false);
  });

  it("try every meeting, and say where the tries give no pair", async () => {
    const model = await commandLine(["eval", "apart", "--tasks", "2"], { folder: root });
    expect(model.stderr).toMatch(
      /RUN_WITHOUT_CHECKPOINT: .*apart has no model of its own yet.*Name the part of it that has one: .*apart\/sft/s,
    );
    // Phase 2 may have other settings than those that were given with phase 1, until it has begun.
    const words2 = ["--tries", "3", "--temperature", "0.9"];
    const other = await hone("--resume", "apart", "--phase", "sft", ...words2);
    expect(other.code, other.stderr).toBe(0);
    const back = ["--tries", "2", "--temperature", "1"];
    const { stdout, stderr } = await hone("--resume", "apart", "--phase", "traces", ...back);
    expect(stdout).toMatch(/100 trajectories: accuracy 0\.0 %.*100 invalid/);
    // Phase 3 could not begin.
    expect(stdout).not.toMatch(/next:/);
    expect(stderr).toMatch(/MEETING_PAIRS_ABSENT: .* Start a new run with more --sft-steps/);
    const traces = JSON.parse(readFileSync(join(folder, "trajectories/agent_traces.json"), "utf8"));
    expect(traces).toHaveLength(100);
    // A model that never predicts is cut off, which is no end of its own.
    expect(traces[0]).toMatchObject({
      outcome: { status: "failed", error: expect.stringMatching(/cut off/) },
    });
    const words = ["--resume", "apart", "--phase", "dpo"];
    const none = await hone(...words, "--layout", "begun");
    // A lower difference would give no pair either, so that it is not advised.
    expect(none.stderr).toMatch(
      /MEETING_PAIRS_ABSENT: The 100 tries .*, 100 of them invalid, .*all tries at a meeting earned the same\.\n  → Start a new run with more --sft-steps/,
    );
    // What is done is shown all the same, and the pairs may be made anew.
    expect(readFileSync(join(root, "begun/results/evaluation_report.md"), "utf8")).toContain(
      "## Trajectories",
    );
    expect(existsSync(join(root, "begun/trajectories/begun.jsonl"))).toBe(false);
    const lower = await hone(...words, "--min-margin", "0.1", "--beta", "0.3");
    expect(lower.stdout).toMatch(/100 trajectories.*\n.*0 pairs: the rewards .* by 0 at most/);
    expect(lower.stderr).toMatch(/MEETING_PAIRS_ABSENT.*differ by 0\.1 or more/);
    const { config } = JSON.parse(readFileSync(join(folder, "run.json"), "utf8")) as {
      config: Readonly<Record<string, unknown>>;
    };
    expect([config["minMargin"], config["beta"]]).toEqual([0.1, 0.3]);
    const changed = await hone(...words, "--tries", "3");
    expect(changed.stderr).toMatch(
      /RUN_CONFIG_CHANGED.*tries: 2 → 3\.\n.*\(a resume may change --deadline, --beta, .*--min-margin\), or start a new run: `npx hone run meetings .*--tries 3/,
    );
  });

  it("end with an adapter, a result and a report of all three, also where the project has its folders", async () => {
    await explored(folder);
    const { code, stderr, stdout } = await hone(
      "--resume",
      "apart",
      "--phase",
      "dpo",
      "--layout",
      "mine",
    );
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/trained in .*apart.*adapter|apart\/adapter/);
    const report = readFileSync(join(folder, "results/evaluation_report.md"), "utf8");
    for (const part of [
      "Comparison",
      "Differences",
      "Error patterns",
      "Training",
      "Trajectories",
      "What was hard",
    ])
      expect(report).toContain(`## ${part}`);
    expect(report).toMatch(/\| DPO − SFT \| .*points/);
    expect(report).toMatch(/best:\n\n```text\nPerson A.*\n→ [a-z_]+\n← [a-z_]+=/);
    const result = JSON.parse(readFileSync(join(folder, "result.json"), "utf8")) as {
      stages: readonly { name: string }[];
      baselines: readonly { reward?: object }[];
      training: readonly { phase: string }[];
      cost: Readonly<Record<string, number>>;
    };
    expect(result.baselines.map(({ reward }) => reward)).toEqual(result.baselines.map(() => {}));
    expect(result.training.map(({ phase }) => phase)).toEqual(["sft", "dpo"]);
    const page = readFileSync(join(folder, "report.md"), "utf8");
    expect(page).not.toContain("NaN");
    expect(page).toContain("## Cost");
    expect(result.cost["tokensSampled"]).toBeGreaterThan(100);
    expect(page).toMatch(/\| random \| \d.* \| – \|/);
    expect(result.stages.map(({ name }) => name)).toEqual(["untrained", "SFT", "agent", "DPO"]);
    const adapter = readFileSync(
      join(root, "mine/models/dpo_aligned_adapter/adapter_config.json"),
      "utf8",
    );
    expect(JSON.parse(adapter)).toMatchObject({
      base_model_name_or_path: "../sft_prediction_model_gemma_270m",
    });
    for (const path of [
      "models/dpo_aligned_adapter/adapter_model.safetensors",
      "models/sft_prediction_model_gemma_270m/config.json",
      "trajectories/preference_pairs.json",
      "results/evaluation_report.html",
      "data/sft_training_data.csv",
    ])
      expect(existsSync(join(root, "mine", path)), path).toBe(true);
    // The model that is handed in knows its tasks and their wording, wherever it lies.
    for (const model of ["apart", "mine/models/sft_prediction_model_gemma_270m"]) {
      const words = ["eval", model, "--tasks", "2", "--threads", "1"];
      const measured = await commandLine(words, { folder: root });
      expect(measured.code, measured.stderr).toBe(0);
      expect(measured.stderr).not.toContain("EVALUATION_DOMAIN_ASSUMED");
      expect(measured.stdout).toContain("domain meetings");
    }
    // Killed before the adapter was in its place: the training is not done again.
    rmSync(join(folder, "models/dpo_aligned_adapter"), { recursive: true });
    const kept = await hone("--resume", "apart", "--phase", "dpo");
    expect(kept.stdout).not.toMatch(/^step/m);
    expect(existsSync(join(folder, "models/dpo_aligned_adapter"))).toBe(true);
    const again = await hone("--resume", "apart");
    expect(again.stdout).toMatch(/phase sft is done already[^]*phase dpo is done already/);
    // A copy that fails leaves the run whole.
    writeFileSync(join(root, "blocked"), "");
    mkdirSync(join(root, "half"));
    symlinkSync(join(root, "blocked"), join(root, "half/models"));
    const half = await hone("--resume", "apart", "--layout", "half");
    expect(half.stderr).toMatch(/WRITE_FAILED/);
    expect(existsSync(join(folder, "failure.json"))).toBe(false);
    const changed = await hone("--resume", "apart", "--seed", "4", "--beta", "0.5");
    expect(changed.stderr).toMatch(/RUN_CONFIG_CHANGED.*beta: 0.3 → 0.5; seed: 3 → 4/);
    // The new run has what was given, and no flag for a default.
    const anew = /`(npx hone run meetings [^`]*)`/.exec(changed.stderr)![1]!;
    const given = { ...small, seed: 4 };
    const words = Object.entries(given).flatMap(([key, value]) =>
      key === "threads" || meetingsSettings[key as "seed"].byDefault === String(value)
        ? []
        : [`${flagOf(key)} ${value}`],
    );
    expect(
      anew
        .split(" --")
        .slice(1)
        .map((one) => `--${one}`)
        .toSorted(),
    ).toEqual([...words, "--min-margin 0.1", "--beta 0.5"].toSorted());
  });
});

it("needs a pretrained model for phase 1 only", async () => {
  const given = join(root, "given");
  cpSync(meetingPaths(join(root, "apart")).sftModel, given, { recursive: true });
  // The rules in the system message are longer than what the tiny model was made for.
  const file = join(given, "config.json");
  const config = JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, unknown>>;
  writeFileSync(file, JSON.stringify({ ...config, max_position_embeddings: 4096 }));
  const { layers: _layers, width: _width, ...rest } = small;
  const few = { ...rest, trainRows: 20, explorerEpisodes: 2, testRows: 4, scenarios: 2 };
  const words = ["--model", "given", "--phase", "sft", "--out", "pretrained"];
  const begun = await hone(...words, ...flagsOf(few), "--layout", "layout");
  expect(begun.code, begun.stderr).toBe(0);
  const report = join(root, "layout/results/evaluation_report.md");
  expect(readFileSync(report, "utf8")).toMatch(/- SETTINGS_UNUSUAL \(1\): outside of what/);
  rmSync(given, { recursive: true });
  const stale = join(root, "layout/models/sft_prediction_model_gemma_270m/old.safetensors");
  writeFileSync(stale, "");
  const own = join(root, "layout/models/own.txt");
  writeFileSync(own, "mine");
  const next = ["--resume", "pretrained", "--phase", "traces", "--layout", "layout"];
  const traced = await hone(...next);
  expect(traced.code, traced.stderr).toBe(0);
  expect(traced.stdout).toMatch(/4 trajectories/);
  expect([existsSync(stale), existsSync(own)]).toEqual([false, true]);
});

it("makes pairs of one meeting whose rewards differ enough, in a form that trainings read", async () => {
  const tasks = meetingTasks({ split: "validation", count: 30, seed: 1 });
  const traces = await Promise.all(
    tasks.flatMap((task) => [0, 1, 2, 3, 4].map((i) => tryOf(task, i))),
  );
  const pairs = meetingPairs(traces, 0.2);
  expect(pairs.length).toBeGreaterThan(15);
  const rewardOf = new Map(
    traces.map(({ messages, trajectory }) => [JSON.stringify(messages), trajectory.reward!]),
  );
  for (const { prompt, chosen, rejected, margin } of pairs) {
    expect(prompt).toHaveLength(1);
    const reward = (side: typeof chosen): number =>
      rewardOf.get(JSON.stringify([...prompt, ...side]))!;
    expect(reward(chosen) - reward(rejected)).toBeCloseTo(margin, 5);
    expect(margin).toBeGreaterThanOrEqual(0.2);
  }
  const file = join(root, "pairs.json");
  writeFileSync(file, JSON.stringify(pairs));
  const { examples } = await readPairs(file);
  expect(examples.map(({ chosen }) => chosen)).toEqual(pairs.map(({ chosen }) => chosen));
});

/** What is printed of phase 2 that is stopped while its model is opened. */
async function printedOfOpening(given: MeetingsSettings, folder: string): Promise<string> {
  const settings = { ...given, phase: "traces", layout: join(root, "mine") } as const;
  const stop = new AbortController();
  const stopped = async function* (): AsyncGenerator<PipelineEvent, void> {
    for await (const event of runMeetings(settings, { resume: folder, signal: stop.signal })) {
      yield event;
      if (event.kind === "note" && event.text.startsWith("agent with tools")) stop.abort();
    }
  };
  let text = "";
  const terminal = plainTerminal({ write: (piece: string) => (text += piece) });
  const again = (of: string): string =>
    resumeWith(of, "run meetings", { table: meetingsSettings, settings });
  await expect(printRun(stopped(), terminal, again)).rejects.toThrow(/^CANCELLED/);
  return text;
}

it("stopped while it tries meetings, goes on as if it had not been", async () => {
  const { settings } = await resolveSettings(meetingsSettings, { flags: small });
  const tracesOf = (folder: string): string => readFileSync(meetingPaths(folder).traces, "utf8");
  const tries = async (folder: string, stopAt?: number): Promise<readonly PipelineEvent[]> => {
    const stop = new AbortController();
    const seen: PipelineEvent[] = [];
    const options = { resume: folder, signal: stop.signal };
    for await (const event of runMeetings({ ...settings, phase: "traces" }, options)) {
      seen.push(event);
      if (event.kind === "rollouts" && event.done === stopAt) stop.abort();
    }
    return seen;
  };
  const [whole, cut] = [join(root, "whole"), join(root, "cut")];
  for await (const _ of runMeetings({ ...settings, phase: "sft" }, { out: whole }));
  cpSync(whole, cut, { recursive: true });
  await tries(whole);
  const first = await tries(cut, 40);
  expect(first.at(-1)).toMatchObject({
    ...{ kind: "stopped", folder: cut, phase: "traces" },
    // The tries under way when it was stopped are not kept.
    work: { unit: "tries", done: 40, total: 100 },
  });
  expect(existsSync(meetingPaths(cut).traces)).toBe(false);
  expect(readFileSync(meetingPaths(cut).begun, "utf8").trim().split("\n")).toHaveLength(21);
  expect(await printedOfOpening(settings, cut)).toMatch(
    /stopped; what .* is kept\n  → npx hone run meetings --resume .*cut --phase traces --layout .*mine\n$/,
  );
  await tries(cut);
  expect(tracesOf(cut)).toBe(tracesOf(whole));
});

it("refuses a size of a new model beside a pretrained one", async () => {
  const both = await hone("--model", "./some", "--layers", "2", "--out", "both");
  expect(both.stderr).toMatch(/CONFIG_INVALID: --layers: .* together with --model/);
  expect(existsSync(join(root, "both"))).toBe(false);
});

it("reads a table of a user's, and names the lines that cannot be used", async () => {
  await commandLine(["domains", "meetings", "data", "--rows", "40", "--out", "own.csv"], {
    folder: root,
  });
  const file = join(root, "own.csv");
  const lines = readFileSync(file, "utf8").trim().split("\n");
  writeFileSync(file, [...lines, "What a day,0.5,luck,0.5", "Two meet,0.5,energy,7"].join("\n"));
  const words = ["--phase", "sft", "--data", "own.csv", "--out", "own"];
  const drawn = await hone(...words, ...flags);
  expect(drawn.stderr).toMatch(/CONFIG_INVALID: --train-rows: .* together with --data/);
  const { stdout, stderr } = await hone(...words, ...flagsOf(ofOwnTable));
  expect(stdout).toMatch(/own.csv: 32 meetings to learn from, 8 held out/);
  expect(stderr).toMatch(
    /DATA_ROWS_UNUSABLE.*2 of its rows.*line 42: target_reason is "luck".*line 43: ground_truth_prob is "7"/s,
  );
  // A run reads its own copy, so that what becomes of the file does not matter.
  rmSync(file);
  const { stdout: again, code } = await hone("--resume", "own", "--phase", "sft");
  expect(code).toBe(0);
  expect(again).toMatch(/phase sft is done already/);
  const record = readFileSync(join(root, "own/run.json"), "utf8");
  expect(record).toMatch(/"dataDigest": ?"[0-9a-f]{64}"/);
  const measured = await commandLine(
    ["eval", "own/sft", "--tasks", "2", "--threads", "1", "--json"],
    { folder: root },
  );
  expect(measured.code, measured.stderr).toBe(0);
});

it("refuses a table of which no text can be held out, and leaves no folder", async () => {
  await commandLine(["domains", "meetings", "data", "--rows", "4", "--out", "few.csv"], {
    folder: root,
  });
  const { stderr } = await hone("--data", "few.csv", "--out", "few");
  expect(stderr).toMatch(/CONFIG_INVALID: --data: .*few.csv has 4 different texts.*at least 5/);
  expect(existsSync(join(root, "few"))).toBe(false);
});

it("takes the keys of other frameworks' files, and warns of settings that are unusual for a pretrained model", async () => {
  writeFileSync(
    join(root, "seed.yaml"),
    "lora_r: 64\nlora_alpha: 16\nlora_dropout: 0.1\nnum_train_epochs: 2\nlearning_rate: 0.002\nweight_decay: 0.05\nper_device_train_batch_size: 2\ngradient_accumulation_steps: 4\nbeta: 0.2\nmax_steps: 30\n",
  );
  const { seedKeysOf } = await import("../../seed-keys/seed-keys.ts");
  const { settings } = await resolveSettings(meetingsSettings, {
    ...{ file: join(root, "seed.yaml"), flags: { model: "./some" } },
    seedKeys: seedKeysOf("run meetings"),
  });
  expect(settings).toMatchObject({
    ...{ rank: 64, alpha: 16, dropout: 0.1, sftEpochs: 2, sftLearningRate: 0.002 },
    ...{ weightDecay: 0.05, sftBatchSize: 8, beta: 0.2, dpoSteps: 30 },
  });
  const { settingsWarning } = await import("./settings-warning.ts");
  const { resolvedMeetings } = await import("./resolved-settings.ts");
  const { meetingWarnings } = await import("./settings-warning.ts");
  const few = { code: "HELD_OUT_FEW", count: 1, texts: ["Few."] };
  expect(
    meetingWarnings(resolvedMeetings(settings), [{ warnings: [few] }, { warnings: [few] }]),
  ).toMatchObject([
    { code: "SETTINGS_UNUSUAL", count: 1 },
    { ...few, count: 2 },
  ]);
  expect(settingsWarning(resolvedMeetings(settings))?.text).toMatch(
    /--rank 64 \(8 to 16\), --sft-learning-rate 0.002 .*, --alpha 16 \(128, twice the rank\)/,
  );
  expect(settingsWarning(resolvedMeetings({ ...settings, model: undefined }))).toBeUndefined();
});
