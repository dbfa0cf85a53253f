/** The endpoints of traces: pages by filter, and one whole trace. */
import { createRoute, z } from "@hono/zod-openapi";
import { HoneError } from "../../core/errors.ts";
import type { TraceFilter, TraceQuery } from "../../core/trace-query.ts";
import { writeTrace } from "../../formats/trace-format.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import type { UiHono } from "./run-routes.ts";
import { json, problems } from "./ui-answers.ts";
import { tracePage, traceQuery, wholeTrace } from "./ui-schemas.ts";

const listRoute = createRoute({
  method: "get",
  path: "/api/traces",
  summary: "A page of the traces of a filter",
  request: { query: traceQuery },
  responses: { 200: json(tracePage, "the traces, and the cursor of the next page"), ...problems },
});

const showRoute = createRoute({
  method: "get",
  path: "/api/traces/{id}",
  summary: "One trace with its spans",
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: json(wholeTrace, "the trace"), ...problems },
});

/** Characters of a task that a list shows; the trace has all of them. */
const SHOWN_CHARACTERS = 300;

/** Puts the endpoints of traces into the app. Without a store, the list is empty and says so by having no `store`. */
export function addTraceRoutes(app: UiHono, store: TraceStore | undefined): void {
  app.openapi(listRoute, async (c) => {
    if (store === undefined) return c.json({ traces: [] }, 200);
    const query = queryOf(c.req.valid("query"));
    if (query.text !== undefined) await store.settle();
    const { traces, next } = await store.query(query);
    const page = traces.map(({ tags, task, ...rest }) => ({
      ...rest,
      ...{ tags: [...tags], task: task.slice(0, SHOWN_CHARACTERS) },
    }));
    return c.json({ store: store.url, traces: page, ...(next !== undefined && { next }) }, 200);
  });
  app.openapi(showRoute, async (c) => {
    const { id } = c.req.valid("param");
    const trace = await store?.get(id);
    if (trace === undefined)
      throw new HoneError("TRACE_NOT_FOUND", { id, store: store?.url ?? "" });
    return c.json(traceJson(trace), 200);
  });
}

const traceJson = (trace: Parameters<typeof writeTrace>[0]): z.infer<typeof wholeTrace> => {
  const { hone, spans, ...rest } = writeTrace(trace);
  return { ...rest, hone: { ...hone }, spans: [...spans] };
};

function queryOf({
  order,
  direction = "descending",
  limit = 100,
  cursor,
  ...filter
}: z.infer<typeof traceQuery>): TraceQuery {
  return {
    ...conditions(filter),
    limit,
    ...(order !== undefined && { order: { by: order, direction } }),
    ...(cursor !== undefined && cursor !== "" && { cursor }),
  };
}

/** The conditions that are given; a form sends empty texts for the others. */
const conditions = (filter: Readonly<Record<string, string | number | undefined>>): TraceFilter =>
  Object.fromEntries(
    Object.entries(filter).filter(([, value]) => value !== undefined && value !== ""),
  );
