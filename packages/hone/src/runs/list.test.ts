import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HoneError } from "../core/errors.ts";
import { findRun } from "./find-run.ts";
import { deleteRun, listRuns, showRun } from "./list.ts";
import { createRunFolder, resumeRunFolder } from "./open-run.ts";
import type { RunFolder } from "./run-folder.ts";

let outer: string;
let root: string;
beforeEach(async () => {
  outer = await mkdtemp(join(tmpdir(), "hone-list-"));
  root = join(outer, "runs");
  await mkdir(root);
});
afterEach(() => rm(outer, { recursive: true, force: true }));

async function makeRun(out: string): Promise<RunFolder> {
  return createRunFolder({ name: "math", config: {}, out: join(root, out) });
}

describe("runs", () => {
  it("are listed with what they are doing, a damaged one included", async () => {
    const running = await makeRun("running");
    await (await makeRun("stopped")).close();
    await (await makeRun("damaged")).close();
    await writeFile(join(root, "damaged", "run.json"), "{");
    await mkdir(join(root, "notes"));
    const runs = await listRuns(root);
    expect(Object.fromEntries(runs.map((run) => [run.name, run.status]))).toEqual({
      running: "running",
      stopped: "stopped",
      damaged: "damaged",
    });
    expect(runs.find((run) => run.name === "damaged")?.problem).toContain("run.json");
    await running.close();
    expect(await listRuns(join(root, "none"))).toEqual([]);
  });

  it("are shown by name, by its start or by the short id at its end", async () => {
    const run = await makeRun("math-20260101-1200-7f3a");
    run.tracker.scalars("sft", 9, { loss: 0.5 });
    await run.saveCheckpoint({ section: "sft", step: 9 }, async () => {});
    await run.close();
    for (const name of [basename(run.path), "math-2026", "7f3a"]) {
      const shown = await showRun(root, name);
      expect(shown.checkpoints).toEqual([{ name: "sft-step-000009", step: 9 }]);
      expect(shown.last).toEqual({ sft: { step: 9, values: { loss: 0.5 } } });
    }
    await (await makeRun("math-20260102-1200-0b1c")).close();
    await expect(showRun(root, "math")).rejects.toMatchObject({ code: "RUN_AMBIGUOUS" });
    await expect(showRun(root, "other")).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
  });

  it("are deleted whole", async () => {
    await (await makeRun("a")).close();
    expect(await deleteRun(root, "a")).toBe("a");
    expect(await readdir(root)).toEqual([]);
  });

  it("are not deleted while someone writes them", async () => {
    const run = await makeRun("a");
    await expect(deleteRun(root, "a")).rejects.toMatchObject({ code: "RUN_FOLDER_LOCKED" });
    await run.close();
    expect(await readdir(root)).toEqual(["a"]);
  });

  it("are named by their paths too, by what lies in them, and the newest as last", async () => {
    const earlier = await makeRun("math-20260101-1200-7f3a");
    await earlier.close();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const run = await makeRun("sft-20260102-1200-91c0");
    await run.saveCheckpoint({ section: "sft", step: 9 }, async () => {});
    await run.close();
    const checkpoint = join(run.path, "checkpoints", "sft-step-000009");
    const paths = [run.path, `${run.path}/`, join(run.path, "metrics.jsonl"), checkpoint];
    for (const name of [...paths, "sft", "91c0", "91", "sft-20260102-1200-91c0/", "last"]) {
      expect(await findRun(root, name), name).toBe(run.path);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
    const failed = await makeRun("grpo-20260103-1200-55aa");
    await failed.close();
    expect(await findRun(root, "last")).toBe(failed.path);
    expect(await findRun(root, "last", { withWeights: true })).toBe(run.path);
    const inside = findRun(root, checkpoint, { parts: false });
    await expect(inside).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
    await expect(findRun(join(outer, "none"), "last")).rejects.toMatchObject({
      code: "RUN_NOT_FOUND",
    });
    // From another folder of runs, by its path.
    expect((await showRun(outer, earlier.path)).name).toBe("math-20260101-1200-7f3a");
  });

  it("of a failed run hold its error until it is resumed", async () => {
    const run = await makeRun("a");
    await run.saveFailure(new HoneError("DATA_EMPTY", { where: "here" }));
    expect((await listRuns(root))[0]!.status).toBe("running");
    await run.close();
    const [failed] = await listRuns(root);
    expect(failed).toMatchObject({ status: "failed", problem: expect.stringContaining("here") });
    const resumed = await resumeRunFolder({ folder: run.path });
    await resumed.run.saveFailure(new HoneError("CANCELLED", { what: "The run" }));
    await resumed.run.close();
    expect((await listRuns(root))[0]).toMatchObject({ status: "stopped" });
  });

  it("are looked for outside their folder by a path only, and never through a link", async () => {
    const outside = await createRunFolder({ name: "x", config: {}, out: join(outer, "outside") });
    await outside.close();
    await symlink(outside.path, join(root, "link"));
    await mkdir(join(root, "notes"));
    for (const name of ["../outside", "outside", "link", "notes", "", ".", ".."]) {
      await expect(deleteRun(root, name)).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
    }
    expect(await readdir(outside.path)).toContain("run.json");
    expect(await readdir(root)).toEqual(["link", "notes"]);
  });
});
