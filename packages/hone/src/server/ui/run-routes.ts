/** The endpoints of runs: their list, one run, several side by side. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { HttpBindings } from "@hono/node-server";
import type { Measurement } from "../../formats/result-format.ts";
import type { UiRun, UiRunDetails, UiRunLibrary } from "./ui-library.ts";
import { json, problems } from "./ui-answers.ts";
import { comparison, distributions, runDetails, runList } from "./ui-schemas.ts";

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
export const severalRuns = z.object({
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
  request: { query: severalRuns },
  responses: { 200: json(comparison, "groups, and a row for each setting"), ...problems },
});

const distributionsRoute = createRoute({
  method: "get",
  path: "/api/runs/{name}/distributions",
  summary: "How rewards and other numbers of a run's rollouts are spread at each step",
  request: { params: name },
  responses: { 200: json(distributions, "the histograms that the run has kept"), ...problems },
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
  app.openapi(distributionsRoute, async (c) => {
    const found = await runs.distributions(c.req.valid("param").name);
    const written = found.map(({ columns, ...rest }) => ({
      ...rest,
      columns: columns.map(({ counts, ...column }) => ({ ...column, counts: [...counts] })),
    }));
    return c.json({ distributions: written }, 200);
  });
  app.openapi(showRoute, async (c) =>
    c.json(detailsOf(await runs.show(c.req.valid("param").name)), 200),
  );
}

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
