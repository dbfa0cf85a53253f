/** How a run is printed: numbers in the rows, a sentence once, and on a terminal also for `train()`. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { HoneError } from "../../core/errors.ts";
import { grpo } from "../../algorithms/policy-gradient/grpo.ts";
import type { PipelineEvent } from "./pipeline-events.ts";
import type { Interval } from "../../evaluation/intervals.ts";
import { plainTerminal } from "./plain-terminal.ts";
import { folderNote } from "./open-pipeline.ts";
import { printRun, RunPrinter } from "./run-printer.ts";
import { train } from "./train.ts";
import type { TrainOptions } from "./train-options.ts";

const root = mkdtempSync(join(tmpdir(), "hone-printed-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function printed(events: readonly PipelineEvent[], isTTY = false): string[] {
  let text = "";
  const stream = { isTTY, write: (piece: string) => (text += piece) };
  const printer = new RunPrinter(plainTerminal(stream), (folder) => `resume ${folder}`);
  for (const event of events) printer.print(event);
  return text.split("\n");
}

const step = (
  number: number,
  metrics: Readonly<Record<string, number>>,
  warnings: Readonly<Record<string, number>>,
): PipelineEvent => ({
  kind: "step",
  phase: "grpo",
  steps: 3,
  seconds: 1,
  step: { step: number, metrics: { reward: 0.5, groups: 16, ...metrics }, warnings },
});

/** What a run prints at its end whose success changed by this. */
function printedEnd(difference: Interval): string[] {
  const success = { value: 0.5, low: 0.4, high: 0.6 };
  const measured = { taskCount: 100, success } as const;
  const result = {
    seconds: 3,
    folder: "runs/a",
    checkpoint: "runs/a/checkpoints/3",
    report: "runs/a/report.md",
    before: measured,
    after: measured,
    difference: { success: difference },
    baselines: [
      { name: "random actions", success: { value: 0.02, low: 0, high: 0.05 } },
      { name: "expert", success: { value: 1, low: 0.96, high: 1 } },
    ],
  };
  // Of an evaluation the end prints no more than this.
  return printed([{ kind: "done", result } as unknown as PipelineEvent]);
}

describe("the end of a run", () => {
  it("says what the same tasks give without a model", () => {
    expect(printedEnd({ value: 0.1, low: 0.05, high: 0.2 })).toContain(
      "  without a model: random actions 0.02, expert 1.00",
    );
  });

  it("says whether it got worse, and what to do then", () => {
    const [first, second] = printedEnd({ value: -0.4, low: -0.5, high: -0.3 });
    expect(first).toMatch(/^✗ success .*paired difference -0.40 \[-0.50, -0.30\]: worse, 3\.0 s$/);
    expect(second).toContain("smaller learning rate");
    expect(printedEnd({ value: 0, low: -0.1, high: 0.1 })[0]).toMatch(
      /^· success .*: not shown to be different, /,
    );
    expect(printedEnd({ value: 0.4, low: 0.3, high: 0.5 })[0]).toMatch(
      /^✓ success .*paired difference 0.40 \[0.30, 0.50\], /,
    );
  });
});

