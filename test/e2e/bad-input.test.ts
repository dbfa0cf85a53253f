/** What is wrong with an input is said with a code, the thing's name and the way out; nothing already saved is lost. */
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bin } from "../doubles/own-code.ts";
import { grpo } from "../../packages/hone/src/algorithms/policy-gradient/grpo.ts";
import { sft } from "../../packages/hone/src/algorithms/supervised/sft.ts";
import { findModel } from "../../packages/hone/src/app/models/find-model.ts";
import { mergeModel } from "../../packages/hone/src/app/models/merge-model.ts";
import { train } from "../../packages/hone/src/app/training/train.ts";
import { type ErrorCode, isHoneError } from "../../packages/hone/src/core/errors.ts";
import { type Engine, openEngine } from "../../packages/hone/src/engine/engine.ts";
import type { Datum } from "../../packages/hone/src/ports/training-client.ts";
import { loadCheckpoint } from "../../packages/hone/src/runs/load-checkpoint.ts";

const golden = join(import.meta.dirname, "../golden/models");
const qwen2 = join(golden, "qwen2");
const root = mkdtempSync(join(tmpdir(), "hone-bad-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The error of this code; its message holds the named thing and, after an arrow, the way out. */
async function refused(work: Promise<unknown>, code: ErrorCode, named: string): Promise<void> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(isHoneError(error), String(error)).toBe(true);
  expect(error).toMatchObject({ code });
  const [what, fix] = (error as Error).message.split("\n  → ");
  expect(what).toContain(named);
  expect(fix).toMatch(/\w{3}/);
}

/** A copy of a model with something wrong in it, opened. */
async function opened(spoil: (folder: string) => void): Promise<unknown> {
  const folder = mkdtempSync(join(root, "model-"));
  for (const file of ["config.json", "model.safetensors", "tokenizer.json"])
    cpSync(join(qwen2, file), join(folder, file));
  cpSync(join(qwen2, "tokenizer_config.json"), join(folder, "tokenizer_config.json"));
  spoil(folder);
  return (await openEngine(folder, { threads: 1 })).close();
}

const withConfig =
  (changes: object) =>
  (folder: string): void => {
    const path = join(folder, "config.json");
    const config = JSON.parse(readFileSync(path, "utf8")) as object;
    writeFileSync(path, JSON.stringify({ ...config, ...changes }));
  };

const withWeights =
  (change: (bytes: Buffer) => void) =>
  (folder: string): void => {
    const path = join(folder, "model.safetensors");
    const bytes = readFileSync(path);
    change(bytes);
    writeFileSync(path, bytes);
  };

/** Moves the first tensor's begin by 8 bytes. */
function lie(bytes: Buffer): void {
  const length = Number(bytes.readBigUInt64LE());
  const header = bytes.toString("latin1", 8, 8 + length);
  bytes.write(header.replace(/("data_offsets":\s*\[)0/, "$18"), 8, "latin1");
}

describe("a model folder is refused that", () => {
  const weights = (folder: string): string => join(folder, "model.safetensors");
  const cases: [string, (folder: string) => void, ErrorCode, string][] = [
    [
      "has another model_type",
      withConfig({ model_type: "gpt2" }),
      "MODEL_TYPE_UNSUPPORTED",
      "gpt2",
    ],
    [
      "has another model_type and no tokenizer either",
      (folder) => {
        withConfig({ model_type: "gpt2" })(folder);
        rmSync(join(folder, "tokenizer.json"));
      },
      "MODEL_TYPE_UNSUPPORTED",
      "gpt2",
    ],
    ["lacks a tensor", withConfig({ num_hidden_layers: 3 }), "TENSOR_MISSING", "model.layers.2."],
    ["has a misshapen one", withConfig({ intermediate_size: 64 }), "TENSOR_SHAPE", "[64, 32]"],
    [
      "claims more layers than fit in memory",
      withConfig({ num_hidden_layers: 1e9 }),
      "MODEL_CONFIG_INVALID",
      "num_hidden_layers",
    ],
    ["is cut off", (f) => truncateSync(weights(f), 50_000), "SAFETENSORS_TRUNCATED", "50000"],
    ["has a header that lies", withWeights(lie), "SAFETENSORS_TENSOR", "embed_tokens"],
    [
      "has a header of any size",
      withWeights((bytes) => bytes.writeBigUInt64LE(2n ** 62n)),
      "SAFETENSORS_HEADER",
      "model.safetensors",
    ],
    ["has no tokenizer", (f) => rmSync(join(f, "tokenizer.json")), "TOKENIZER_MISSING", "model-"],
    [
      "holds NaN",
      withWeights((bytes) => bytes.writeFloatLE(Number.NaN, bytes.length - 400)),
      "WEIGHTS_NOT_FINITE",
      "NaN",
    ],
    ["is not there", (folder) => rmSync(folder, { recursive: true }), "MODEL_NOT_FOUND", "model-"],
  ];
  it.for(cases)("%s", async ([, spoil, code, named]) => {
    await refused(opened(spoil), code, named);
  });
});

const datum = (tokens: readonly number[], weight = 1): Datum => ({
  id: "row 7",
  tokens: tokens.slice(0, -1),
  targets: tokens.slice(1),
  weights: new Float32Array(tokens.length - 1).fill(weight),
});
const long = Array<number>(300).fill(1);

describe("an open engine refuses", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(qwen2, { threads: 1 });
  });
  afterAll(() => engine.close());

  it("training data that is empty, masked, too long or outside the vocabulary, and goes on", async () => {
    const client = await engine.createTrainingClient();
    const learn = (...data: Datum[]) => client.forwardBackward(data, "cross_entropy");
    await refused(learn(), "DATA_EMPTY", "forwardBackward");
    await refused(learn(datum([1, 2, 3], 0)), "BATCH_ALL_MASKED", "every weight is zero");
    await refused(learn(datum([1, 2, 320])), "TOKEN_OUT_OF_RANGE", "row 7: token 320");
    await refused(learn(datum(long)), "ROW_TOO_LONG", "row 7 has 299");
    expect((await learn(datum([1, 2, 3]))).loss).toBeGreaterThan(0);
    await client.close();
  });

  it("prompts that are empty, too long or outside the vocabulary", async () => {
    const policy = await engine.createSamplingClient();
    const sample = (prompt: readonly number[]) => policy.sample(prompt, 1, { maxTokens: 4 });
    await refused(sample([]), "DATA_EMPTY", "the prompt");
    await refused(sample([1, 999]), "TOKEN_OUT_OF_RANGE", "token 999 at position 1");
    await refused(sample(long), "CONTEXT_EXCEEDED", "300 tokens");
    await expect(sample(long)).rejects.toThrow(/→ Shorten the prompt/);
    await refused(policy.logProbs(long), "ROW_TOO_LONG", "300 tokens");
    await policy.close();
  });

  it("a state of other settings, a cut state, and keeps the weights it has", async () => {
    const [two, four] = [{ lora: { rank: 2 } }, { lora: { rank: 4 } }];
    const client = await engine.createTrainingClient(two);
    const path = join(root, "state");
    await client.saveState(path);
    const other = await engine.createTrainingClient(four);
    const [name] = await other.parameterNames();
    const before = await other.parameter(name!);
    await refused(other.loadState({ path }, { optimizer: true }), "CHECKPOINT_MISMATCH", path);
    expect(await other.parameter(name!)).toEqual(before);
    truncateSync(join(path, "state.safetensors"), 1000);
    await refused(client.loadState({ path }, { optimizer: true }), "SAFETENSORS_TRUNCATED", path);
    await client.close();
    await other.close();
  });

  it("a checkpoint of another model", async () => {
    const path = join(root, "of-qwen2");
    await (await engine.createTrainingClient({ lora: { rank: 2 } })).saveState(path);
    const qwen3 = await openEngine(join(golden, "qwen3"), { threads: 1 });
    const client = await qwen3.createTrainingClient({ lora: { rank: 2 } });
    await refused(client.loadState({ path }, { optimizer: true }), "CHECKPOINT_MISMATCH", path);
    await qwen3.close();
  });

  it("an adapter for another base, to sample from and to train on", async () => {
    const adapter = join(golden, "qwen3/adapter-qv");
    await refused(
      engine.createSamplingClient({ adapter }),
      "ADAPTER_NOT_FITTING",
      "in the base model",
    );
    await refused(
      engine.createTrainingClient({ adapter }),
      "ADAPTER_NOT_FITTING",
      "in the base model",
    );
  });

  it("an adapter for another base of the same shapes, also to merge; PEFT's own carries no fingerprint and loads", async () => {
    const client = await engine.createTrainingClient({ lora: { rank: 2 } });
    const adapter = join(root, "of-these-weights");
    await client.saveAdapter(adapter);
    await (await engine.createSamplingClient({ adapter })).close();
    const twin = join(root, "twin");
    cpSync(qwen2, twin, { recursive: true });
    withWeights((bytes) => bytes.writeFloatLE(0.5, bytes.length - 400))(twin);
    const other = await openEngine(twin, { threads: 1 });
    const code = "ADAPTER_BASE_MISMATCH";
    await refused(other.createSamplingClient({ adapter }), code, engine.fingerprint);
    await refused(other.createTrainingClient({ adapter }), code, other.fingerprint);
    await refused(mergeModel(await findModel(twin, { adapter }), join(root, "m")), code, qwen2);
    await mergeModel(await findModel(qwen2, { adapter }), join(root, "merged"));
    const peft = join(qwen2, "adapter-qv");
    await (await other.createSamplingClient({ adapter: peft })).close();
    await other.close();
  });

  it("training that would not fit into memory, and sizes that are no sizes", async () => {
    const open = (memoryLimit: number) => engine.createTrainingClient({ memoryLimit });
    await refused(open(1e6), "MEMORY_INSUFFICIENT", "1 MB are free");
    await refused(open(Number.NaN), "OPTION_INVALID", "memoryLimit");
  });

  it("a step on a gradient that is no number; the weights stay, and what was dropped is gone", async () => {
    const client = await engine.createTrainingClient();
    await client.forwardBackward([datum([1, 2, 3], Number.NaN)], "cross_entropy");
    await refused(client.optimStep({ learningRate: 1 }), "GRADIENT_NOT_FINITE", "NaN");
    await client.discardGradients();
    await client.forwardBackward([datum([1, 2, 3])], "cross_entropy");
    await refused(client.optimStep({ learningRate: Number.NaN }), "OPTION_INVALID", "learningRate");
    expect((await client.optimStep({ learningRate: 1e-3 })).step).toBe(1);
    await client.close();
  });

  it("saving weights that diverged over ones that did not", async () => {
    const client = await engine.createTrainingClient();
    const path = join(root, "good");
    await client.saveState(path);
    await client.forwardBackward([datum([1, 2, 3])], "cross_entropy");
    await client.optimStep({ learningRate: 1e39 });
    await refused(client.saveState(path), "WEIGHTS_NOT_FINITE", "value");
    await refused(client.saveAdapter(join(root, "a")), "WEIGHTS_NOT_FINITE", "lora_");
    await client.loadState({ path }, { optimizer: true });
    const { logProbs } = await client.forward([datum([1, 2, 3])]);
    expect(logProbs[0]!.every(Number.isFinite)).toBe(true);
    await client.close();
  });
});

