/** The endpoints of runs: their list, one run, its numbers at once and as they come, and settings side by side. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { HttpBindings } from "@hono/node-server";
import type { Measurement } from "../../formats/result-format.ts";
import { eventStream, type ServerEvent } from "../event-stream.ts";
import { metricsPage, runDetails, runList, comparison } from "./ui-schemas.ts";
import type { UiMetrics, UiRun, UiRunDetails, UiRunLibrary } from "./ui-library.ts";
import { json, problems } from "./ui-answers.ts";

/** The parts of the server that runs need. */
export interface RunParts {
  readonly runs: UiRunLibrary;
  /** The folder of runs, for people. */
  readonly folder: string;
  /** Time between looks at a file that grows, in ms. Default 500. */
  readonly pollMs?: number;
}

export type UiHono = OpenAPIHono<{ Bindings: HttpBindings }>;

const name = z.object({ name: z.string().openapi({ param: { name: "name", in: "path" } }) });
const from = z.object({
  from: z.coerce.number().int().min(0).default(0).openapi({ description: "the `next` of before" }),
});

const listRoute = createRoute({
  method: "get",
  path: "/api/runs",
  summary: "The runs, the newest first",
  responses: { 200: json(runList, "the runs"), ...problems },
});

const compareRoute = createRoute({
  method: "get",
  path: "/api/runs/comparison",
  summary:
    "Runs side by side: which differ by their seed alone, and the settings in which the others differ",
  request: { query: z.object({ names: z.string().openapi({ description: "a,b,c" }) }) },
  responses: {
    200: json(comparison, "groups of runs, and a row for each setting that differs"),
    ...problems,
  },
});

const showRoute = createRoute({
  method: "get",
  path: "/api/runs/{name}",
  summary: "One run",
  request: { params: name },
  responses: { 200: json(runDetails, "the run"), ...problems },
});

const metricsRoute = createRoute({
  method: "get",
  path: "/api/runs/{name}/metrics",
  summary: "Its numbers by step",
  request: { params: name, query: from },
  responses: { 200: json(metricsPage, "rows from a place on"), ...problems },
});

const eventsRoute = createRoute({
  method: "get",
  path: "/api/runs/{name}/events",
  summary:
    "Its numbers as they come: events `metrics` with a MetricsPage, `status` with its status",
  request: { params: name, query: from },
  responses: {
    200: {
      description: "server-sent events; the id of each is where the next begins (Last-Event-ID)",
      content: { "text/event-stream": { schema: z.string() } },
    },
    ...problems,
  },
});

/** Puts the endpoints of runs into the app. */
export function addRunRoutes(app: UiHono, parts: RunParts): void {
  const { runs, folder } = parts;
  app.openapi(listRoute, async (c) =>
    c.json({ folder, runs: (await runs.list()).map(runSummary) }, 200),
  );
  app.openapi(compareRoute, async (c) => {
    const { groups, settings } = await runs.compare(c.req.valid("query").names.split(","));
    const rows = settings.map(({ key, values }) => ({ key, values: [...values] }));
    return c.json({ groups: groups.map((names) => [...names]), settings: rows }, 200);
  });
  app.openapi(showRoute, async (c) =>
    c.json(detailsOf(await runs.show(c.req.valid("param").name)), 200),
  );
  app.openapi(metricsRoute, async (c) => {
    const page = await runs.metrics(c.req.valid("param").name, c.req.valid("query").from);
    return c.json(pageOf(page), 200);
  });
  app.openapi(eventsRoute, async (c) => {
    const { name: run } = c.req.valid("param");
    const start = Number(c.req.header("last-event-id") ?? c.req.valid("query").from);
    // An unknown run is an answer with its status, and not an event.
    await runs.show(run);
    const over = new AbortController();
    return eventStream(c, follow(parts, run, start, over.signal), () => over.abort());
  });
}

/** The rows of a run as they are written, until it has ended or the signal. */
async function* follow(
  { runs, pollMs = 500 }: RunParts,
  run: string,
  start: number,
  signal: AbortSignal,
): AsyncGenerator<ServerEvent> {
  let from = Number.isSafeInteger(start) && start >= 0 ? start : 0;
  try {
    // Sent at once, so that the client knows that it is heard; the last event says how the run ended.
    yield { name: "status", data: { status: "running" } };
    while (!signal.aborted) {
      // Asked for before the rows: what a run wrote until it ended is sent.
      const { status } = await runs.show(run);
      const page = await runs.metrics(run, from);
      if (page.rows.length > 0)
        yield { name: "metrics", id: String(page.next), data: pageOf(page) };
      from = page.next;
      if (status !== "running") return yield { name: "status", data: { status } };
      await pause(pollMs, signal);
    }
  } catch (error) {
    yield { name: "problem", data: { message: error instanceof Error ? error.message : "" } };
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });

const outcomeOf = ({ success, reward, tasks }: Measurement) => ({ success, reward, tasks });

function runSummary({ result, ...run }: UiRun) {
  if (result === undefined) return run;
  const { before, after, difference, seconds } = result;
  return { ...run, before: outcomeOf(before), after: outcomeOf(after), difference, seconds };
}

function detailsOf({ folder, config, checkpoints, ...run }: UiRunDetails) {
  const { stages, baselines, warnings } = run.result ?? {};
  return {
    ...runSummary(run),
    ...{ folder, config: { ...config }, checkpoints: [...checkpoints] },
    ...(stages && {
      stages: stages.map(({ name: stage, measurement }) => ({
        name: stage,
        outcome: outcomeOf(measurement),
        ...(measurement.components && { components: measurement.components }),
      })),
    }),
    ...(baselines && {
      baselines: baselines.map(({ name: of, success }) => ({ name: of, success })),
    }),
    ...(warnings && { warnings }),
  };
}

/** JSON has no infinity and no NaN: they travel as null. */
const pageOf = ({ rows, next }: UiMetrics) => ({ rows: [...rows], next });
