import { spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isError } from "../core/errors.ts";
import type { Rollout } from "../core/rollout.ts";
import { writeFormat } from "../formats/format.ts";
import { metricsFormat } from "../formats/metrics-format.ts";
import { lockFormat } from "../formats/run-format.ts";
import { samplesFormat } from "../formats/samples-format.ts";
import { readJsonl } from "./jsonl-log.ts";
import { lockFolder, lockHolder } from "./lock.ts";
import { createRunFolder, readRunRecord, resumeRunFolder } from "./open-run.ts";

const config = { model: "tiny", seed: 1, algorithm: { name: "grpo", groupSize: 8 } };
const json = async (path: string): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "hone-run-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const rollout: Rollout = {
  id: "r1",
  task: { id: "t1" },
  turns: [],
  answer: "x = 3",
  reward: { total: 8.5, components: { success: 1 }, source: "rule" },
  isSuccess: true,
  failure: undefined,
  attempts: 1,
  seconds: 0.5,
};

describe("run folder", () => {
  it("is named after the run, the date and a short id, and says what was asked and where it ran", async () => {
    const run = await createRunFolder({ name: "math level 1", config, root });
    await run.close();
    expect(run.path).toMatch(/math-level-1-\d{8}-\d{4}-[0-9a-f]{4}$/);
    expect(await json(join(run.path, "run.json"))).toMatchObject({
      format: "hone.run",
      version: 1,
      config,
    });
    const { sessions } = (await json(join(run.path, "environment.json"))) as {
      sessions: Record<string, unknown>[];
    };
    expect(sessions).toHaveLength(1);
    expect(sessions[0]).toMatchObject({ node: process.version, packageVersion: "0.1.0" });
    expect(await readdir(run.path)).not.toContain("lock.json");
  });

  it("records no environment variable and no host name", async () => {
    process.env["HONE_TEST_TOKEN"] = "s3cret-value";
    const run = await createRunFolder({ name: "a", config, root });
    await run.close();
    delete process.env["HONE_TEST_TOKEN"];
    const text = await readFile(join(run.path, "environment.json"), "utf8");
    expect(text).not.toContain("s3cret-value");
    expect(text).not.toContain(`"${hostname()}"`);
  });

  it("refuses a folder that holds something else", async () => {
    await writeFile(join(root, "notes.txt"), "mine");
    await expect(createRunFolder({ name: "a", config, out: root })).rejects.toMatchObject({
      code: "RUN_FOLDER_NOT_EMPTY",
    });
    expect(await readdir(root)).toEqual(["notes.txt"]);
  });

  it("refuses a folder it may not write, naming it", async () => {
    await chmod(root, 0o555);
    const isRoot = process.getuid?.() === 0;
    if (isRoot) process.seteuid!(65_534);
    try {
      await expect(createRunFolder({ name: "a", config, root })).rejects.toMatchObject({
        code: "RUN_FOLDER_NOT_WRITABLE",
        message: expect.stringContaining(root) as unknown,
      });
    } finally {
      if (isRoot) process.seteuid!(0);
    }
  });

  it("keeps a batch that broke training, numbers that JSON lacks included, inside the folder", async () => {
    const run = await createRunFolder({ name: "a", config, out: join(root, "run") });
    const data = { weights: new Float32Array([1, Number.NaN]), ids: ["d1"] };
    const path = await run.saveBatch("../../step 3", data);
    await run.close();
    expect(path).toBe(join(root, "run", "batches", "-..-step-3.json"));
    expect(await json(path)).toMatchObject({
      format: "hone.batch",
      data: { weights: [1, "NaN"], ids: ["d1"] },
    });
  });
});

describe("run folder lock", () => {
  it("keeps a second process out, and this one too", async () => {
    const run = await createRunFolder({ name: "a", config, out: join(root, "run") });
    const error = { code: "RUN_FOLDER_LOCKED", facts: { pid: process.pid } };
    await expect(resumeRunFolder({ folder: run.path })).rejects.toMatchObject(error);
    await expect(createRunFolder({ name: "a", config, out: run.path })).rejects.toMatchObject(
      error,
    );
    await run.close();
    const again = await resumeRunFolder({ folder: run.path });
    await again.run.close();
  });

  it("is taken over from a dead process, and from a live one that only has its number", async () => {
    const run = await createRunFolder({ name: "a", config, out: join(root, "run") });
    await run.close();
    const dead = spawnSync(process.execPath, ["-e", ""]).pid;
    const at = { host: hostname(), lockedAt: new Date().toISOString() };
    for (const holder of [
      { pid: dead, processStart: "1", ...at },
      { pid: process.ppid, processStart: "1", ...at },
    ]) {
      await writeFile(join(run.path, "lock.json"), writeFormat(lockFormat, holder));
      const again = await resumeRunFolder({ folder: run.path });
      expect((await lockHolder(run.path))?.pid).toBe(process.pid);
      await again.run.close();
    }
  });

  it("of another machine counts as held, and the message says how to free it", async () => {
    const run = await createRunFolder({ name: "a", config, out: join(root, "run") });
    await run.close();
    const holder = { pid: 1, host: "elsewhere", lockedAt: new Date().toISOString() };
    await writeFile(join(run.path, "lock.json"), writeFormat(lockFormat, holder));
    await expect(resumeRunFolder({ folder: run.path })).rejects.toThrow(
      /on elsewhere.*lock\.json/s,
    );
  });

  it("of a dead process goes to exactly one of many who ask at once", async () => {
    const pid = spawnSync(process.execPath, ["-e", ""]).pid;
    for (let round = 0; round < 20; round++) {
      const stale = { pid, host: hostname(), lockedAt: new Date().toISOString() };
      await writeFile(join(root, "lock.json"), writeFormat(lockFormat, stale));
      const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(root)));
      const won = tries.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
      const lost = tries.flatMap((one) =>
        one.status === "rejected" ? [one.reason as unknown] : [],
      );
      expect(won).toHaveLength(1);
      expect(lost.every((error) => isError(error, "RUN_FOLDER_LOCKED"))).toBe(true);
      await won[0]!.release();
    }
    expect(await readdir(root)).toEqual([]);
  });
});

