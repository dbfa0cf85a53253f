/** The endpoints of trainings that the page starts on what people said in a queue. */
import { createRoute, z } from "@hono/zod-openapi";
import { HoneError } from "../../core/errors.ts";
import type { UiTrainings } from "./queue-library.ts";
import { trainingRequest, uiTraining } from "./queue-schemas.ts";
import type { UiHono } from "./run-routes.ts";
import { json, problems } from "./ui-answers.ts";

const listRoute = createRoute({
  method: "get",
  path: "/api/trainings",
  summary: "The trainings that this server has started, the newest first",
  responses: {
    200: json(z.object({ trainings: z.array(uiTraining) }), "the trainings"),
    ...problems,
  },
});

const startRoute = createRoute({
  method: "post",
  path: "/api/queues/{name}/trainings",
  summary: "Writes what people said in a queue to a file, and starts a training on it",
  request: {
    params: z.object({ name: z.string() }),
    body: { required: true, content: { "application/json": { schema: trainingRequest } } },
  },
  responses: { 200: json(uiTraining, "it runs"), ...problems },
});

const stopRoute = createRoute({
  method: "post",
  path: "/api/trainings/{run}/stop",
  summary: "Lets a training that this server has started save and end",
  request: { params: z.object({ run: z.string() }) },
  responses: { 200: json(uiTraining, "it ends"), ...problems },
});

/** Puts the endpoints of trainings into the app. Without `trainings` they are refused. */
export function addTrainingRoutes(app: UiHono, trainings: UiTrainings | undefined): void {
  const allowed = (): UiTrainings => {
    if (trainings === undefined) throw new HoneError("UI_TRAINING_OFF", {});
    return trainings;
  };
  app.openapi(listRoute, async (c) =>
    c.json({ trainings: [...((await trainings?.list()) ?? [])] }, 200),
  );
  app.openapi(startRoute, async (c) =>
    c.json(await allowed().start(c.req.valid("param").name, c.req.valid("json")), 200),
  );
  app.openapi(stopRoute, async (c) => c.json(await allowed().stop(c.req.valid("param").run), 200));
}
