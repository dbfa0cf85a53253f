/** POST /solve and POST /feedback: how they are asked, what they refuse, what is kept, and what /metrics says of them. */
import { afterAll, describe, expect, it } from "vitest";
import { HoneError } from "../core/errors.ts";
import { scriptedModels, startScripted } from "./scripted-server-fixture.ts";
import type { SolutionRating, Solved, Solver } from "./solver.ts";

const models = scriptedModels(() => ({ content: "" }));

interface ScriptedSolver extends Solver {
  /** Problems that were worked on, in their order. */
  readonly asked: string[];
  readonly rated: SolutionRating[];
  /** Problems whose work was aborted. */
  readonly aborted: string[];
}

/** Solves each problem by its last letter, once the gate is open; "no" is no problem, and "broken" fails. */
function scriptedSolver(gate: Promise<void> = Promise.resolve()): ScriptedSolver {
  const [asked, aborted, rated]: [string[], string[], SolutionRating[]] = [[], [], []];
  return {
    asked,
    aborted,
    rated,
    async solve(problem, signal): Promise<Solved> {
      if (problem === "no")
        throw new HoneError("PROBLEM_INVALID", { domain: "d", problem: 'no "x"' });
      if (problem === "broken") throw new Error("the engine has gone");
      asked.push(problem);
      signal.addEventListener("abort", () => aborted.push(problem), { once: true });
      await opened(gate, signal);
      const actions = [
        { name: "think", observation: "hm", reward: -0.5 },
        { name: "answer", argument: problem.at(-1)!, observation: "right", reward: 3 },
      ];
      const isEnded = !problem.startsWith("endless");
      return {
        id: `id of ${problem}`,
        solution: isEnded ? problem.at(-1)! : null,
        isSuccess: isEnded,
        reward: 2.5,
        actions,
        structureScore: 0.5,
        tokens: { prompt: 20, sampled: 5 },
      };
    },
    rate: async (rating) => {
      if (!rating.id.startsWith("id of"))
        throw new HoneError("SERVE_SOLUTION_UNKNOWN", { id: rating.id });
      if (rating.id.endsWith("full"))
        throw new HoneError("SERVE_RATINGS_FULL", { id: rating.id, limit: 100 });
      rated.push(rating);
    },
  };
}

/** Waits for the gate, or until the signal. */
async function opened(gate: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => aborted.reject(new Error("aborted")), { once: true });
  await Promise.race([gate, aborted.promise]);
}

const solver = scriptedSolver();
const open = await startScripted(models, { solver });
const keyed = await startScripted(models, { solver, key: "secret" });
const bare = await startScripted(models);
afterAll(() => Promise.all([open, keyed, bare].map((server) => server[Symbol.asyncDispose]())));

type Answer = Readonly<Record<string, unknown>> & {
  readonly error?: {
    readonly param: string | null;
    readonly code: string | null;
    readonly message: string;
  };
};

async function post(
  path: string,
  body?: object | string,
  {
    base = open.url,
    headers = {},
    signal,
  }: { base?: string; headers?: object; signal?: AbortSignal } = {},
): Promise<{ status: number; answer: Answer }> {
  const answer = await fetch(base + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    ...(signal && { signal }),
  });
  return { status: answer.status, answer: (await answer.json()) as Answer };
}

