/** The endpoints of queues: their list, one of them, its items as raters take them, and what these say. */
import { createRoute, z } from "@hono/zod-openapi";
import type { UiQueues } from "./queue-library.ts";
import {
  answerRequest,
  handedOut,
  holdRequest,
  itemParams,
  itemQuery,
  keptAnswer,
  newQueue,
  nextRequest,
  queueDetails,
  queueList,
  queueSummary,
  shownItem,
} from "./queue-schemas.ts";
import type { UiHono } from "./run-routes.ts";
import { json, problems } from "./ui-answers.ts";

const name = z.object({ name: z.string() });

/** The body of a request, which has to be there. */
const body = <S extends z.ZodType>(schema: S) => ({
  required: true,
  content: { "application/json": { schema } },
});

const listRoute = createRoute({
  method: "get",
  path: "/api/queues",
  summary: "The queues, the newest first",
  responses: { 200: json(queueList, "the queues"), ...problems },
});

const makeRoute = createRoute({
  method: "post",
  path: "/api/queues",
  summary: "Makes a queue of the traces that meet conditions",
  request: { body: body(newQueue) },
  responses: { 200: json(queueSummary, "the queue"), ...problems },
});

const showRoute = createRoute({
  method: "get",
  path: "/api/queues/{name}",
  summary: "One queue: progress, agreement, conflicts, and how it is learned",
  request: { params: name },
  responses: { 200: json(queueDetails, "the queue"), ...problems },
});

const nextRoute = createRoute({
  method: "post",
  path: "/api/queues/{name}/next",
  summary: "Hands out the next item of a rater, and holds it for them",
  request: { params: name, body: body(nextRequest) },
  responses: { 200: json(handedOut, "the item, or that there is none"), ...problems },
});

const itemRoute = createRoute({
  method: "get",
  path: "/api/queues/{name}/items/{item}",
  summary: "One item, with what the rater said before",
  request: { params: itemParams, query: itemQuery },
  responses: { 200: json(shownItem, "the item"), ...problems },
});

const holdRoute = createRoute({
  method: "post",
  path: "/api/queues/{name}/holds",
  summary: "A sign that a rater still looks at an item",
  request: { params: name, body: body(holdRequest) },
  responses: { 200: json(z.object({}), "it is held on"), ...problems },
});

const answerRoute = createRoute({
  method: "post",
  path: "/api/queues/{name}/answers",
  summary: "Keeps what a rater says about an item; it is durable when this answers",
  request: { params: name, body: body(answerRequest) },
  responses: { 200: json(keptAnswer, "it is kept"), ...problems },
});

/** Puts the endpoints of queues into the app. */
export function addQueueRoutes(app: UiHono, queues: UiQueues): void {
  app.openapi(listRoute, async (c) => c.json(await queues.list(), 200));
  app.openapi(makeRoute, async (c) => c.json(await queues.make(c.req.valid("json")), 200));
  app.openapi(showRoute, async (c) => c.json(await queues.show(c.req.valid("param").name), 200));
  app.openapi(nextRoute, async (c) =>
    c.json(await queues.next(c.req.valid("param").name, c.req.valid("json")), 200),
  );
  app.openapi(itemRoute, async (c) => {
    const { name: queue, item } = c.req.valid("param");
    return c.json(await queues.item(queue, item, c.req.valid("query").rater), 200);
  });
  app.openapi(holdRoute, async (c) => {
    const { rater, item } = c.req.valid("json");
    await queues.hold(c.req.valid("param").name, rater, item);
    return c.json({}, 200);
  });
  app.openapi(answerRoute, async (c) =>
    c.json(await queues.keep(c.req.valid("param").name, c.req.valid("json")), 200),
  );
}
