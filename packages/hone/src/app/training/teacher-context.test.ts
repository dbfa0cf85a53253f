/** Teachers by name, and what they are told. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { Rollout } from "../../core/rollout.ts";
import { letterRenderer } from "../../testing/letter-renderer.ts";
import { distill } from "../../algorithms/supervised/distill.ts";
import type { TrainStep } from "../../core/train-step.ts";
import type { PipelineEvent } from "./pipeline-events.ts";
import { keptRun } from "./stored/kept-run-fixture.ts";
import { train } from "./train.ts";
import { modelTeacher } from "../models/model-teacher.ts";
import { teacherContext } from "./teacher-context.ts";

const root = mkdtempSync(join(tmpdir(), "hone-teacher-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const rollout = (task: object): Rollout => ({ task: { id: "t1", ...task } }) as Rollout;

it("tells the answer of the task, or what a file says", async () => {
  const answer = await teacherContext("answer");
  expect(answer(rollout({ answer: "7" }))).toBe("The right answer is: 7");
  expect(answer(rollout({ answer: [1, 2] }))).toBe("The right answer is: [1,2]");
  expect(() => answer(rollout({}))).toThrow(/^CONFIG_INVALID: .*t1 has no answer/);
  const file = join(root, "hint.ts");
  writeFileSync(file, "export default ({ task }: { task: { id: string } }) => `of ${task.id}`;");
  expect((await teacherContext(file))(rollout({}))).toBe("of t1");
});

it("refuses names that are neither, and files without a function", async () => {
  await expect(teacherContext("anwser")).rejects.toThrow(/^CONFIG_INVALID: .*--context/);
  const file = join(root, "no-hint.ts");
  writeFileSync(file, "export default 7;");
  await expect(teacherContext(file)).rejects.toThrow(/^USER_FILE_INVALID: .*function of a rollout/);
  await expect(teacherContext(join(root, "none.ts"))).rejects.toThrow("USER_FILE_INVALID");
});

it("opens a model as a teacher of its own tokenizer only", async () => {
  const model = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");
  await expect(modelTeacher(model).open(letterRenderer("ab"))).rejects.toThrow(
    /^TOKENIZERS_DIFFER/,
  );
  const { openRenderer } = await import("../../text/renderer.ts");
  const teacher = await modelTeacher(model).open(await openRenderer(model));
  expect(await teacher.policy.logProbs([1, 2, 3])).toHaveLength(3);
  await teacher.close();
  expect(() => modelTeacher("")).toThrow("OPTION_INVALID");
});

it("finds no difference between the policy and a teacher that it begins as, over turns of real conversations", async () => {
  const teacher = modelTeacher(keptRun.model);
  const algorithm = distill({ teacher, steps: 1, groupSize: 2, groupsPerStep: 2, learningRate: 0 });
  const steps: TrainStep[] = [];
  const onEvent = (event: PipelineEvent): void => {
    if (event.kind === "step") steps.push(event.step);
  };
  const run = { ...keptRun, algorithm, reward: () => 1, onEvent, quiet: true };
  await train({ ...run, out: join(root, "run") });
  expect(Math.abs(steps[0]!.metrics["teacher_kl"]!)).toBeLessThan(1e-5);
  // The same policy, told something.
  const told = distill({
    context: () => "be brief",
    steps: 1,
    groupSize: 2,
    groupsPerStep: 2,
    learningRate: 0,
  });
  await train({ ...run, algorithm: told, out: join(root, "told") });
  expect(Math.abs(steps[1]!.metrics["teacher_kl"]!)).toBeGreaterThan(1e-4);
});
