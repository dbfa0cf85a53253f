/** POST /solve: a problem in, its solution out, found by the policy action by action. POST /feedback: what a person says of it. */
import { randomUUID } from "node:crypto";
import type { Context } from "hono";
import { absent, readFeedback, readSolve } from "../requests/solve-request.ts";
import type { Solved } from "../solver.ts";
import type { ServerParts } from "./route-context.ts";

/** @throws SERVE_SOLVE_ABSENT, PROBLEM_INVALID, SERVE_SOLVE_FAILED, and the errors of the request */
export async function solve(parts: ServerParts, c: Context): Promise<Response> {
  const { solving, running, limits, metrics } = parts;
  if (solving === undefined)
    throw absent("/solve", "a domain whose problems can be written as text");
  const countWork = (solved: Solved): void => {
    solving.quality.add(solved);
    const { prompt, sampled } = solved.tokens;
    metrics.add("hone_prompt_tokens_total", { model: "solve" }, prompt);
    metrics.add("hone_sampled_tokens_total", { model: "solve" }, sampled);
  };
  const work = running.begin([c.req.raw.signal]);
  try {
    const { problem, useCache } = await readSolve(c, limits.bodyBytes);
    // Counted where the work is done, since the request that began it may be gone before its end.
    const run = async (signal: AbortSignal): Promise<Solved> => {
      const solved = await solving.solver.solve(problem, signal);
      countWork(solved);
      return solved;
    };
    const { solved, isCached } = useCache
      ? await solving.cache.solution(problem, work.signal, run)
      : { solved: await run(work.signal), isCached: false };
    if (isCached) solving.quality.addCached();
    return Response.json(written(solved, isCached));
  } catch (error) {
    throw work.cause(error);
  } finally {
    work.end();
  }
}

function written({ id, solution, actions, reward, isSuccess }: Solved, isCached: boolean): object {
  return { id, solution, actions, reward, success: isSuccess, cached: isCached };
}

/** @throws SERVE_SOLVE_ABSENT without a domain or a store, SERVE_SOLUTION_UNKNOWN, SERVE_RATINGS_FULL, and the errors of the request */
export async function feedback(parts: ServerParts, c: Context): Promise<Response> {
  const { solving, running, limits, metrics } = parts;
  const rate = solving?.solver.rate;
  if (rate === undefined) throw absent("/feedback", "a domain and a store (--store)");
  const work = running.begin([c.req.raw.signal]);
  try {
    const { author = `anonymous-${randomUUID()}`, ...said } = await readFeedback(
      c,
      limits.bodyBytes,
    );
    const { comment, ...rest } = said;
    await rate({ ...rest, author, ...(comment !== undefined && { comment }) });
    metrics.add("hone_feedback_total");
    return Response.json({ status: "stored", id: said.id });
  } catch (error) {
    throw work.cause(error);
  } finally {
    work.end();
  }
}