describe("a stopped run", () => {
  const stopped = { kind: "stopped", folder: "runs/a", step: 0 } as const;

  it("says how far it is, and how it goes on", () => {
    expect(printed([{ ...stopped, phase: "grpo", step: 12 }]).slice(0, 2)).toEqual([
      "  stopped and saved at grpo step 12",
      "  → resume runs/a",
    ]);
    const work = { unit: "tries", done: 40, total: 100 };
    expect(printed([{ ...stopped, phase: "traces", work }])[0]).toBe(
      "  stopped and saved at traces, 40 of 100 tries",
    );
  });

  it("says how it goes on where it was stopped outside of its steps, once it has a folder", async () => {
    const printedUntil = async (events: readonly PipelineEvent[], error: Error) => {
      let text = "";
      const stream = { write: (piece: string) => (text += piece) };
      const cut = async function* (): AsyncGenerator<PipelineEvent, void> {
        yield* events;
        throw error;
      };
      const again = (folder: string): string => `resume ${folder}`;
      await expect(printRun(cut(), plainTerminal(stream), again)).rejects.toBe(error);
      return text;
    };
    const cancelled = new HoneError("CANCELLED", { what: "opening a model" });
    // A part of the run has a folder of its own, which is not resumed.
    const begun = [folderNote("runs/whole"), folderNote("runs/whole/sft")];
    expect(await printedUntil(begun, cancelled)).toMatch(
      /\n  stopped; what was saved before is kept\n  → resume runs\/whole\n$/,
    );
    expect(await printedUntil(begun, new Error("broken"))).not.toContain("→");
    expect(await printedUntil([], cancelled)).toBe("");
  });
});

describe("warnings of steps", () => {
  it("are explained once, and are numbers in every row", () => {
    const lines = printed([
      { kind: "phase", name: "grpo", steps: 3, startStep: 0 },
      step(1, { groups_without_signal: 16 }, { GROUPS_WITHOUT_SIGNAL: 16, STEP_WITHOUT_SIGNAL: 1 }),
      step(2, { groups_without_signal: 12 }, { GROUPS_WITHOUT_SIGNAL: 12 }),
      step(3, { groups_without_signal: 11 }, { GROUPS_WITHOUT_SIGNAL: 11 }),
    ]);
    const said = lines.filter((line) => line.includes("SIGNAL"));
    expect(said).toEqual([
      "STEP_WITHOUT_SIGNAL: step 1 changed nothing: no group had two different rewards",
      'GROUPS_WITHOUT_SIGNAL: in 12 of 16 groups all answers had the same reward, so nothing was learned from them (column "no signal")',
    ]);
    const rows = lines.filter((line) => /^ +\d/.test(line));
    expect(rows.map((row) => row.length)).toEqual([79, 79, 79]);
    const head = lines.find((line) => line.includes("no signal"))!;
    const end = head.indexOf("no signal") + "no signal".length;
    expect(rows.map((row) => row.slice(0, end).trim().split(/ +/).at(-1))).toEqual([
      "16",
      "12",
      "11",
    ]);
  });

  it("of an algorithm of the user's are shown by their codes", () => {
    const lines = printed([
      { kind: "phase", name: "grpo", steps: 3, startStep: 0 },
      step(1, {}, { TOO_LONG: 2 }),
    ]);
    expect(lines).toContain("TOO_LONG: 2 in step 1");
  });
});

it("shows rollouts that run on a terminal, with those that missed the deadline", () => {
  const counts = { total: 20, done: 12, failed: 3, missed: 2, running: 8, longestSeconds: 34.2 };
  const [line] = printed([{ kind: "rollouts", name: "start", deadline: 60, ...counts }], true);
  expect(line).toContain("start: 12 of 20 rollouts, 8 running for up to 34 s with waits, 2 missed");
  const queue = { workers: 2, waiting: 5 };
  const event = { kind: "rollouts", name: "grpo", deadline: 60, ...counts, queue } as const;
  expect(printed([event], true)[0]).toContain(
    "grpo: 12 of 20 rollouts, 8 with 2 workers for up to 34 s with waits, 5 waiting",
  );
  const none = { ...event, running: 0, queue: { workers: 0, waiting: 8 } };
  expect(printed([none], true)[0]).toContain("grpo: 12 of 20 rollouts, no worker, 8 waiting");
});