describe("POST /solve", () => {
  it("answers a problem in a JSON body with solution, actions and reward, and again from the cache", async () => {
    const { status, answer } = await post("/solve", { problem: "one 1" });
    expect(status).toBe(200);
    expect(answer).toEqual({
      id: "id of one 1",
      solution: "1",
      actions: [
        { name: "think", observation: "hm", reward: -0.5 },
        { name: "answer", argument: "1", observation: "right", reward: 3 },
      ],
      reward: 2.5,
      success: true,
      cached: false,
    });
    const again = await post("/solve", { problem: "one 1" });
    expect(again.answer).toEqual({ ...answer, cached: true });
    expect(solver.asked.filter((problem) => problem === "one 1")).toHaveLength(1);
    // White space may be part of a problem.
    expect((await post("/solve", { problem: "one  1" })).answer).toMatchObject({ cached: false });
  });

  it("answers a problem in the address, as FastAPI has it, without a body", async () => {
    const problem = encodeURIComponent("3x + 7 = 16");
    const { status, answer } = await post(`/solve?problem=${problem}`);
    expect([status, answer["solution"]]).toEqual([200, "6"]);
  });

  it("works on a problem anew where the request asks for it, and everywhere where the cache is off", async () => {
    await post("/solve", { problem: "two 2" });
    expect((await post("/solve", { problem: "two 2", cache: false })).answer["cached"]).toBe(false);
    expect(solver.asked.filter((problem) => problem === "two 2")).toHaveLength(2);
    const own = scriptedSolver();
    await using server = await startScripted(models, { solver: own, cacheEntries: 0 });
    for (const _ of [1, 2]) await post("/solve", { problem: "a" }, { base: server.url });
    expect(own.asked).toEqual(["a", "a"]);
  });

  it("gives no solution where the policy came to no end", async () => {
    const { answer } = await post("/solve", { problem: "endless" });
    expect(answer).toMatchObject({ solution: null, success: false });
  });

  it.each([
    ["no problem", {}, 400, "problem", "missing_required_parameter"],
    ["an empty problem", { problem: " " }, 400, "problem", "invalid_value"],
    ["a number", { problem: 7 }, 400, "problem", "invalid_type"],
    ["control characters", { problem: "3x\u0000" }, 400, "problem", "invalid_value"],
    ["half a character", { problem: "\ud800" }, 400, "problem", "invalid_value"],
    ["an endless problem", { problem: "x".repeat(20_001) }, 400, "problem", "invalid_value"],
    ["an unknown field", { problem: "a", modle: "b" }, 400, "modle", "unknown_parameter"],
    ["a text that is no problem", { problem: "no" }, 400, null, "invalid_problem"],
    ["a body beyond 1 MB", { problem: "x".repeat(2 ** 20) }, 413, null, "request_too_large"],
  ])("refuses %s", async (_what, body, status, param, code) => {
    const refused = await post("/solve", body);
    expect(refused).toMatchObject({ status, answer: { error: { param, code } } });
    // What a domain's author threw is a sentence of its own before hone's advice.
    if (code === "invalid_problem")
      expect(refused.answer.error!.message).toContain('d: no "x". Write');
  });

  it.each([
    ["/solve?problem=a", { problem: "b" }, "problem"],
    ["/solve?problem=a&problem=b", undefined, "problem"],
    ["/solve?problme=a", undefined, "problme"],
  ])("refuses %s with the body %j", async (path, body, param) => {
    expect(await post(path, body)).toMatchObject({ status: 400, answer: { error: { param } } });
  });

  it("refuses what is no JSON object, and says nothing of an error of its own but that there was one", async () => {
    expect((await post("/solve", "[1]")).status).toBe(400);
    const before = open.errors.length;
    const { status, answer } = await post("/solve", { problem: "broken" });
    expect([status, answer.error!.message]).toEqual([
      500,
      "The server failed to answer the request.",
    ]);
    expect(open.errors).toHaveLength(before + 1);
    // What failed is not kept.
    expect((await post("/solve", { problem: "broken" })).status).toBe(500);
  });

  it("asks for the key as every other path", async () => {
    const ask = (headers: object) => post("/solve", { problem: "a" }, { base: keyed.url, headers });
    expect((await ask({})).status).toBe(401);
    expect((await ask({ authorization: "Bearer secret" })).status).toBe(200);
    expect(
      (await post("/feedback", { id: "id of a", rating: 3 }, { base: keyed.url })).status,
    ).toBe(401);
  });

  it("is a 405 that names the method for a request by another one", async () => {
    const answer = await fetch(`${open.url}/solve?problem=1`);
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
    expect(await answer.json()).toMatchObject({
      error: {
        code: "method_not_allowed",
        message: expect.stringContaining("/solve does not answer GET. Use POST."),
      },
    });
  });

  it("is a 404 that says what is missing on a server without a domain", async () => {
    const { status, answer } = await post("/solve", { problem: "a" }, { base: bare.url });
    expect([status, answer.error!.code]).toEqual([404, "not_served"]);
    expect(answer.error!.message).toMatch(/without a domain/);
    expect((await post("/feedback", { id: "a", rating: 1 }, { base: bare.url })).status).toBe(404);
  });
});

