import { execFileSync, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { killCount } from "../../../../test/doubles/kill-count.ts";
import { uniform } from "../core/random.ts";
import { Checkpoints } from "./checkpoints.ts";
import { findLatest, loadCheckpoint } from "./load-checkpoint.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-checkpoints-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const writer = (text: string) => (target: string) => writeFile(join(target, "weights"), text);
const folders = async (): Promise<string[]> =>
  (await readdir(folder)).filter((name) => !name.endsWith(".json")).toSorted();

async function saveSteps(scores: readonly number[], retention = {}): Promise<Checkpoints> {
  const checkpoints = await Checkpoints.open(folder, retention);
  for (const [i, value] of scores.entries()) {
    const options = { section: "grpo", step: i + 1, score: { metric: "success", value } };
    await checkpoints.save(options, writer(`weights ${i + 1}`));
  }
  return checkpoints;
}

describe("checkpoints", () => {
  it("are loaded with what was saved, folders in them included", async () => {
    const checkpoints = await Checkpoints.open(folder);
    await checkpoints.save(
      { section: "sft", step: 120, state: { phase: "sft" } },
      async (target) => {
        await mkdir(join(target, "adapter"));
        await writeFile(join(target, "adapter", "weights"), "abc");
      },
    );
    const { path, manifest, warnings } = await loadCheckpoint(folder);
    expect(path).toBe(join(folder, "sft-step-000120"));
    expect(await readFile(join(path, "adapter", "weights"), "utf8")).toBe("abc");
    expect(manifest).toMatchObject({ sequence: 1, step: 120, state: { phase: "sft" } });
    // printf abc | sha256sum
    expect(manifest.files).toEqual([
      {
        path: "adapter/weights",
        bytes: 3,
        sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      },
    ]);
    expect(warnings).toEqual([]);
  });

  it("stay when they are among the latest two, the best, or every n-th step; the others go", async () => {
    await saveSteps([0.1, 0.9, 0.2, Number.NaN, 0.9, 0.3, 0.4], { every: 3 });
    expect(await folders()).toEqual([2, 3, 6, 7].map((step) => `grpo-step-00000${step}`));
    expect((await loadCheckpoint(folder, "best")).manifest.step).toBe(2);
    expect((await loadCheckpoint(folder)).manifest.step).toBe(7);
    expect((await loadCheckpoint(folder, "grpo-step-000003")).manifest.step).toBe(3);
  });

  it("are never replaced: the second save of a step gets a name of its own", async () => {
    const checkpoints = await Checkpoints.open(folder);
    for (const text of ["first", "second"]) {
      await checkpoints.save({ section: "sft", step: 1 }, writer(text));
    }
    expect(await folders()).toEqual(["sft-step-000001", "sft-step-000001-2"]);
    const { path } = await loadCheckpoint(folder);
    expect(await readFile(join(path, "weights"), "utf8")).toBe("second");
  });

  it("leave nothing behind when the writer fails, and the one before stays the latest", async () => {
    const checkpoints = await saveSteps([0.5]);
    const failing = checkpoints.save({ section: "grpo", step: 2 }, async (target) => {
      await writeFile(join(target, "half"), "x");
      throw new Error("engine stopped");
    });
    await expect(failing).rejects.toMatchObject({ code: "WRITE_FAILED" });
    expect(await readdir(folder)).toEqual(["best.json", "grpo-step-000001", "latest.json"]);
    expect((await loadCheckpoint(folder)).manifest.step).toBe(1);
  });

  it.each([
    ["changed bytes", (path: string) => writeFile(join(path, "weights"), "Weights 2"), /changed/],
    ["a cut file", (path: string) => truncate(join(path, "weights"), 3), /has 3 bytes where 9/],
    ["a missing file", (path: string) => rm(join(path, "weights")), /weights is missing/],
    ["no manifest", (path: string) => rm(join(path, "manifest.json")), /manifest.json is missing/],
    ["a cut manifest", (path: string) => truncate(join(path, "manifest.json"), 50), /not JSON/],
  ])("that have %s are skipped with a warning that names them", async (_, damage, problem) => {
    await saveSteps([0.1, 0.2]);
    await damage(join(folder, "grpo-step-000002"));
    const { manifest, warnings } = await loadCheckpoint(folder);
    expect(manifest.step).toBe(1);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({ code: "CHECKPOINT_DAMAGED" });
    expect(warnings[0]!.message).toMatch(/grpo-step-000002/);
    expect(warnings[0]!.message).toMatch(problem);
  });

  it("are an error when none is usable, instead of a silent new start", async () => {
    await saveSteps([0.1]);
    await rm(join(folder, "grpo-step-000001", "weights"));
    await expect(findLatest(folder)).rejects.toMatchObject({ code: "CHECKPOINT_DAMAGED" });
  });

  it("are found by name, and a wrong name is answered with the right ones", async () => {
    expect(await findLatest(folder)).toBeUndefined();
    await saveSteps([0.1]);
    await expect(loadCheckpoint(folder, "../grpo-step-000001")).rejects.toMatchObject({
      code: "CHECKPOINT_NOT_FOUND",
      facts: { known: ["grpo-step-000001"] },
    });
  });

  it("of a newer version are an error, not damage", async () => {
    await saveSteps([0.1]);
    const path = join(folder, "grpo-step-000001", "manifest.json");
    await writeFile(path, (await readFile(path, "utf8")).replace('"version": 1', '"version": 9'));
    await expect(loadCheckpoint(folder)).rejects.toMatchObject({ code: "FORMAT_UNKNOWN_VERSION" });
  });

  it("whose manifest leads out of the folder are damaged", async () => {
    await saveSteps([0.1]);
    const path = join(folder, "grpo-step-000001", "manifest.json");
    await writeFile(path, (await readFile(path, "utf8")).replace('"weights"', '"../../etc/x"'));
    await expect(loadCheckpoint(folder)).rejects.toThrow(/leads out of the checkpoint/);
  });
});

describe("checkpoints on a full disk", () => {
  it("fail with a code and leave the one before intact", async (context) => {
    const disk = join(folder, "disk");
    await mkdir(disk);
    try {
      const options = ["-t", "tmpfs", "-o", "size=256k", "tmpfs", disk];
      execFileSync("mount", options, { stdio: "ignore" });
    } catch {
      context.skip("a small file system can only be mounted by root");
    }
    try {
      const checkpoints = await Checkpoints.open(join(disk, "checkpoints"));
      await checkpoints.save({ section: "sft", step: 1 }, writer("a".repeat(100_000)));
      const failing = checkpoints.save({ section: "sft", step: 2 }, writer("b".repeat(300_000)));
      await expect(failing).rejects.toMatchObject({ code: "DISK_FULL" });
      expect((await loadCheckpoint(checkpoints.folder)).manifest.step).toBe(1);
      await checkpoints.save({ section: "sft", step: 3 }, writer("c".repeat(100_000)));
      expect((await loadCheckpoint(checkpoints.folder)).manifest.step).toBe(3);
    } finally {
      execFileSync("umount", [disk]);
    }
  });
});

/** Saves one checkpoint after the other and says so each time; goes on where the last process was killed. */
const endlessSaves = `
  const { writeSync } = await import("node:fs");
  const { mkdir, writeFile } = await import("node:fs/promises");
  const { Checkpoints } = await import(${JSON.stringify(new URL("./checkpoints.ts", import.meta.url))});
  const { findLatest } = await import(${JSON.stringify(new URL("./load-checkpoint.ts", import.meta.url))});
  const folder = process.argv[1];
  const checkpoints = await Checkpoints.open(folder);
  let step = (await findLatest(folder))?.manifest.step ?? 0;
  for (;;) {
    step++;
    await checkpoints.save({ section: "grpo", step }, async (target) => {
      await mkdir(target + "/optimizer");
      await writeFile(target + "/weights", String(step).repeat(20_000));
      await writeFile(target + "/optimizer/state", String(step).repeat(20_000));
    });
    writeSync(1, step + "\\n");
  }`;

/** Kills a process some time after its first save; the last step it said it had saved. */
async function killWhileSaving(round: number): Promise<number> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", endlessSaves, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const closed = new Promise((resolve) => child.once("close", resolve));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  await sleep(uniform("kill", round) * 25);
  child.kill("SIGKILL");
  await closed;
  return Number(output.trim().split("\n").at(-1));
}

describe("checkpoints of a process that is killed", () => {
  it("always hold the last acknowledged one, killed at random moments", async () => {
    const unfinished = { rounds: 0 };
    // At least two kills must have met a save half done, else this proves nothing.
    const isProof = (): boolean => unfinished.rounds >= Math.max(2, killCount / 5);
    for (let round = 0; round < killCount || (!isProof() && round < 60); round++) {
      const acknowledged = await killWhileSaving(round);
      const { path, manifest, warnings } = await loadCheckpoint(folder);
      // One more may be on the disk: killed between the save and saying so.
      expect(manifest.step - acknowledged).toBeOneOf([0, 1]);
      expect(warnings).toEqual([]);
      const expected = String(manifest.step).repeat(20_000);
      expect((await readFile(join(path, "weights"), "utf8")) === expected).toBe(true);
      if ((await readdir(folder)).some((name) => name.startsWith("."))) unfinished.rounds++;
    }
    expect(isProof()).toBe(true);
  });
});
