/** Several runs over one another: curves, seeds as a mean in a band, and the settings in which they differ. */
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import { useSearchParams } from "wouter";
import { api } from "../api/client.ts";
import { useRunMetrics } from "../api/run-metrics.ts";
import { FactsTable } from "../parts/facts-table.tsx";
import { Empty, Lost, PageProblem, Problem } from "../parts/problem.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { MetricCharts } from "./metric-charts.tsx";

export function ComparePage(): ReactNode {
  const [parameters] = useSearchParams();
  const names = parameters.getAll("run");
  const { data, error } = useQuery({
    queryKey: ["comparison", names],
    queryFn: ({ signal }) => api.comparison(names, signal),
    enabled: names.length > 0,
  });
  const { rows, problem, isLost } = useRunMetrics(data === undefined ? [] : names);
  const groups = useMemo(
    () =>
      (data?.groups ?? []).map((group) => ({
        name: group[0]!,
        runs: group.flatMap((name) => rows.get(name) ?? []),
      })),
    [data, rows],
  );
  if (names.length === 0)
    return (
      <>
        <div className="page-head">
          <PageTitle>Runs over one another</PageTitle>
        </div>
        <Empty command="npx hone run math">Choose some in the list of runs.</Empty>
      </>
    );
  if (error !== null) return <PageProblem title="Runs over one another" error={error} />;
  return (
    <>
      <div className="page-head">
        <PageTitle>{`${names.length} runs`}</PageTitle>
        <span className="soft">{names.join(", ")}</span>
      </div>
      {problem !== undefined && <Problem error={new Error(problem)} />}
      <Lost isLost={isLost} />
      <MetricCharts groups={groups} />
      {data !== undefined && (
        <section aria-label="Settings that differ">
          <h2>Settings that differ</h2>
          {data.settings.length === 0 ? (
            <p className="soft">None but the seed.</p>
          ) : (
            <FactsTable label="Settings by run">
              <thead>
                <tr>
                  <th scope="col">setting</th>
                  {data.groups.map(([first]) => (
                    <th key={first} scope="col">
                      {first}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {data.settings.map(({ key, values }) => (
                  <tr key={key}>
                    <th scope="row">{key}</th>
                    {values.map((value, i) => (
                      <td key={data.groups[i]![0]}>{value}</td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </FactsTable>
          )}
        </section>
      )}
    </>
  );
}
