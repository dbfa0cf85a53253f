/** The endpoints of rollouts: the steps of a run, one step's groups, one rollout's tokens, and held-out tasks by stage. */
import { createRoute, z } from "@hono/zod-openapi";
import type { UiHono } from "./run-routes.ts";
import type { UiTokenLibrary } from "./token-library.ts";
import { heldOutTasks, rolloutPlaces, stepGroups, tokenView } from "./token-schemas.ts";
import { json, problems } from "./ui-answers.ts";

const params = z.object({ name: z.string() });
const step = z.coerce.number().int().min(1);

const placesRoute = createRoute({
  method: "get",
  path: "/api/runs/{name}/rollouts",
  summary: "The steps and the evaluations of which a run has rollouts",
  request: { params },
  responses: { 200: json(rolloutPlaces, "the steps by phase"), ...problems },
});

const stepRoute = createRoute({
  method: "get",
  path: "/api/runs/{name}/step",
  summary: "The groups of a step",
  request: { params, query: z.object({ phase: z.string(), step }) },
  responses: { 200: json(stepGroups, "the groups with their rollouts"), ...problems },
});

const rolloutRoute = createRoute({
  method: "get",
  path: "/api/runs/{name}/rollout",
  summary: "One rollout, token by token",
  request: {
    params,
    query: z.object({ phase: z.string(), step: step.optional(), id: z.string() }),
  },
  responses: { 200: json(tokenView, "its conversation and its rows"), ...problems },
});

const heldOutRoute = createRoute({
  method: "get",
  path: "/api/runs/{name}/held-out",
  summary: "Held-out tasks, each with its tries before and after training",
  request: { params },
  responses: { 200: json(heldOutTasks, "the tasks"), ...problems },
});

/** Puts the endpoints of rollouts into the app. */
export function addTokenRoutes(app: UiHono, tokens: UiTokenLibrary): void {
  app.openapi(placesRoute, async (c) =>
    c.json(await tokens.places(c.req.valid("param").name), 200),
  );
  app.openapi(stepRoute, async (c) => {
    const { phase, step: of } = c.req.valid("query");
    return c.json(await tokens.step(c.req.valid("param").name, phase, of), 200);
  });
  app.openapi(rolloutRoute, async (c) =>
    c.json(await tokens.rollout(c.req.valid("param").name, c.req.valid("query")), 200),
  );
  app.openapi(heldOutRoute, async (c) =>
    c.json(await tokens.heldOut(c.req.valid("param").name), 200),
  );
}