describe("many requests of POST /solve", () => {
  it("at once are all answered, and equal problems are worked on once", async () => {
    const gate = Promise.withResolvers<void>();
    const own = scriptedSolver(gate.promise);
    await using server = await startScripted(models, { solver: own });
    const asking = Array.from({ length: 500 }, (_, i) =>
      post("/solve", { problem: `p ${i % 50}` }, { base: server.url }),
    );
    await expect.poll(() => own.asked.length).toBe(50);
    gate.resolve();
    const answers = await Promise.all(asking);
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(answers.every(({ answer }, i) => answer["solution"] === `${i % 50}`.at(-1))).toBe(true);
    expect(own.asked).toHaveLength(50);
  });

  it("beyond the limit are refused with 429, and the others answered", async () => {
    const gate = Promise.withResolvers<void>();
    const own = scriptedSolver(gate.promise);
    await using server = await startScripted(models, { solver: own, requests: 20 });
    const ask = async (i: number): Promise<number> =>
      (await post("/solve", { problem: `p ${i}` }, { base: server.url })).status;
    const first = Array.from({ length: 20 }, (_, i) => ask(i));
    await expect.poll(() => own.asked.length).toBe(20);
    const refused = await Promise.all([ask(20), ask(21)]);
    expect(refused).toEqual([429, 429]);
    gate.resolve();
    expect(new Set(await Promise.all(first))).toEqual(new Set([200]));
    expect(await ask(22)).toBe(200);
  });

  it("that last too long end with 408, and their work is aborted", async () => {
    const own = scriptedSolver(Promise.withResolvers<void>().promise);
    await using server = await startScripted(models, { solver: own, answerMs: 50 });
    expect((await post("/solve", { problem: "slow" }, { base: server.url })).status).toBe(408);
    await expect.poll(() => own.aborted).toEqual(["slow"]);
  });

  it("whose clients go abort their work, but not while another client waits for it", async () => {
    const gate = Promise.withResolvers<void>();
    const own = scriptedSolver(gate.promise);
    await using server = await startScripted(models, { solver: own });
    const [gone, alone] = [new AbortController(), new AbortController()];
    const first = post("/solve", { problem: "shared" }, { base: server.url, signal: gone.signal });
    await expect.poll(() => own.asked).toEqual(["shared"]);
    // Without a body there is nothing to read, so that it waits for the solution as soon as it counts as running.
    const second = post("/solve?problem=shared", undefined, { base: server.url });
    const third = post("/solve", { problem: "alone" }, { base: server.url, signal: alone.signal });
    await expect.poll(() => own.asked).toEqual(["shared", "alone"]);
    await expect.poll(() => server.metrics.text()).toMatch(/^hone_requests_running 3$/m);
    gone.abort();
    alone.abort();
    await expect(first).rejects.toThrow(/abort/);
    await expect(third).rejects.toThrow(/abort/);
    await expect.poll(() => own.aborted).toEqual(["alone"]);
    gate.resolve();
    expect((await second).answer["solution"]).toBe("d");
    expect(own.aborted).toEqual(["alone"]);
    expect(own.asked.filter((problem) => problem === "shared")).toHaveLength(1);
    // What was worked on is counted, though the request that began it has gone.
    const text = server.metrics.text().split("\n");
    expect(text).toContain('hone_solve_answers_total{from="model"} 1');
    expect(text).toContain("hone_solve_completion_rate 1");
    // A later request is not given the work that was aborted.
    expect((await post("/solve", { problem: "alone" }, { base: server.url })).status).toBe(200);
  });
});

describe("POST /feedback", () => {
  it("keeps a rating with its comment and author; without an author it is nobody else's", async () => {
    const said = { id: "id of one 1", rating: 4, comment: "clear", author: "ada" };
    const { status, answer } = await post("/feedback", said);
    expect([status, answer]).toEqual([200, { status: "stored", id: "id of one 1" }]);
    for (const _ of [1, 2]) await post("/feedback", { id: "id of one 1", rating: 5 });
    expect(solver.rated[0]).toEqual(said);
    const authors = solver.rated.slice(1).map(({ author }) => author);
    expect(new Set(authors).size).toBe(2);
    expect(authors.every((author) => author.startsWith("anonymous-"))).toBe(true);
  });

  it.each([
    ["no id", { rating: 3 }, 400, "id"],
    ["no rating", { id: "id of a" }, 400, "rating"],
    ["a rating beyond 5", { id: "id of a", rating: 6 }, 400, "rating"],
    ["a rating in words", { id: "id of a", rating: "good" }, 400, "rating"],
    [
      "a comment without end",
      { id: "id of a", rating: 3, comment: "x".repeat(2001) },
      400,
      "comment",
    ],
    ["an unknown solution", { id: "other", rating: 3 }, 404, null],
    ["a solution with too many ratings", { id: "id of full", rating: 3 }, 409, null],
  ])("refuses %s", async (_what, body, status, param) => {
    expect(await post("/feedback", body)).toMatchObject({ status, answer: { error: { param } } });
  });
});

describe("/metrics", () => {
  it("says how good solutions are: actions, structure, completion, success, reward, and cache hits", async () => {
    await using server = await startScripted(models, { solver: scriptedSolver() });
    for (const problem of ["a", "b", "endless", "a", "a"])
      await post("/solve", { problem }, { base: server.url });
    await post("/feedback", { id: "id of a", rating: 1 }, { base: server.url });
    const text = await (await fetch(`${server.url}/metrics`)).text();
    for (const line of [
      'hone_solve_answers_total{from="model"} 3',
      'hone_solve_answers_total{from="cache"} 2',
      "hone_solve_actions_mean 2",
      "hone_solve_structure_score 0.5",
      `hone_solve_completion_rate ${2 / 3}`,
      `hone_solve_success_rate ${2 / 3}`,
      "hone_solve_reward_mean 2.5",
      "hone_feedback_total 1",
      'hone_sampled_tokens_total{model="solve"} 15',
    ])
      expect(text.split("\n")).toContain(line);
  });
});