it("shows how many known answers are scored once the rollouts have ended, in a pipe where it is slow", () => {
  const counts = { total: 20, done: 20, failed: 0, missed: 0, running: 0, longestSeconds: 0 };
  const scored = (seconds: number) => ({
    ...({ kind: "rollouts", name: "start", deadline: 60, ...counts } as const),
    scored: { done: 3, total: 12, seconds },
  });
  const what = "start: 20 of 20 rollouts, 3 of 12 known answers scored";
  expect(printed([scored(1)], true)[0]).toContain(`${what}   25 %`);
  const told: unknown[] = [];
  const progress = (shown: object) => told.push(shown);
  const pipe = { ...plainTerminal({ isTTY: false, write: () => true }), progress };
  const printer = new RunPrinter(pipe, (folder) => `resume ${folder}`);
  printer.print(scored(1));
  expect(told).toEqual([]);
  printer.print(scored(60));
  expect(told).toEqual([{ what, share: 0.25 }]);
});

it("shows how long a step takes so far, in a pipe where it is very long", () => {
  const phase = { kind: "phase", name: "sft", steps: 18, startStep: 4 } as const;
  const computing = (name: string, seconds: number) =>
    ({ kind: "computing", name, seconds }) as const;
  const [, line] = printed([phase, computing("sft", 1), computing("sft", 12.3)], true);
  expect(line).toContain("sft: step 5 of 18, 12 s so far   22 %");
  expect(printed([phase, computing("after sft", 12.3)], true)[1]).toContain(
    "after sft: 12 s so far",
  );
  const told: unknown[] = [];
  const progress = (shown: object) => told.push(shown);
  const pipe = { ...plainTerminal({ isTTY: false, write: () => true }), progress };
  const printer = new RunPrinter(pipe, (folder) => `resume ${folder}`);
  for (const seconds of [12, 29, 41]) printer.print(computing("sft", seconds));
  expect(told).toEqual([{ what: "sft: 41 s so far" }]);
});

describe("train()", () => {
  const stderr = process.stderr as { isTTY?: boolean };
  const was = stderr.isTTY;
  afterEach(() => {
    Object.assign(stderr, { isTTY: was });
    vi.restoreAllMocks();
  });

  async function written(changes: Partial<TrainOptions<{ id: string }, string>>): Promise<string> {
    let text = "";
    vi.spyOn(process.stderr, "write").mockImplementation((piece) => {
      text += String(piece);
      return true;
    });
    await train({
      model: join(import.meta.dirname, "../../../../../test/golden/models/qwen2"),
      agent: async (task, { model }) =>
        (await model.chat([{ role: "user", content: task.id }])).content,
      tasks: { train: [{ id: "one" }], test: [{ id: "two" }] },
      reward: ({ answer }) => answer.length % 5,
      algorithm: grpo({ steps: 1, groupSize: 4, groupsPerStep: 1, learningRate: 1e-3 }),
      sampling: { maxTokens: 4 },
      threads: 1,
      keepRollouts: "none",
      ...changes,
    });
    return text;
  }

  it("prints the run folder, steps and result on a terminal, unless it is to be quiet", async () => {
    Object.assign(stderr, { isTTY: true });
    const out = join(root, "shown");
    const cwd = vi.spyOn(process, "cwd").mockReturnValue(root);
    const text = await written({ out });
    cwd.mockRestore();
    // Relative to the working folder, which it is below.
    expect(text).toContain("run folder shown\n");
    expect(text).toContain("60 s");
    expect(text).toContain("gradient");
    expect(text).toContain(`→ ${join("shown", "report.md")}`);
    expect(await written({ out: join(root, "quiet"), quiet: true })).toBe("");
  });

  it("prints its warnings alone where stderr is no terminal", async () => {
    Object.assign(stderr, { isTTY: false });
    const tasks = { train: [{ id: "one" }], test: [{ id: "one" }] };
    const text = await written({ out: join(root, "piped"), tasks });
    expect(text).toContain("HELD_OUT_SEEN: 1 of 1 tasks of tasks.test are also in tasks.train");
    expect(
      text
        .trimEnd()
        .split("\n")
        .map((one) => one.split(":")[0]),
    ).toEqual(["HELD_OUT_SEEN", "HELD_OUT_FEW"]);
  });
});
