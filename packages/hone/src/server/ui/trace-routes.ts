/** The endpoints of traces: pages by filter, and one whole trace. */
import { createRoute, z } from "@hono/zod-openapi";
import { HoneError } from "../../core/errors.ts";
import { callFacts } from "../../core/call-facts.ts";
import { costOfCalls, type ModelPrices, pricesByModel } from "../../core/model-prices.ts";
import type { Trace } from "../../core/trace.ts";
import type { TraceQuery } from "../../core/trace-query.ts";
import { writeTrace } from "../../formats/trace-format.ts";
import type { AnalysisParts } from "./analysis-routes.ts";
import { filterOf } from "./trace-filter.ts";
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
export function addTraceRoutes(
  app: UiHono,
  { store, prices }: Pick<AnalysisParts, "store" | "prices">,
): void {
  app.openapi(listRoute, async (c) => {
    const table = prices();
    const hasPrices = table !== undefined;
    if (store === undefined) return c.json({ traces: [], hasPrices }, 200);
    const query = queryOf(c.req.valid("query"), table);
    if (query.text !== undefined) await store.settle();
    const { traces, next } = await store.query(query);
    const page = traces.map(({ tags, task, ...rest }) => ({
      ...rest,
      ...{ tags: [...tags], task: task.slice(0, SHOWN_CHARACTERS) },
    }));
    const shown = { store: store.url, traces: page, hasPrices };
    return c.json({ ...shown, ...(next !== undefined && { next }) }, 200);
  });
  app.openapi(showRoute, async (c) => {
    const { id } = c.req.valid("param");
    const trace = await store?.get(id);
    if (trace === undefined)
      throw new HoneError("TRACE_NOT_FOUND", { id, store: store?.url ?? "" });
    return c.json(traceJson(trace, prices()), 200);
  });
}

const traceJson = (trace: Trace, prices: ModelPrices | undefined): z.infer<typeof wholeTrace> => {
  const { hone, spans, ...rest } = writeTrace(trace);
  const costs = prices && { costs: costsOf(trace, prices) };
  return { ...rest, hone: { ...hone }, ...costs, spans: [...spans] };
};

/** What a trace and each of its calls cost. */
function costsOf(
  { spans }: Trace,
  prices: ModelPrices,
): { total?: number; spans: Record<string, number> } {
  const table = pricesByModel(prices);
  const calls = spans.flatMap((span) => {
    const call = callFacts(span);
    return call === undefined ? [] : [{ id: span.id, call }];
  });
  const total = costOfCalls(
    calls.map(({ call }) => call),
    table,
  );
  const known = calls.flatMap(({ id, call }) => {
    const cost = costOfCalls([call], table);
    return cost === undefined ? [] : [[id, cost] as const];
  });
  return { ...(total !== undefined && { total }), spans: Object.fromEntries(known) };
}

function queryOf(
  { order, direction = "descending", limit = 100, cursor, ...filter }: z.infer<typeof traceQuery>,
  prices: ModelPrices | undefined,
): TraceQuery {
  return {
    ...filterOf(filter, prices),
    limit,
    ...(order !== undefined && { order: { by: order, direction } }),
    ...(cursor !== undefined && cursor !== "" && { cursor }),
  };
}
