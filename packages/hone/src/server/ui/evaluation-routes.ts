/** The endpoints of evaluations: all that runs measured, and two of them task by task. */
import { createRoute } from "@hono/zod-openapi";
import type { UiEvaluationLibrary } from "./evaluation-library.ts";
import { comparedStages, evaluationComparison, evaluationList } from "./evaluation-schemas.ts";
import type { UiHono } from "./run-routes.ts";
import { json, problems } from "./ui-answers.ts";

const listRoute = createRoute({
  method: "get",
  path: "/api/evaluations",
  summary: "What runs measured on held-out tasks",
  responses: { 200: json(evaluationList, "every stage of every run"), ...problems },
});

const compareRoute = createRoute({
  method: "get",
  path: "/api/evaluations/comparison",
  summary: "Two measurements of the same tasks: the paired difference, and every task",
  request: { query: comparedStages },
  responses: { 200: json(evaluationComparison, "the second minus the first"), ...problems },
});

/** Puts the endpoints of evaluations into the app. */
export function addEvaluationRoutes(app: UiHono, evaluations: UiEvaluationLibrary): void {
  app.openapi(listRoute, async (c) => c.json({ stages: [...(await evaluations.list())] }, 200));
  app.openapi(compareRoute, async (c) => {
    const { run, stage, otherRun, otherStage } = c.req.valid("query");
    const other = { run: otherRun, stage: otherStage };
    return c.json(await evaluations.compare({ run, stage }, other), 200);
  });
}
