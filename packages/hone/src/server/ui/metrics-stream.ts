/** The endpoint of runs' numbers as they come: a stream of events for all runs that a page shows. */
import { createRoute, z } from "@hono/zod-openapi";
import { messageOf } from "../../core/errors.ts";
import { eventStream, type ServerEvent } from "../event-stream.ts";
import { metricsWatch, type RunWatch } from "./metrics-watch.ts";
import { pageHeaders } from "./page-headers.ts";
import { type RunParts, severalRuns, type UiHono } from "./run-routes.ts";
import { problems } from "./ui-answers.ts";
import { metricsPage, runSign } from "./ui-schemas.ts";

const eventsRoute = createRoute({
  method: "get",
  path: "/api/metrics",
  summary: "The numbers of runs by step, as they are written: events `metrics` and `sign`",
  request: {
    query: severalRuns.extend({
      history: z
        .enum(["whole", "condensed"])
        .optional()
        .describe(
          "condensed: of a long section the first steps of buckets, and every number's least and greatest in them; whole if left out",
        ),
    }),
  },
  responses: {
    200: {
      description:
        "server-sent events whose ids say what was sent, for Last-Event-ID; a `sign` is a RunSign",
      content: { "text/event-stream": { schema: z.union([metricsPage, runSign]) } },
    },
    ...problems,
  },
});

/** Puts the endpoint into the app. */
export function addMetricsStream(app: UiHono, { runs, pollMs = 500 }: RunParts): void {
  const watch = metricsWatch(runs, pollMs);
  app.openapi(eventsRoute, async (c) => {
    const { run: names, history } = c.req.valid("query");
    // An unknown run is an answer with its status, and not an event.
    for (const one of names) await runs.status(one);
    const seen = placesOf(c.req.header("last-event-id"), names.length);
    const isCondensed = history === "condensed";
    const followed = names.map((run, i): Followed => {
      const from = seen[i]!;
      return { run, watch: watch.follow(run), from, isCondensed: isCondensed && from === 0 };
    });
    const over = new AbortController();
    const end = (): void => {
      if (over.signal.aborted) return;
      over.abort();
      for (const one of followed) one.watch.leave();
    };
    return eventStream(c, follow(followed, over.signal), end, pageHeaders);
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
  readonly watch: RunWatch;
  /** Where its next rows begin. */
  from: number;
  /** Whether its next rows are its condensed history. */
  isCondensed: boolean;
  /** The state that was last sent. */
  told?: string;
  hasFailed?: boolean;
}

/** The rows of runs as they are written, and their states, until the signal. A run that has ended may be resumed. */
async function* follow(
  followed: readonly Followed[],
  signal: AbortSignal,
): AsyncGenerator<ServerEvent> {
  while (!signal.aborted) {
    const versions = followed.map(({ watch }) => watch.version());
    let hasMore = false;
    for (const one of followed) {
      if (one.hasFailed === true) continue;
      try {
        const status = await one.watch.status();
        if (status !== one.told) yield { name: "sign", data: { run: one.run, status } };
        one.told = status;
        const page = one.isCondensed ? await one.watch.history() : await one.watch.rows(one.from);
        // What came since the history was made is asked for at once.
        hasMore ||= page.hasMore || one.isCondensed;
        one.isCondensed = false;
        one.from = page.next;
        const id = followed.map(({ from }) => from).join(",");
        if (page.rows.length > 0 || page.isAnew)
          yield { name: "metrics", id, data: { run: one.run, ...page } };
      } catch (error) {
        one.hasFailed = true;
        yield { name: "sign", data: { run: one.run, problem: messageOf(error) } };
      }
    }
    if (!hasMore) await anyChanged(followed, versions, signal);
  }
}

async function anyChanged(
  followed: readonly Followed[],
  versions: readonly number[],
  signal: AbortSignal,
): Promise<void> {
  const one = new AbortController();
  const either = AbortSignal.any([signal, one.signal]);
  await Promise.race(followed.map(({ watch }, i) => watch.changed(versions[i]!, either)));
  // The others wait no longer.
  one.abort();
}
