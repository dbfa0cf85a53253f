/** One run: what it reached, its curves while it goes, its settings, warnings and checkpoints. */
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import { Link } from "wouter";
import { api, type Schemas } from "../api/client.ts";
import { chatHref } from "../chat/chat-api.ts";
import { useRunMetrics } from "../api/run-metrics.ts";
import { FactsTable, SettingsTable } from "../parts/facts-table.tsx";
import { Lost, PageProblem, Problem } from "../parts/problem.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { durationText, numberText, pointsText, shareText, timeText } from "../parts/text.ts";
import { Checkpoints } from "./checkpoints.tsx";
import { Distributions } from "./distributions.tsx";
import { MetricCharts } from "./metric-charts.tsx";
import { heldOutHref, stepHref } from "../tokens/token-api.ts";
import { RunState } from "./run-state.tsx";

type Details = Schemas["RunDetails"];

export function RunPage({ name }: { readonly name: string }): ReactNode {
  const { data: run, error } = useQuery({
    queryKey: ["run", name],
    queryFn: ({ signal }) => api.run(name, signal),
    // One that has ended may be resumed.
    refetchInterval: ({ state }) => (state.data?.status === "running" ? 2000 : 10_000),
  });
  const { rows, problem, isLost } = useRunMetrics([name]);
  const own = rows.get(name);
  const groups = useMemo(() => (own === undefined ? [] : [{ name, runs: [own] }]), [name, own]);
  if (run === undefined)
    return error === null ? <p>Loading …</p> : <PageProblem title={name} error={error} />;
  return (
    <>
      <div className="page-head">
        <PageTitle>{run.name}</PageTitle>
        <RunState status={run.status} />
        <span className="soft">
          {run.command} · {run.createdAt === undefined ? "" : timeText(run.createdAt)}
          {run.seconds === undefined ? "" : ` · ${durationText(1000 * run.seconds)}`}
        </span>
        <Link href={stepHref(run.name)}>rollouts and tokens</Link>
        <Link href={heldOutHref(run.name)}>held-out tasks one by one</Link>
        <Link href={chatHref(run.name)}>chat with it</Link>
      </div>
      {run.problem !== undefined && <Problem error={new Error(run.problem)} />}
      <Outcomes run={run} />
      {problem !== undefined && <Problem error={new Error(problem)} />}
      <Lost isLost={isLost} />
      <MetricCharts groups={groups} />
      <Distributions run={name} isLive={run.status === "running"} />
      <Warnings warnings={run.warnings ?? []} />
      <Checkpoints run={run} />
      <SettingsTable config={run.config} />
    </>
  );
}

/** Held-out tasks before, between and after, beside what they give without a model. */
function Outcomes({ run }: { readonly run: Details }): ReactNode {
  const { before, after, difference, stages, baselines = [] } = run;
  if (before === undefined || after === undefined) return undefined;
  const rows = stages ?? [
    { name: "before", outcome: before },
    { name: "after", outcome: after },
  ];
  return (
    <section aria-label="Held-out tasks">
      <h2>Held-out tasks</h2>
      <FactsTable label="Held-out tasks by stage">
        <thead>
          <tr>
            <th scope="col">stage</th>
            <th scope="col">success</th>
            <th scope="col">reward</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, outcome }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{shareText(outcome.success)}</td>
              <td>{numberText(outcome.reward.value)}</td>
            </tr>
          ))}
          {difference !== undefined && (
            <tr>
              <th scope="row">last phase adds (paired)</th>
              <td>{pointsText(difference.success)} points</td>
              <td>{numberText(difference.reward.value)}</td>
            </tr>
          )}
          {baselines.map(({ name, success }) => (
            <tr key={name} className="soft">
              <th scope="row">{name}</th>
              <td>{shareText(success)}</td>
              <td />
            </tr>
          ))}
        </tbody>
      </FactsTable>
    </section>
  );
}

function Warnings({
  warnings,
}: {
  readonly warnings: NonNullable<Details["warnings"]>;
}): ReactNode {
  if (warnings.length === 0) return undefined;
  return (
    <section aria-label="Warnings">
      <h2>Warnings</h2>
      <ul>
        {warnings.map(({ code, count, texts }) => (
          <li key={code}>
            <code>{code}</code> × {count}: {texts.join(" ")}
          </li>
        ))}
      </ul>
    </section>
  );
}
