/** The numbers of runs by step, as they come. */
import { EventSource } from "eventsource";
import { useEffect, useState } from "react";
import { requestHeaders, type Schemas } from "./client.ts";

type Row = Schemas["MetricsRow"];

/** The rows of one run: section → step → row. A row that comes again, as after a resume, takes the place of the earlier one. */
export type RunRows = ReadonlyMap<string, ReadonlyMap<number, Row>>;

/** The rows of each of the runs by its name, while the page is open. */
export function useRunMetrics(names: readonly string[]): ReadonlyMap<string, RunRows> {
  const [all, setAll] = useState<ReadonlyMap<string, RunRows>>(new Map());
  const joined = names.join(",");
  useEffect(() => {
    setAll(new Map());
    const ends = joined
      .split(",")
      .filter((name) => name !== "")
      .map((name) =>
        followRun(name, (rows) => {
          setAll((before) => new Map(before).set(name, withRows(before.get(name), rows)));
        }),
      );
    return () => ends.forEach((end) => end());
  }, [joined]);
  return all;
}

/** Calls with the rows of a run as they are written, and comes back by itself where the connection is lost. @returns a function that ends it */
function followRun(name: string, onRows: (rows: readonly Row[]) => void): () => void {
  const source = new EventSource(`/api/runs/${encodeURIComponent(name)}/events`, {
    fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...requestHeaders } }),
  });
  source.addEventListener("metrics", ({ data }: MessageEvent<string>) => {
    onRows((JSON.parse(data) as Schemas["MetricsPage"]).rows);
  });
  source.addEventListener("status", ({ data }: MessageEvent<string>) => {
    // When the run has ended, nothing more will come.
    if ((JSON.parse(data) as { status: string }).status !== "running") source.close();
  });
  return () => source.close();
}

function withRows(before: RunRows | undefined, rows: readonly Row[]): RunRows {
  const sections = new Map(before);
  for (const [section, some] of Map.groupBy(rows, (row) => row.section)) {
    const steps = new Map(sections.get(section));
    for (const row of some) steps.set(row.step, { ...steps.get(row.step), ...row });
    sections.set(section, steps);
  }
  return sections;
}