describe("train()", () => {
  const task = { id: "t", question: "1" };
  const rows = [{ tokens: [1, 2, 3], mask: [0, 1, 1] }];
  const options = {
    model: qwen2,
    agent: async () => "1",
    reward: () => 1,
    algorithm: sft({ rows, steps: 6, learningRate: 1e30 }),
    tasks: { train: [task], test: [task] },
    threads: 1,
    checkpointEvery: 1,
    keepRollouts: "none" as const,
  };

  it("refuses empty tasks and empty data", async () => {
    // Supervised learning needs no tasks to train on, an algorithm that tries tasks does.
    const algorithm = grpo({ steps: 1, learningRate: 1e-4 });
    const untrained = { ...options, algorithm, tasks: { train: [], test: [task] } };
    await refused(train(untrained), "DATA_EMPTY", "tasks.train");
    const unmeasured = { ...options, tasks: { train: [task], test: [] } };
    await refused(train(unmeasured), "DATA_EMPTY", "tasks.test");
    expect(() => sft({ rows: [], steps: 1, learningRate: 1 })).toThrow("DATA_EMPTY");
  });

  it("stops on a loss that is no number, names the rows, and its last checkpoint loads", async () => {
    const out = join(root, "diverges");
    const error = await train({ ...options, lora: false, out }).catch((thrown: unknown) => thrown);
    await refused(Promise.reject(error as Error), "TRAINING_NOT_FINITE", "learning rate 1e+30");
    const { file } = (error as { facts: { file: string } }).facts;
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ data: { rows: ["row 0"] } });
    const { path } = await loadCheckpoint(join(out, "checkpoints"));
    const engine = await openEngine(qwen2, { threads: 1 });
    const client = await engine.createTrainingClient({ lora: false });
    await client.loadState({ path: join(path, "training") }, { optimizer: true });
    await engine.close();
  });

  it("on a full disk fails with a code; with room again it goes on where it was", async (context) => {
    const disk = join(root, "disk");
    mkdirSync(disk);
    const mount = (...how: string[]): string =>
      execFileSync("mount", [...how, disk], { stdio: "pipe" }).toString();
    try {
      mount("-t", "tmpfs", "-o", "size=800k", "tmpfs");
    } catch {
      context.skip("a small file system can only be mounted by root");
    }
    try {
      const folder = join(disk, "run");
      const slow = { ...options, algorithm: sft({ rows, steps: 6, learningRate: 1e-3 }) };
      // Rollouts of the evaluations, were they kept, would take the room of the first checkpoint.
      const all = { ...slow, lora: false as const };
      await refused(train({ ...all, out: folder }), "DISK_FULL", disk);
      mount("-o", "remount,size=40m");
      const steps: number[] = [];
      const result = await train({
        ...all,
        resume: folder,
        onEvent: (event) => event.kind === "phase" && steps.push(event.startStep),
      });
      // The first step's checkpoint had fitted.
      expect(steps).toEqual([1]);
      expect(result.checkpoint).toContain(disk);
    } finally {
      execFileSync("umount", [disk]);
    }
  });

  it("leaves alone a folder it may not write, one in use, and one of other settings", async () => {
    const closed = join(root, "closed");
    mkdirSync(closed, { mode: 0o555 });
    chmodSync(root, 0o755);
    // Whoever it becomes below must read the model, which a checkout in a private folder does not allow.
    const model = join(root, "readable");
    cpSync(qwen2, model, { recursive: true });
    const isRoot = process.getuid?.() === 0;
    if (isRoot) process.seteuid!(65_534);
    try {
      const out = join(closed, "run");
      await refused(train({ ...options, model, out }), "RUN_FOLDER_NOT_WRITABLE", closed);
    } finally {
      if (isRoot) process.seteuid!(0);
    }
    expect(readdirSync(closed)).toEqual([]);

    const out = join(root, "shared");
    const quick = { ...options, algorithm: sft({ rows, steps: 2, learningRate: 1e-3 }) };
    let tried = false;
    const first = train({
      ...quick,
      out,
      onEvent: ({ kind }) => {
        if (kind !== "step" || tried) return;
        tried = true;
        const second = hone("run", "math", "--out", out);
        expect(second.stderr).toMatch(new RegExp(`RUN_FOLDER_LOCKED: .*process ${process.pid}`));
        expect(second.status).toBe(1);
      },
    });
    await first;
    expect(tried).toBe(true);
    const before = readFileSync(join(out, "run.json"), "utf8");
    await refused(train({ ...quick, seed: 9, resume: out }), "RUN_CONFIG_CHANGED", "seed");
    expect(readFileSync(join(out, "run.json"), "utf8")).toBe(before);
  });
});

/** The command in a process of its own. */
function hone(...words: string[]) {
  return spawnSync(process.execPath, [bin, ...words], { encoding: "utf8", cwd: root });
}

describe("hone", () => {
  it("names the line and column of an unknown key in a config file", () => {
    writeFileSync(join(root, "run.yaml"), "seed: 1\ngrpoStepz: 3\n");
    const { status, stderr } = hone("run", "math", "--config", "run.yaml");
    expect(stderr).toContain('CONFIG_UNKNOWN_KEY: run.yaml:2:1 has the unknown key "grpoStepz"');
    expect(stderr).toMatch(/→ Did you mean grpoSteps\? If not, leave it out/);
    expect(status).toBe(2);
  });
});
