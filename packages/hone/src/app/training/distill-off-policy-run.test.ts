/** `hone train distill-off-policy` with a model as the teacher, in the engine. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { trainingOf, type TrainingName } from "../trainings.ts";
import { resolveSettings } from "./config.ts";
import { runTraining } from "./run-training.ts";
import { keptRun } from "./stored/kept-run-fixture.ts";
import { settingsOfTraining } from "./training-settings.ts";

const { model } = keptRun;
const root = mkdtempSync(join(tmpdir(), "hone-distill-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const data = join(root, "chats.jsonl");
const lines = ["one", "two", "three"].map((content) => ({
  messages: [
    { role: "user", content },
    { role: "assistant", content: `yes ${content}` },
  ],
}));
writeFileSync(data, lines.map((line) => JSON.stringify(line)).join("\n"));

async function stepsOf(name: TrainingName, flags: Record<string, unknown>) {
  const training = trainingOf(name);
  const given = { model, data, heldOut: 0, threads: 1, ...flags };
  const resolved = await resolveSettings(settingsOfTraining(training), { flags: given });
  const metrics: Readonly<Record<string, number>>[] = [];
  for await (const event of runTraining({ name, training, ...resolved }))
    if (event.kind === "step") metrics.push(event.step.metrics);
  return metrics;
}

it("comes nearer to the teacher, whose tokens must be the policy's", async () => {
  const teacher = join(root, "teacher");
  await stepsOf("sft", { out: teacher, steps: 8, learningRate: 0.03 });
  const flags = { teacher, steps: 8, learningRate: 0.03, targetsPerToken: 12 };
  const steps = await stepsOf("distill-off-policy", { ...flags, out: join(root, "student") });
  const [first, last] = [steps[0]!, steps.at(-1)!];
  expect(first["forward_kl"]).toBeGreaterThan(0.05);
  expect(last["forward_kl"]).toBeLessThan(0.3 * first["forward_kl"]!);
  expect(first["teacher_mass"]).toBeGreaterThan(0);
  expect(first["teacher_mass"]).toBeLessThan(1);

  const out = join(root, "other");
  const other = join(model, "../llama");
  await expect(stepsOf("distill-off-policy", { ...flags, teacher: other, out })).rejects.toThrow(
    /^TOKENIZERS_DIFFER/,
  );
  await expect(stepsOf("distill-off-policy", {})).rejects.toThrow(/^CONFIG_INVALID: --teacher/);
});
