/** The numbers of runs by step, as they come: one stream for all runs of a page, since a browser has few connections to a server. */
import { EventSource } from "eventsource";
import { useEffect, useState } from "react";
import { requestHeaders, type Schemas } from "./client.ts";

type Row = Schemas["MetricsRow"];

/** The rows of one run: section → step → row. A row that comes again takes the place of the earlier one. */
export type RunRows = ReadonlyMap<string, ReadonlyMap<number, Row>>;

/** What the stream has said so far. */
export interface RunMetrics {
  readonly rows: ReadonlyMap<string, RunRows>;
  /** Why numbers of some run are missing, in the server's words. */
  readonly problem?: string;
  /** Whether the server does not answer; the stream asks it again. */
  readonly isLost: boolean;
}

const nothing: RunMetrics = { rows: new Map(), isLost: false };

/** The rows of each of the runs by its name, while the page is open. */
export function useRunMetrics(names: readonly string[]): RunMetrics {
  const [metrics, setMetrics] = useState(nothing);
  const query = new URLSearchParams(names.map((name) => ["run", name])).toString();
  useEffect(() => {
    setMetrics(nothing);
    if (query === "") return undefined;
    return followRuns(query, (change) => setMetrics(change));
  }, [query]);
  return metrics;
}

/** Follows runs until the returned function is called; where the connection is lost, it comes back by itself and goes on. */
function followRuns(
  query: string,
  onChange: (change: (before: RunMetrics) => RunMetrics) => void,
): () => void {
  const source = new EventSource(`/api/metrics?${query}&history=condensed`, {
    fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...requestHeaders } }),
  });
  const fail = (problem: string): void => onChange((before) => ({ ...before, problem }));
  source.addEventListener("metrics", ({ data }: MessageEvent<string>) => {
    const page = JSON.parse(data) as Schemas["MetricsPage"];
    onChange((before) => ({ ...before, rows: withPage(before.rows, page) }));
  });
  source.addEventListener("sign", ({ data }: MessageEvent<string>) => {
    const { run, problem } = JSON.parse(data) as Schemas["RunSign"];
    if (problem !== undefined) fail(`${run}: ${problem}`);
  });
  source.addEventListener("open", () => onChange((before) => ({ ...before, isLost: false })));
  source.addEventListener("error", ({ message }) => {
    // While it is not closed it tries again by itself; an answer that is no stream ends it.
    if (source.readyState === source.CONNECTING)
      onChange((before) => ({ ...before, isLost: true }));
    if (source.readyState === source.CLOSED)
      fail(`The numbers of the runs do not come: ${message ?? "the server refused them"}.`);
  });
  return () => source.close();
}

function withPage(
  before: RunMetrics["rows"],
  { run, rows, isAnew }: Schemas["MetricsPage"],
): RunMetrics["rows"] {
  const sections = new Map(isAnew ? undefined : before.get(run));
  for (const [section, some] of Map.groupBy(rows, (row) => row.section)) {
    const steps = new Map(sections.get(section));
    for (const row of some) steps.set(row.step, { ...steps.get(row.step), ...row });
    sections.set(section, steps);
  }
  return new Map(before).set(run, sections);
}
