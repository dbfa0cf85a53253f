/** Alarms of whole runs, on pretrained weights (of a golden folder): in events, in the result and in the report; once, also when resumed. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { grpo } from "../../../algorithms/policy-gradient/grpo.ts";
import { readRows } from "../../../formats/format.ts";
import { metricsFormat } from "../../../formats/metrics-format.ts";
import type { PipelineEvent, TrainResult } from "../pipeline-events.ts";
import { train, trainEvents } from "../train.ts";
import type { TrainOptions } from "../train-options.ts";

const model = join(import.meta.dirname, "../../../../../../test/golden/models/qwen2");
const root = mkdtempSync(join(tmpdir(), "hone-alarms-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Question {
  readonly id: string;
  readonly wantsLong: boolean;
}
const questions = (names: string, wantsLong: boolean): Question[] =>
  Array.from(names, (id) => ({ id, wantsLong }));

/**
 * In training long answers are paid, in the held-out tasks short ones; style is luck. An agent whose reply is long asks again. The
 * limits are near, as steps are few.
 */
function options(out: string): TrainOptions<Question, number> {
  return {
    ...{ model, out, threads: 1, keepRollouts: "none", checkpointEvery: 6, quiet: true },
    agent: async ({ id }, { model: policy, signal }) => {
      let [length, reply] = [0, ""];
      for (let turn = 0; turn < 3 && reply.length >= 8 * turn; turn++) {
        const conversation = [{ role: "user" as const, content: `${id}${reply}` }];
        reply = (await policy.chat(conversation, { signal })).content;
        length += reply.length;
      }
      return length;
    },
    tasks: { train: questions("abc", true), test: questions("defghijklmno", false) },
    reward: ({ answer, task }) => {
      const style = ((answer ?? 0) * 7 + task.id.charCodeAt(0)) % 5;
      const length = (answer ?? 0) * (task.wantsLong ? 1 : -1);
      const total = length + 0.001 * style - 1000;
      return { total, components: { length, style, success: 0 }, source: "rule" };
    },
    algorithm: grpo({ steps: 11, groupSize: 4, groupsPerStep: 2, learningRate: 0.03 }),
    sampling: { maxTokens: 6 },
    evaluation: { mode: "sampled" },
    alarms: { entropy: 0.98, length: 1.02, mismatch: 1e-9, component: 1, test: 0 },
  };
}

const warningsOf = (events: readonly PipelineEvent[]): string[] =>
  events.flatMap((event) => (event.kind === "warning" ? [event.code] : []));

const expected = [
  ...["ENTROPY_COLLAPSED", "HELD_OUT_WORSE", "LENGTH_EXPLODED", "MISMATCH_HIGH"],
  "REWARD_ONE_SIDED",
];

let result: TrainResult;
const events: PipelineEvent[] = [];
beforeAll(async () => {
  const onEvent = (event: PipelineEvent): void => void events.push(event);
  result = await train({ ...options(join(root, "whole")), onEvent });
});

it("each is an event once, a warning of the result with its count, and a row of the report", () => {
  expect(
    warningsOf(events)
      .filter((code) => expected.includes(code))
      .toSorted(),
  ).toEqual(expected);
  const report = readFileSync(result.report, "utf8");
  for (const code of expected) {
    const warning = result.warnings.find((one) => one.code === code);
    expect(warning, code).toMatchObject({ count: 1 });
    expect(report).toContain(`| ${code} | 1 | ${warning!.texts[0]!.slice(0, 20)}`);
  }
});

it("each stands among the numbers of the step that raised it, beside what is kept of every rollout", () => {
  const file = join(result.folder, "metrics.jsonl");
  const rows = readRows(metricsFormat, readFileSync(file, "utf8"), file);
  const raised = rows.flatMap(({ step, values = {} }) =>
    Object.keys(values).flatMap((name) =>
      name.startsWith("alarm/") ? [[name.slice("alarm/".length), step] as const] : [],
    ),
  );
  // What the held-out tasks say belongs to no step.
  const ofSteps = expected.filter((code) => code !== "HELD_OUT_WORSE");
  expect(raised.map(([code]) => code).toSorted()).toEqual(ofSteps);
  for (const [code, step] of raised) {
    const { texts } = result.warnings.find((one) => one.code === code)!;
    expect(texts[0]).toMatch(new RegExp(`^step ${step} of grpo: `));
  }
  const kept = rows.flatMap(({ step, histograms }) =>
    step === 1 && histograms ? [histograms] : [],
  );
  const counts = kept.flatMap((one) =>
    Object.entries(one).map(([name, values]) => [name, values.length] as const),
  );
  expect(Object.fromEntries(counts)).toMatchObject({ reward: 8, response_length: 8 });
  expect(Object.fromEntries(counts)["advantage"]).toBeGreaterThanOrEqual(8);
});

it("a run that is stopped and resumed raises the same, each once", async () => {
  const folder = join(root, "halves");
  const stop = new AbortController();
  const told: PipelineEvent[] = [];
  for await (const event of trainEvents({ ...options(folder), signal: stop.signal })) {
    told.push(event);
    if (event.kind === "step" && event.step.step === 7) stop.abort();
  }
  const { out: _, ...again } = options(folder);
  for await (const event of trainEvents({ ...again, resume: folder })) told.push(event);
  expect(told.at(-1)!.kind).toBe("done");
  const alarms = (some: readonly PipelineEvent[]) =>
    some.flatMap((event) =>
      event.kind === "warning" && expected.includes(event.code) ? [[event.code, event.text]] : [],
    );
  expect(alarms(told)).toEqual(alarms(events));
});

it("a limit that cannot be is refused by its name", async () => {
  const wrong = { ...options(join(root, "wrong")), alarms: { entropy: 1 } };
  await expect(train(wrong)).rejects.toMatchObject({
    code: "OPTION_INVALID",
    facts: { option: "alarms.entropy" },
  });
  const unknown = { ...options(join(root, "unknown")), alarms: { entropie: 0.1 } as object };
  await expect(train(unknown)).rejects.toMatchObject({ code: "OPTION_INVALID" });
});
