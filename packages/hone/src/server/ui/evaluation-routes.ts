/** The endpoints of evaluations: all that was measured, one that `hone eval` kept, and two task by task. */
import { createRoute } from "@hono/zod-openapi";
import type { UiEvaluationLibrary } from "./evaluation-library.ts";
import {
  comparedStages,
  evaluationComparison,
  evaluationList,
  evaluationName,
  keptEvaluation,
} from "./evaluation-schemas.ts";
import type { UiHono } from "./run-routes.ts";
import { json, problems } from "./ui-answers.ts";

const listRoute = createRoute({
  method: "get",
  path: "/api/evaluations",
  summary: "What was measured on held-out tasks",
  responses: {
    200: json(evaluationList, "what `npx hone eval` kept, and every stage of every run"),
    ...problems,
  },
});

const showRoute = createRoute({
  method: "get",
  path: "/api/evaluations/{name}",
  summary: "What `npx hone eval` measured, and how",
  request: { params: evaluationName },
  responses: { 200: json(keptEvaluation, "the evaluation"), ...problems },
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
  // After the comparison, whose address has the same form.
  app.openapi(showRoute, async (c) =>
    c.json(await evaluations.show(c.req.valid("param").name), 200),
  );
}
