/** Quantiles of latency, tokens, cost and reward over time, by agent or version. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useSearchParams } from "wouter";
import { api, type Schemas } from "../api/client.ts";
import { Chart } from "../parts/chart.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { Empty, Problem } from "../parts/problem.tsx";
import { ConditionsForm } from "./conditions-form.tsx";
import { conditionsOf } from "./conditions.ts";
import { TraceTools } from "./trace-tools.tsx";

const measures = [
  { key: "latency", label: "latency, ms" },
  { key: "tokens", label: "tokens of a trace" },
  { key: "cost", label: "cost of a trace, dollars" },
  { key: "reward", label: "reward" },
] as const;

const quantiles = [
  { key: "median", label: "50 %" },
  { key: "p90", label: "90 %" },
  { key: "p99", label: "99 %" },
] as const;

const choices = [{ key: "by", label: "A curve for each", values: ["agent", "version"] }] as const;

export function TimesPage(): ReactNode {
  const [parameters] = useSearchParams();
  const conditions = conditionsOf(parameters);
  const given = parameters.get("by");
  const by = given === "agent" || given === "version" ? given : undefined;
  const { data, error } = useQuery({
    queryKey: ["trace-times", by, conditions],
    queryFn: ({ signal }) =>
      api.traceTimes({ ...conditions, ...(by !== undefined && { by }) }, signal),
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <div className="page-head">
        <PageTitle>Traces over time</PageTitle>
      </div>
      <TraceTools />
      <ConditionsForm hasPrices={data?.hasPrices ?? false} choices={choices} />
      {error !== null && <Problem error={error} />}
      {data === undefined && error === null && <p>Loading …</p>}
      {data?.times.length === 0 && (
        <Empty command="npx hone record -- node app.js">No trace is like that.</Empty>
      )}
      {data !== undefined && data.times.length > 0 && <Charts data={data} />}
      {data !== undefined && !data.hasPrices && (
        <p className="soft">
          Costs need prices: <code>npx hone ui --prices prices.json</code>
        </p>
      )}
    </>
  );
}

interface ChartsData {
  readonly times: readonly number[];
  readonly series: readonly Schemas["TraceSeries"][];
}

/** A chart for each measure and quantile with a curve for each series; of one series its quantiles are in one chart. */
function Charts({ data: { times, series } }: { readonly data: ChartsData }): ReactNode {
  const seconds = times.map((time) => time / 1000);
  const shown = measures.filter(({ key }) =>
    series.some(({ points }) => points.some((point) => point?.[key] !== undefined)),
  );
  const [only] = series;
  if (series.length === 1 && only !== undefined)
    return (
      <div className="charts">
        {shown.map(({ key, label }) => (
          <Chart
            key={key}
            title={label}
            isTime
            steps={seconds}
            curves={quantiles.map((quantile, place) => ({
              name: quantile.label,
              place,
              values: only.points.map((point) => point?.[key]?.[quantile.key]),
            }))}
          />
        ))}
      </div>
    );
  return (
    <div className="charts">
      {shown.flatMap(({ key, label }) =>
        quantiles.map((quantile) => (
          <Chart
            key={`${key} ${quantile.key}`}
            title={`${label}: ${quantile.label}`}
            isTime
            steps={seconds}
            curves={series.map(({ key: name, points }, place) => ({
              name: name === "" ? "(none)" : name,
              place,
              values: points.map((point) => point?.[key]?.[quantile.key]),
            }))}
          />
        )),
      )}
    </div>
  );
}
