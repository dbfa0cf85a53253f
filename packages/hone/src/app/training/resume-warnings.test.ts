/** A resume says what of the run was damaged, and from which step it goes on. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { actionRecipes } from "../systems/action-recipes.ts";
import { runActions } from "../systems/run-actions.ts";
import type { PipelineEvent } from "./pipeline-events.ts";

const math = { domain: "math", recipe: actionRecipes.math };

const settings = {
  seed: 3,
  trainTasks: 20,
  testTasks: 4,
  layers: 1,
  width: 16,
  sftSteps: 14,
  grpoSteps: 1,
  groupSize: 2,
  groupsPerStep: 2,
  maxActions: 2,
  checkpointEvery: 4,
  // A thread that stores rollouts takes its time to start, and these tests look at none.
  keepRollouts: "none" as const,
};
const root = mkdtempSync(join(tmpdir(), "hone-resume-warnings-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const stopped = join(root, "stopped");

async function run(folders: { out: string } | { resume: string }, stopAfter = Infinity) {
  const stop = new AbortController();
  const events: PipelineEvent[] = [];
  for await (const event of runActions({
    ...math,
    settings,
    ...folders,
    threads: 1,
    signal: stop.signal,
  })) {
    events.push(event);
    if (event.kind === "step" && event.step.step === stopAfter) stop.abort();
  }
  return events;
}

const damages = (events: readonly PipelineEvent[]) =>
  events.flatMap((event) =>
    event.kind === "warning" && event.code !== "HELD_OUT_FEW" ? [event] : [],
  );

describe("a run whose latest checkpoint is damaged", () => {
  beforeAll(() => run({ out: stopped }, 11));

  it("goes on from the one before, names it and the step, and the damaged one", async () => {
    const folder = join(root, "damaged");
    cpSync(stopped, folder, { recursive: true });
    const file = join(folder, "checkpoints/sft-step-000011/training/state.safetensors");
    const bytes = readFileSync(file);
    bytes[Math.floor(bytes.length / 2)]! ^= 1;
    writeFileSync(file, bytes);
    const events = await run({ resume: folder });
    const [warning, ...others] = damages(events);
    expect(others).toEqual([]);
    expect(warning).toMatchObject({ code: "CHECKPOINT_DAMAGED" });
    expect(warning!.text).toContain("sft-step-000011");
    expect(warning!.text).toContain("from sft step 8");
    expect(events.find(({ kind }) => kind === "phase")).toMatchObject({ startStep: 8 });
    // The result and the report keep what was said; that tasks are few was said by both sessions and is one warning.
    expect(events.at(-1)).toMatchObject({ kind: "done" });
    const { warnings } = JSON.parse(readFileSync(join(folder, "result.json"), "utf8"));
    const few = { code: "HELD_OUT_FEW", count: 1 };
    expect(warnings.slice(0, 2)).toMatchObject([few, { code: "CHECKPOINT_DAMAGED", count: 1 }]);
    expect(warnings[1].texts).toEqual([warning!.text]);
    const report = readFileSync(join(folder, "report.md"), "utf8");
    expect(report).toContain(`| CHECKPOINT_DAMAGED | 1 | ${warning!.text} |`);
  });

  it("says nothing where nothing is damaged", async () => {
    const folder = join(root, "whole");
    cpSync(stopped, folder, { recursive: true });
    expect(damages(await run({ resume: folder }, 13))).toEqual([]);
  });

  it("says that environment.json and the pointer were damaged, each once, and goes on", async () => {
    const folder = join(root, "two-files");
    cpSync(stopped, folder, { recursive: true });
    const names = ["environment.json", "checkpoints/latest.json"];
    for (const name of names) writeFileSync(join(folder, name), "{");
    writeFileSync(join(folder, ".unfinished-run.json-00000000"), "{");
    const events = await run({ resume: folder }, 13);
    const said = damages(events);
    expect(said.map(({ code }) => code)).toEqual(["FILE_DAMAGED", "FILE_DAMAGED"]);
    for (const name of names) {
      expect(said.filter(({ text }) => text.includes(join(folder, name)))).toHaveLength(1);
    }
    expect(events.find(({ kind }) => kind === "phase")).toMatchObject({ startStep: 11 });
    expect(readdirSync(folder).filter((entry) => entry.startsWith("."))).toEqual([]);
  });
});