describe("resuming a run", () => {
  it("cuts the logs back to the checkpoint, so that no step appears twice", async () => {
    const run = await createRunFolder({ name: "a", config, out: join(root, "run") });
    run.tracker.scalars("sft", 50, { loss: 1 });
    run.tracker.scalars("grpo", 1, { loss: 2 });
    run.addSample("grpo", 1, rollout);
    await run.saveCheckpoint({ section: "grpo", step: 1, state: { seen: 8 } }, (folder) =>
      writeFile(join(folder, "weights"), "w1"),
    );
    const eventsThen = await readFile(join(run.path, "tensorboard/events.out.tfevents.0.hone"));
    run.tracker.scalars("grpo", 2, { loss: 3 });
    run.tracker.histogram!("grpo", 2, "reward", [1, 2]);
    run.addSample("grpo", 2, rollout);
    await run.close();

    const { run: again, checkpoint } = await resumeRunFolder({ folder: run.path, config });
    expect(checkpoint?.manifest).toMatchObject({ section: "grpo", step: 1, state: { seen: 8 } });
    await again.close();
    const rows = await readJsonl(join(run.path, "metrics.jsonl"), metricsFormat);
    expect(rows.map((row) => [row.section, row.step])).toEqual([
      ["sft", 50],
      ["grpo", 1],
    ]);
    expect(await readJsonl(join(run.path, "samples.jsonl"), samplesFormat)).toHaveLength(1);
    const eventsNow = await readFile(join(run.path, "tensorboard/events.out.tfevents.0.hone"));
    expect(eventsNow.equals(eventsThen)).toBe(true);
  });

  it("starts over when nothing was saved yet", async () => {
    const run = await createRunFolder({ name: "a", config, out: join(root, "run") });
    run.tracker.scalars("sft", 1, { loss: 1 });
    await run.close();
    const { run: again, checkpoint } = await resumeRunFolder({ folder: run.path });
    again.tracker.scalars("sft", 1, { loss: 1 });
    await again.close();
    expect(checkpoint).toBeUndefined();
    expect(await readJsonl(join(run.path, "metrics.jsonl"), metricsFormat)).toHaveLength(1);
  });

  it("refuses a changed configuration and names each key that changed", async () => {
    const run = await createRunFolder({ name: "a", config, out: join(root, "run") });
    await run.close();
    const changed = { ...config, steps: 9, algorithm: { name: "grpo", groupSize: 4 } };
    await expect(
      resumeRunFolder({ folder: run.path, config: changed, mayChange: ["steps"] }),
    ).rejects.toMatchObject({
      code: "RUN_CONFIG_CHANGED",
      facts: { changes: ["algorithm.groupSize: 8 → 4"] },
    });
  });

  it("adds a session to the environment", async () => {
    const run = await createRunFolder({ name: "a", config, out: join(root, "run") });
    await run.close();
    const { run: again } = await resumeRunFolder({ folder: run.path });
    await again.close();
    const { sessions } = await json(join(run.path, "environment.json"));
    expect(sessions).toHaveLength(2);
  });

  it("goes on where environment.json is damaged, which only informs, and says so", async () => {
    const run = await createRunFolder({ name: "a", config, out: join(root, "run") });
    await run.close();
    for (const text of ["", '{"format":"hone.environment","ver', "[]"]) {
      await writeFile(join(run.path, "environment.json"), text);
      const { run: again, warnings } = await resumeRunFolder({ folder: run.path });
      await again.close();
      expect(warnings.map(({ code }) => code)).toEqual(["FILE_DAMAGED"]);
      const { sessions } = await json(join(run.path, "environment.json"));
      expect(sessions).toHaveLength(1);
    }
  });

  it("removes what a killed process left unfinished", async () => {
    const run = await createRunFolder({ name: "a", config, out: join(root, "run") });
    await run.close();
    await mkdir(join(run.path, "batches"));
    const left = [
      ".unfinished-environment.json-0a1b2c3d",
      ".unfinished-model-0a1b2c3d/model.safetensors",
      ".replaced-model-0a1b2c3d/model.safetensors",
      "batches/.unfinished-step-1.json-0a1b2c3d",
      "checkpoints/.unfinished-sft-step-000004-0a1b2c3d/weights",
    ];
    for (const file of left) {
      await mkdir(dirname(join(run.path, file)), { recursive: true });
      await writeFile(join(run.path, file), "half");
    }
    const { run: again, warnings } = await resumeRunFolder({ folder: run.path });
    await again.close();
    expect(warnings).toEqual([]);
    const names = await readdir(run.path, { recursive: true });
    expect(names.filter((name) => /unfinished|replaced/.test(name))).toEqual([]);
  });

  it("does not read a run.json of a newer version", async () => {
    const run = await createRunFolder({ name: "a", config, out: join(root, "run") });
    await run.close();
    const path = join(run.path, "run.json");
    await writeFile(path, (await readFile(path, "utf8")).replace('"version": 1', '"version": 2'));
    await expect(readRunRecord(run.path)).rejects.toMatchObject({
      code: "FORMAT_UNKNOWN_VERSION",
      facts: { found: "2", known: 1 },
    });
  });
});
