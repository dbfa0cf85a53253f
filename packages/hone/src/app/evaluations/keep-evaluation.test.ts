/** `hone eval` keeps what it measured, and `hone evals` lists, compares and deletes it; on a golden folder of random weights. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandLine } from "../../../../../test/doubles/command-line.ts";
import type { UiEvaluationLibrary } from "../../server/ui/evaluation-library.ts";
import { listRuns } from "../../runs/list.ts";
import { tokenLibrary } from "../ui/token-library.ts";
import { evaluationLibrary } from "./evaluation-library.ts";

const model = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");
const root = mkdtempSync(join(tmpdir(), "hone-kept-"));
const runs = join(root, "runs");
afterAll(() => rmSync(root, { recursive: true, force: true }));

const hone = (...words: readonly string[]) => commandLine(words, { folder: root });
const short = ["--tasks", "3", "--max-actions", "2", "--max-tokens", "4", "--threads", "1"];

/** The model's context holds 256 tokens, which the instructions of a domain do not fit into. */
const compact = ["--domain", "math", "--prompt", "compact"];

/** Measures, and says the name of the folder it was kept in. */
async function kept(...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await hone("eval", model, ...words, ...short, "--json");
  expect(code, stderr).toBe(0);
  const facts = JSON.parse(stdout) as { readonly kept: string };
  return facts.kept.slice(facts.kept.lastIndexOf("/") + 1);
}

let [greedy, worded, sampled] = ["", "", ""];
let library: UiEvaluationLibrary;
beforeAll(async () => {
  writeFileSync(join(root, "calm.txt"), "Do one step at a time.");
  greedy = await kept(...compact);
  worded = await kept("--domain", "math", "--prompt", "calm.txt");
  sampled = await kept(...compact, "--mode", "sampled", "--samples-per-task", "2");
  library = evaluationLibrary(runs);
}, 120_000);

describe("what hone eval measured", () => {
  it("is kept with its settings and figures, and is no run", async () => {
    expect(await listRuns(runs)).toEqual([]);
    expect(readdirSync(join(runs, greedy)).toSorted()).toEqual(["evaluation.json", "rollouts.db"]);
    const stages = await library.list();
    expect(stages.map(({ run }) => run).toSorted()).toEqual([greedy, worded, sampled].toSorted());
    const found = stages.find(({ run }) => run === sampled);
    expect(found).toMatchObject({
      ...{ kind: "evaluation", stage: "eval", set: "math, level 1, 3 tasks", model },
      ...{ mode: "sampled", samplesPerTask: 2, prompt: "compact" },
    });
    // A file is edited: a few digits say which of its versions it was.
    const { prompt } = stages.find(({ run }) => run === worded)!;
    const digits = createHash("sha256").update("Do one step at a time.").digest("hex");
    expect(prompt).toBe(`calm.txt (${digits.slice(0, 4)})`);
    const shown = await library.show(worded);
    expect(shown.config).toMatchObject({
      ...{ command: "eval", domain: "math", levels: [1], maxTokens: 4, maxActions: 2, seed: 0 },
      ...{ prompt: join(root, "calm.txt"), system: "Do one step at a time." },
    });
    await expect(library.show("../calm.txt")).rejects.toThrow("EVALUATION_NOT_FOUND");
  });

  it("has every try with its tokens", async () => {
    const tokens = tokenLibrary(runs);
    const { stages, tasks } = await tokens.heldOut(sampled);
    expect(stages).toEqual(["eval"]);
    expect(tasks).toHaveLength(3);
    const view = await tokens.rollout(sampled, { phase: "eval", id: tasks[0]!.tries[0]!.id });
    expect(view.siblings).toHaveLength(2);
    const [prompt] = view.rows[0]!.parts;
    expect(prompt).toMatchObject({ kind: "prompt", start: 0 });
    expect(view.rows[0]!.texts.length).toBeGreaterThan(prompt!.end);
    expect(view.kind).toBe("evaluation");
    expect(view.conversation[0]).toMatchObject({ role: "user" });
    expect(await tokens.places(sampled)).toEqual({ phases: [], evaluations: ["eval"] });
    await tokens.close();
  });

  it("is compared task by task, by the name, its start or its id", async () => {
    const id = worded.slice(worded.lastIndexOf("-") + 1);
    const { code, stdout, stderr } = await hone("evals", "compare", greedy, id, "--json");
    expect(code, stderr).toBe(0);
    const compared = JSON.parse(stdout) as Awaited<ReturnType<UiEvaluationLibrary["compare"]>>;
    expect(compared).toMatchObject({ better: 0, worse: 0, equal: 3, success: { value: 0 } });
    const said = compared.tasks.map(({ before, after }) => [before.reply, after.reply]);
    // The other wording makes a model of random weights say other things.
    expect(said.some(([before, after]) => before !== after)).toBe(true);
    const people = await hone("evals", "compare", greedy, worded);
    expect(people.stdout).toContain("  0 tasks got better, 0 worse, 3 equal");
  });

  it("is not compared where one was sampled and the other was not", async () => {
    const { code, stderr } = await hone("evals", "compare", greedy, sampled);
    expect(code).not.toBe(0);
    expect(stderr).toContain("EVALUATIONS_DIFFER");
    expect(stderr).toContain('mode "greedy"');
  });

  it.each([
    ["eval", "EVALUATION_AMBIGUOUS"],
    ["nothing", "EVALUATION_NOT_FOUND"],
    ["none/start", "RUN_NOT_FOUND"],
  ])("is found by no text that fits several or none: %s", async (text, problem) => {
    const { stderr } = await hone("evals", "compare", text, greedy);
    expect(stderr).toContain(problem);
  });

  it("is told also where it cannot be kept, and not kept where that is not wanted", async () => {
    const before = readdirSync(runs);
    writeFileSync(join(root, "a-file"), "");
    const words = ["eval", model, ...compact, ...short];
    const lost = await hone(...words, "--runs", "a-file");
    expect(lost.code).toBe(0);
    expect(lost.stdout).toMatch(/: success 0\.00 .*3 tasks, greedy, domain math/);
    expect(lost.stderr).toMatch(/EVALUATION_NOT_KEPT: .*a-file could not be written/);
    const unwanted = await hone(...words, "--no-keep");
    expect(unwanted.stdout).not.toContain("kept in");
    expect(readdirSync(runs)).toEqual(before);
  });

  it("is listed beside one that is damaged, and deleted with it", async () => {
    mkdirSync(join(runs, "eval-broken"));
    writeFileSync(join(runs, "eval-broken/evaluation.json"), "{");
    const listed = await hone("evals", "list");
    expect(listed.stdout).toContain(greedy);
    expect(listed.stdout).not.toContain("eval-broken");
    const { stdout } = await hone("evals", "delete", "eval-broken", worded, "--yes");
    expect(stdout).toContain(`deleted ${worded}`);
    expect(readdirSync(runs).toSorted()).toEqual([greedy, sampled].toSorted());
  });
});
