/** The endpoints that count traces: groups, quantiles over time, errors; and the one that writes them as a set. */
import { createRoute, z } from "@hono/zod-openapi";
import { errorGroups } from "../../core/error-groups.ts";
import { HoneError } from "../../core/errors.ts";
import type { ModelPrices } from "../../core/model-prices.ts";
import type { TraceFilter } from "../../core/trace-query.ts";
import type { Spread } from "../../core/spread.ts";
import type { TraceOverview } from "../../core/trace-overview.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import {
  errorsAnswer,
  errorsQuery,
  exportQuery,
  groupsAnswer,
  groupsQuery,
  timesAnswer,
  timesQuery,
} from "./analysis-schemas.ts";
import { pageHeaders } from "./page-headers.ts";
import type { UiHono } from "./run-routes.ts";
import { filterOf } from "./trace-filter.ts";
import { statisticsOverTime } from "./trace-times.ts";
import { json, problems } from "./ui-answers.ts";
import type { UiExporter } from "./ui-library.ts";

/** The parts of the server that counts of traces need. */
export interface AnalysisParts {
  /** Undefined: there are no traces. */
  readonly store: TraceStore | undefined;
  /** What models cost, as the user's file has it now; undefined without one. @throws CONFIG_INVALID */
  readonly prices: () => ModelPrices | undefined;
  readonly exportTraces: UiExporter;
}

const groupsRoute = createRoute({
  method: "get",
  path: "/api/trace-groups",
  summary: "Counts of the traces of a filter by agent, session, user, …",
  request: { query: groupsQuery },
  responses: { 200: json(groupsAnswer, "the groups"), ...problems },
});

const timesRoute = createRoute({
  method: "get",
  path: "/api/trace-times",
  summary: "Quantiles of latency, tokens, cost and reward over time",
  request: { query: timesQuery },
  responses: { 200: json(timesAnswer, "a value for each stretch of time"), ...problems },
});

const errorsRoute = createRoute({
  method: "get",
  path: "/api/trace-errors",
  summary: "What goes wrong in the traces of a filter, errors that say the same together",
  request: { query: errorsQuery },
  responses: { 200: json(errorsAnswer, "the groups"), ...problems },
});

const exportRoute = createRoute({
  method: "get",
  path: "/api/trace-export",
  summary: "The traces of a filter as a file of JSON lines",
  request: { query: exportQuery },
  responses: {
    200: {
      description:
        "the lines, as they are read; an error after the first ones breaks the answer off",
      content: { "application/x-ndjson": { schema: z.string() } },
    },
    ...problems,
  },
});

/** Groups that an answer holds at most. */
const SHOWN_GROUPS = 1000;

/** Puts these endpoints into the app. */
export function addAnalysisRoutes(
  app: UiHono,
  { store, prices, exportTraces }: AnalysisParts,
): void {
  app.openapi(groupsRoute, async (c) => {
    const { by, ...conditions } = c.req.valid("query");
    const { filter, hasPrices } = await asked(store, conditions, prices());
    const groups = (await store?.overview(filter, { by })) ?? [];
    const shown = groups.toSorted((a, b) => b.lastAt - a.lastAt).slice(0, SHOWN_GROUPS);
    return c.json({ groups: shown.map(groupJson), total: groups.length, hasPrices }, 200);
  });
  app.openapi(timesRoute, async (c) => {
    const { by, ...conditions } = c.req.valid("query");
    const { filter, hasPrices } = await asked(store, conditions, prices());
    const stretches = store === undefined ? [] : await statisticsOverTime(store, filter, by);
    const keys = new Set(stretches.flatMap(({ groups }) => groups.map(({ key }) => key)));
    const series = [...keys].toSorted().map((key) => ({
      key,
      points: stretches.map(({ groups }) => {
        const found = groups.find((group) => group.key === key);
        return found === undefined ? null : countsJson(found);
      }),
    }));
    return c.json({ times: stretches.map(({ from }) => from), series, hasPrices }, 200);
  });
  app.openapi(errorsRoute, async (c) => {
    const { filter } = await asked(store, c.req.valid("query"), prices());
    const groups = store === undefined ? [] : await errorGroups(store.failures(filter));
    const shown = groups.slice(0, SHOWN_GROUPS).map(({ where, agents, samples, ...group }) => ({
      ...group,
      ...{ where: [...where], agents: [...agents], samples: [...samples] },
    }));
    return c.json({ groups: shown, total: groups.length }, 200);
  });
  // A stream of lines is no JSON, so that its handler has no type of an answer.
  app.openAPIRegistry.registerPath(exportRoute);
  app.get(exportRoute.path, async (c) => {
    const { form, ...conditions } = exportRequest(c.req.query());
    if (store === undefined)
      throw new HoneError("TRACES_NONE", { store: "no store", reason: "there is none" });
    const { filter } = await asked(store, conditions, prices());
    const lines = await begun(exportTraces(store, form, filter));
    return new Response(ReadableStream.from(encoded(lines)), {
      headers: {
        ...pageHeaders,
        "cache-control": "no-store",
        "content-type": "application/x-ndjson",
        "content-disposition": `attachment; filename="${form}.jsonl"`,
      },
    });
  });
}

/** @throws UI_REQUEST_INVALID */
function exportRequest(query: Record<string, string>): z.infer<typeof exportQuery> {
  const { success, data, error } = exportQuery.safeParse(query);
  if (success) return data;
  const [issue] = error.issues;
  const where = issue?.path.join(".") ?? "";
  throw new HoneError("UI_REQUEST_INVALID", { where, problem: issue?.message ?? "" });
}

/** The filter of a request, once what was written before it can be found. */
async function asked(
  store: TraceStore | undefined,
  conditions: Readonly<Record<string, string | number | undefined>>,
  prices: ModelPrices | undefined,
): Promise<{ readonly filter: TraceFilter; readonly hasPrices: boolean }> {
  const filter = filterOf(conditions, prices);
  if (filter.text !== undefined) await store?.settle();
  return { filter, hasPrices: prices !== undefined };
}

/** Reads the first line, so that what is wrong from the start is an answer with its status. */
async function begun(lines: AsyncIterable<string>): Promise<AsyncIterable<string>> {
  const rest = lines[Symbol.asyncIterator]();
  const first = await rest.next();
  return (async function* () {
    if (first.done === true) return;
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => rest };
  })();
}

async function* encoded(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const line of lines) yield encoder.encode(line);
}

const countsJson = ({ count, reward, latency, tokenSpread, cost }: TraceOverview) => ({
  count,
  ...(reward && { reward: quantiles(reward) }),
  ...(latency && { latency: quantiles(latency) }),
  ...(tokenSpread && { tokens: quantiles(tokenSpread) }),
  ...(cost && { cost: quantiles(cost) }),
});

const quantiles = ({ count, mean, median, p90, p99 }: Spread) => ({
  count,
  mean,
  median,
  p90,
  p99,
});

const groupJson = (group: TraceOverview): z.infer<typeof groupsAnswer>["groups"][number] => ({
  ...countsJson(group),
  ...{ key: group.key, firstAt: group.firstAt, lastAt: group.lastAt },
  ...{ errorCount: group.errorCount, errorRate: group.errorRate },
});
