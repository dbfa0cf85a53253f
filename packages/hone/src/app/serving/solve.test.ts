/** POST /solve with a real engine: a model that has learned nothing, in the domains of hone and in a user's. */
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Trace } from "../../core/trace.ts";
import { createRunFolder } from "../../runs/open-run.ts";
import { openStore } from "../open-store.ts";
import { serve } from "./serve-model.ts";

const model = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");
const folder = mkdtempSync(join(tmpdir(), "hone-solve-"));
const store = `sqlite:${join(folder, "hone.db")}`;
const common = { model, name: "m", port: 0, threads: 1, maxActions: 2, prompt: "compact" };
const serving = await serve({ ...common, domain: "math", store });
afterAll(async () => {
  await serving.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly id: string;
  readonly solution: string | null;
  readonly success: boolean;
  readonly reward: number;
  readonly cached: boolean;
  readonly actions: readonly { readonly name: string; readonly observation: string }[];
  readonly error?: { readonly message: string; readonly code: string };
}

async function post(path: string, body: object, url = serving.url) {
  const answer = await fetch(url + path, { method: "POST", body: JSON.stringify(body) });
  return { status: answer.status, answer: (await answer.json()) as Answer };
}

describe("a served model with a domain", () => {
  it("does a problem as an episode of the domain, and keeps it as a trace that takes ratings", async () => {
    const { status, answer } = await post("/solve", { problem: "Solve for x: 3x + 7 = 16" });
    expect(status).toBe(200);
    // A model that knows nothing says nothing that is an action: each costs half a point, and two are allowed.
    expect(answer).toMatchObject({ solution: null, success: false, reward: -1, cached: false });
    expect(answer.actions.map(({ observation }) => observation)).toEqual([
      "invalid solve 3x + 7 = 16",
      "invalid solve 3x + 7 = 16",
    ]);
    const rated = await post("/feedback", {
      id: answer.id,
      rating: 2,
      comment: "no answer",
      author: "ada",
    });
    expect(rated.status).toBe(200);
    const kept = await openStore(store, { mustExist: true });
    const trace: Trace | undefined = await kept.get(answer.id);
    await kept.close();
    expect(trace).toMatchObject({ agent: "math", status: "completed", tags: ["rollout"] });
    expect(trace!.task).toBe("Solve for x: 3x + 7 = 16");
    expect(trace!.feedback).toMatchObject([
      { kind: "rating", rating: 2, low: 1, high: 5, author: "solve:ada", reason: "no answer" },
    ]);
    const unknown = await post("/feedback", { id: "elsewhere", rating: 1 });
    expect([unknown.status, unknown.answer.error!.message]).toEqual([
      404,
      expect.not.stringContaining(folder),
    ]);
    expect(trace!.rewards.map(({ total }) => total)).toContain(-1);
    expect(trace!.spans.filter(({ kind }) => kind === "prompt")).toHaveLength(2);
  });

  it("says what is wrong with a text that is no problem, and answers others at the same time", async () => {
    const problems = ["3y = 2", "2x + 1 = 5", "x = x", "5x - 5 = 20"];
    const answers = await Promise.all(problems.map((problem) => post("/solve", { problem })));
    expect(answers.map(({ status }) => status)).toEqual([400, 200, 400, 200]);
    expect(answers[0]!.answer.error).toMatchObject({
      code: "invalid_problem",
      message: expect.stringContaining('"y" cannot be read') as string,
    });
    const metrics = await (await fetch(`${serving.url}/metrics`)).text();
    expect(metrics).toMatch(/^hone_solve_completion_rate 0$/m);
    expect(metrics).toMatch(/^hone_solve_actions_mean [12]/m);
  });

  it("still answers conversations, and says which domain it has", async () => {
    const messages = [{ role: "user", content: "hi" }];
    const chat = { model: "m", messages, max_tokens: 2 };
    expect((await post("/v1/chat/completions", chat)).status).toBe(200);
    expect(serving.domain).toBe("math");
  });
});

describe("a served model with a user's domain", () => {
  const file = (name: string, more: string): string => {
    const path = join(folder, name);
    const environment = `() => ({ reset: (task) => task.id, validActions: () => ["say"],
      step: () => ({ observation: "done", reward: 1, terminated: true, truncated: false, info: { isSuccess: true } }) })`;
    writeFileSync(
      path,
      `const tasks = { train: [{ id: "a" }], test: [{ id: "b" }] };
       export default { tasks, environment: ${environment}, ${more} };`,
    );
    return path;
  };

  it("uses its problem and its solution", async () => {
    const domain = file(
      "own.mjs",
      `problem: (text) => { if (text === "?") throw new Error("no question marks"); return { id: text }; },
       solution: (task) => "said " + task.id`,
    );
    const own = await serve({ ...common, domain });
    try {
      const { answer } = await post("/solve", { problem: "hello" }, own.url);
      expect(answer).toMatchObject({ solution: "said hello", success: true, reward: 1 });
      const refused = await post("/solve", { problem: "?" }, own.url);
      expect(refused.answer.error!.message).toContain("no question marks");
      // Without a store there is nothing to rate.
      expect((await post("/feedback", { id: answer.id, rating: 1 }, own.url)).status).toBe(404);
    } finally {
      await own.close();
    }
  });

  it("is not started where the domain makes no tasks of texts", async () => {
    const served = serve({ ...common, domain: file("mute.mjs", "") });
    await expect(served).rejects.toThrow(/^DOMAIN_PROBLEMS_ABSENT/);
    await expect(serve({ ...common, solveCache: -1 })).rejects.toThrow(/OPTION_INVALID/);
  });

  it("that fails to close keeps neither the store nor the engine open, and is said", async () => {
    const domain = file(
      "unclosed.mjs",
      `problem: (text) => ({ id: text }), close: () => { throw new Error("no way out"); }`,
    );
    const own = await serve({ ...common, domain, store: `sqlite:${join(folder, "other.db")}` });
    await expect(own.close()).rejects.toThrow(/^DOMAIN_FAILED: .*no way out/);
    // The database's file alone is left when it is closed.
    expect(readdirSync(folder).filter((name) => name.startsWith("other"))).toEqual(["other.db"]);
  });
});

describe("a served run whose domain has gone", () => {
  const runs = join(folder, "runs");
  const run = join(runs, "gone-1");
  const domain = join(folder, "moved.mjs");
  beforeAll(async () => {
    const made = await createRunFolder({ name: "gone-1", config: { domain }, out: run });
    cpSync(model, join(run, "model"), { recursive: true });
    const interval = { value: 0, low: 0, high: 0 };
    const measured = { tasks: 1, samplesPerTask: 1, success: interval, reward: interval };
    const difference = { success: interval, reward: interval };
    await made.saveResult({ before: measured, after: measured, difference, seconds: 1 });
    await made.close();
  });

  it("answers conversations, and says why it solves no problems", async () => {
    const own = await serve({ ...common, model: run, runs, store: "memory:" });
    try {
      expect(own.domain).toBeUndefined();
      expect(own.notices).toEqual([
        expect.stringMatching(/^POST \/solve is not answered.*moved\.mjs.*USER_FILE_INVALID/s),
        expect.stringMatching(/^The store memory: is not used/),
      ]);
      expect((await post("/solve", { problem: "a" }, own.url)).status).toBe(404);
    } finally {
      await own.close();
    }
    await expect(serve({ ...common, model: run, runs, domain })).rejects.toThrow(
      /USER_FILE_INVALID/,
    );
  });

  it("is served without a word where no domain is asked for by name", async () => {
    const own = await serve({ ...common, model: run, runs, domain: "none" });
    await own.close();
    expect([own.domain, own.notices]).toEqual([undefined, []]);
  });
});
