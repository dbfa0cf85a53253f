/** The endpoints of runs: their list, one run, several side by side, and their numbers as they come. */
import { setTimeout as sleep } from "node:timers/promises";
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { HttpBindings } from "@hono/node-server";
import { messageOf } from "../../core/errors.ts";
import type { Measurement } from "../../formats/result-format.ts";
import { eventStream, type ServerEvent } from "../event-stream.ts";

import type { UiRun, UiRunDetails, UiRunLibrary } from "./ui-library.ts";
import { pageHeaders } from "./page-headers.ts";
import { json, problems } from "./ui-answers.ts";
import { comparison, metricsPage, runDetails, runList, runSign } from "./ui-schemas.ts";

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
/** Runs by their names: `run=a&run=b`. */
const several = z.object({
  run: z.union([z.string(), z.array(z.string())]).transform((given) => [given].flat()),
});

const listRoute = createRoute({
  method: "get",
  path: "/api/runs",
  summary: "The runs, the newest first",
  responses: { 200: json(runList, "the runs"), ...problems },
});

const showRoute = createRoute({
  method: "get",
  path: "/api/runs/{name}",
  summary: "One run",
  request: { params: name },
  responses: { 200: json(runDetails, "the run"), ...problems },
});

const compareRoute = createRoute({
  method: "get",
  path: "/api/comparison",
  summary: "Runs side by side: which differ by the seed alone, and the settings that differ",
  request: { query: several },
  responses: { 200: json(comparison, "groups, and a row for each setting"), ...problems },
});

const eventsRoute = createRoute({
  method: "get",
  path: "/api/metrics",
  summary: "The numbers of runs by step, as they are written: events `metrics` and `sign`",
  request: { query: several },
  responses: {
    200: {
      description:
        "server-sent events whose ids say what was sent, for Last-Event-ID; a `sign` is a RunSign",
      content: { "text/event-stream": { schema: z.union([metricsPage, runSign]) } },
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
    const { groups, settings } = await runs.compare(c.req.valid("query").run);
    const rows = settings.map(({ key, values }) => ({ key, values: [...values] }));
    return c.json({ groups: groups.map((names) => [...names]), settings: rows }, 200);
  });
  app.openapi(showRoute, async (c) =>
    c.json(detailsOf(await runs.show(c.req.valid("param").name)), 200),
  );
  app.openapi(eventsRoute, async (c) => {
    const names = c.req.valid("query").run;
    // An unknown run is an answer with its status, and not an event.
    for (const one of names) await runs.status(one);
    const seen = placesOf(c.req.header("last-event-id"), names.length);
    const over = new AbortController();
    const followed = names.map((run, i) => ({ run, from: seen[i]! }));
    const events = follow(parts, followed, over.signal);
    return eventStream(c, events, () => over.abort(), pageHeaders);
  });
}

/** Where the rows of each run go on, by the id of the last event that a client has seen: "120,64". */
function placesOf(id: string | undefined, count: number): readonly number[] {
  const places = (id ?? "").split(",").map(Number);
  const isWhole =
    places.length === count && places.every((one) => Number.isSafeInteger(one) && one >= 0);
  return isWhole ? places : Array.from({ length: count }, () => 0);
}

/** A run whose rows are sent. */
interface Followed {
  readonly run: string;
  from: number;
  told?: string;
  hasFailed?: boolean;
}

/** The rows of runs as they are written, and their states, until the signal. A run that has ended may be resumed. */
async function* follow(
  { runs, pollMs = 500 }: RunParts,
  followed: readonly Followed[],
  signal: AbortSignal,
): AsyncGenerator<ServerEvent> {
  while (!signal.aborted) {
    let hasMore = false;
    for (const one of followed) {
      if (one.hasFailed === true) continue;
      try {
        const status = await runs.status(one.run);
        if (status !== one.told) yield { name: "sign", data: { run: one.run, status } };
        one.told = status;
        const page = await runs.metrics(one.run, one.from);
        one.from = page.next;
        hasMore ||= page.hasMore;
        const id = followed.map(({ from }) => from).join(",");
        if (page.rows.length > 0 || page.isAnew)
          yield { name: "metrics", id, data: { run: one.run, ...page } };
      } catch (error) {
        one.hasFailed = true;
        const problem = messageOf(error);
        yield { name: "sign", data: { run: one.run, problem } };
      }
    }
    const isLive = followed.some(({ told }) => told === "running");
    if (!hasMore) await pause(isLive ? pollMs : SLOWER * pollMs, signal);
  }
}

/** How much less often runs are looked at that have ended. */
const SLOWER = 6;

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => undefined);

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
