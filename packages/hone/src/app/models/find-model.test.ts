import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HoneError } from "../../core/errors.ts";
import { createRunFolder } from "../../runs/open-run.ts";
import { findModel } from "./find-model.ts";

const golden = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");

let root: string;
let runs: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "hone-find-"));
  runs = join(root, "runs");
});
afterAll(() => rm(root, { recursive: true, force: true }));

const interval = { value: 0, low: 0, high: 0 };
const measurement = { tasks: 1, samplesPerTask: 1, success: interval, reward: interval };
const result = {
  before: measurement,
  after: measurement,
  difference: { success: interval, reward: interval },
  seconds: 1,
};

/** A run with two checkpoints; `finish` adds what a finished one leaves. */
async function makeRun(
  name: string,
  config: Record<string, unknown>,
  finish?: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(runs, name);
  const run = await createRunFolder({ name, config, out: folder });
  for (const [step, value] of [
    [1, 5],
    [2, 3],
  ] as const) {
    const score = { metric: "reward", value };
    await run.saveCheckpoint({ section: "grpo", step, score }, async (path) => {
      await mkdir(join(path, "training"));
      await writeFile(join(path, "training", "state.json"), "{}");
    });
  }
  if (finish !== undefined) {
    await finish(folder);
    await run.saveResult(result);
  }
  await run.close();
  return folder;
}

describe("a model is found", () => {
  it("as a folder", async () => {
    expect(await findModel(golden)).toEqual({ name: golden, folder: golden, notices: [] });
  });

  it("as last: the newest run with a checkpoint; one without says so, and why it failed", async () => {
    const trained = await makeRun("grpo-1", {
      command: "train grpo",
      weights: "all",
      model: golden,
    });
    const failed = join(runs, "grpo-2");
    const run = await createRunFolder({ name: "grpo-2", config: {}, out: failed });
    const named = findModel("grpo-2", { runs });
    await expect(named).rejects.toThrow(
      /^RUN_WITHOUT_CHECKPOINT: .*grpo-2 has saved no checkpoint yet/,
    );
    await run.saveFailure(new HoneError("DATA_EMPTY", { where: "a.jsonl" }));
    await run.close();
    await expect(findModel("grpo-2", { runs })).rejects.toThrow(
      /^RUN_WITHOUT_CHECKPOINT: .*failed before it saved .*DATA_EMPTY: a.jsonl is empty/,
    );
    const { checkpoint } = await findModel("last", { runs });
    expect(checkpoint!.state).toContain(trained);
    await rm(runs, { recursive: true });
  });

  it("as an adapter with the base it names, also where that is a path beside it", async () => {
    const adapter = join(root, "adapters", "a");
    await cp(join(golden, "adapter-qv"), adapter, { recursive: true });
    const config = { peft_type: "LORA", r: 4, base_model_name_or_path: "../../the-base-of-a" };
    await writeFile(join(adapter, "adapter_config.json"), JSON.stringify(config));
    await cp(golden, join(root, "the-base-of-a"), { recursive: true });
    const found = await findModel(adapter);
    expect(found).toMatchObject({ folder: join(root, "the-base-of-a"), adapter });
    const unnamed = { ...config, base_model_name_or_path: undefined };
    await writeFile(join(adapter, "adapter_config.json"), JSON.stringify(unnamed));
    await expect(findModel(adapter)).rejects.toMatchObject({ code: "ADAPTER_BASE_UNKNOWN" });
  });

  it("by a path that was written in another working folder, above what recorded it", async () => {
    const project = join(root, "project");
    const adapter = join(project, "models", "rl", "adapter");
    await cp(join(golden, "adapter-qv"), adapter, { recursive: true });
    const config = { peft_type: "LORA", r: 4, base_model_name_or_path: "models/sft/model" };
    await writeFile(join(adapter, "adapter_config.json"), JSON.stringify(config));
    await cp(golden, join(project, "models", "sft", "model"), { recursive: true });
    expect(await findModel(adapter)).toMatchObject({
      folder: join(project, "models", "sft", "model"),
      adapter,
    });
  });

  it("with an adapter given beside it, which must be one", async () => {
    const adapter = join(golden, "adapter-qv");
    expect(await findModel(golden, { adapter })).toMatchObject({ folder: golden, adapter });
    await expect(findModel(golden, { adapter: golden })).rejects.toMatchObject({
      code: "ADAPTER_ABSENT",
    });
  });

  it("as the model or the adapter that a run ended with, by the run's short id", async () => {
    const whole = await makeRun("math-1-aaaa", { command: "run math" }, (folder) =>
      cp(golden, join(folder, "model"), { recursive: true }),
    );
    expect(await findModel("aaaa", { runs })).toMatchObject({
      folder: join(whole, "model"),
      run: { command: "run math" },
    });
    const tuned = await makeRun("math-2-bbbb", { model: golden, weights: "adapter" }, (folder) =>
      cp(join(golden, "adapter-qv"), join(folder, "adapter"), { recursive: true }),
    );
    const config = { peft_type: "LORA", r: 4, base_model_name_or_path: golden };
    await writeFile(join(tuned, "adapter", "adapter_config.json"), JSON.stringify(config));
    expect(await findModel(tuned)).toMatchObject({
      folder: golden,
      adapter: join(tuned, "adapter"),
    });
  });

  it("as the latest checkpoint of a run that was stopped, or the one that is asked for", async () => {
    const adapter = { weights: "adapter", rank: 4, alpha: 8, dropout: 0, targets: ["q_proj"] };
    const folder = await makeRun("math-3-cccc", { model: golden, ...adapter });
    expect(await findModel("cccc", { runs })).toMatchObject({
      folder: golden,
      checkpoint: {
        name: "grpo-step-000002",
        state: join(folder, "checkpoints/grpo-step-000002/training"),
        trained: { lora: { rank: 4, alpha: 8, dropout: 0, targetModules: ["q_proj"] } },
      },
    });
    const best = await findModel("cccc", { runs, checkpoint: "best" });
    expect(best.checkpoint?.name).toBe("grpo-step-000001");
    expect(await findModel(golden, { adapter: folder })).toMatchObject({
      adapter: join(folder, "checkpoints/grpo-step-000002/adapter"),
    });
    await mkdir(join(folder, "base"));
    const own = await findModel(folder);
    expect(own.folder).toBe(join(folder, "base"));
  });

  it("or not, by name", async () => {
    await expect(findModel("nothing", { runs })).rejects.toMatchObject({ code: "MODEL_NOT_FOUND" });
    await expect(findModel(root, { runs })).rejects.toThrow(/no config.json/);
    await expect(findModel("math", { runs })).rejects.toMatchObject({ code: "RUN_AMBIGUOUS" });
  });
});

it("asks no other machine for a name that begins with a folder that exists, or with the runs", async () => {
  const cwd = process.cwd();
  process.chdir(root);
  try {
    await mkdir("kept", { recursive: true });
    for (const name of ["kept/typo", "runs/typo", "./typo/a", "kept/a/b"])
      await expect(findModel(name)).rejects.toMatchObject({
        code: "MODEL_NOT_FOUND",
        facts: { model: name },
      });
    const onModel = findModel(golden, { adapter: "kept/typo" });
    await expect(onModel).rejects.toMatchObject({ code: "MODEL_NOT_FOUND" });
  } finally {
    process.chdir(cwd);
  }
});
