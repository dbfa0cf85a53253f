/** Sessions or users: how many traces each has, what they cost and earned; each leads to its traces. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useSearchParams } from "wouter";
import { api, type Schemas } from "../api/client.ts";
import { type DataColumn, DataTable } from "../parts/data-table.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { Empty, Problem } from "../parts/problem.tsx";
import { dollarsText, durationText, numberText, timeText } from "../parts/text.ts";
import { ConditionsForm } from "./conditions-form.tsx";
import { conditionsOf, withConditions } from "./conditions.ts";
import { TraceTools } from "./trace-tools.tsx";

type Group = Schemas["TraceGroup"];

const columnsOf = (by: string, hasPrices: boolean): readonly DataColumn<Group>[] => [
  { id: "key", head: by, share: 2, minWidth: 130, cell: ({ key }) => key },
  { id: "count", head: "traces", isNumber: true, cell: ({ count }) => numberText(count) },
  {
    id: "failed",
    head: "failed",
    isNumber: true,
    from: 600,
    cell: ({ errorRate }) => `${Math.round(100 * errorRate)} %`,
  },
  {
    id: "reward",
    head: "mean reward",
    isNumber: true,
    minWidth: 125,
    cell: ({ reward }) => (reward === undefined ? "" : numberText(reward.mean)),
  },
  {
    id: "tokens",
    head: "tokens",
    isNumber: true,
    from: 700,
    cell: ({ tokens }) => (tokens === undefined ? "" : numberText(tokens.mean * tokens.count)),
  },
  ...(hasPrices ? [costColumn] : []),
  {
    id: "latency",
    head: "median latency",
    isNumber: true,
    minWidth: 145,
    from: 900,
    cell: ({ latency }) => (latency === undefined ? "" : durationText(latency.median)),
  },
  { id: "last", head: "last", minWidth: 170, from: 800, cell: ({ lastAt }) => timeText(lastAt) },
];

/** A sum over some traces says over how many, so that it does not look like that of all. */
const costColumn: DataColumn<Group> = {
  id: "cost",
  head: "cost",
  isNumber: true,
  minWidth: 110,
  cell: ({ cost, count }) =>
    cost === undefined
      ? "not known"
      : `${dollarsText(cost.mean * cost.count)}${cost.count < count ? ` of ${cost.count}` : ""}`,
};

interface GroupsPageProps {
  readonly by: "session" | "user";
}

export function GroupsPage({ by }: GroupsPageProps): ReactNode {
  const [parameters] = useSearchParams();
  const conditions = conditionsOf(parameters);
  const { data, error, isFetching } = useQuery({
    queryKey: ["trace-groups", by, conditions],
    queryFn: ({ signal }) => api.traceGroups({ ...conditions, by }, signal),
    placeholderData: keepPreviousData,
  });
  // Traces without a session or user are a group of no name, which leads nowhere.
  const groups = (data?.groups ?? []).filter(({ key }) => key !== "");
  const without = data?.groups.find(({ key }) => key === "")?.count ?? 0;
  return (
    <>
      <div className="page-head">
        <PageTitle>{by === "session" ? "Sessions" : "Users"}</PageTitle>
        <span className="soft">
          {data === undefined ? "" : countsText(data.total - (without > 0 ? 1 : 0), without, by)}
        </span>
      </div>
      <TraceTools />
      <ConditionsForm hasPrices={data?.hasPrices ?? false} />
      {error !== null ? (
        <Problem error={error} />
      ) : (
        <DataTable
          label={by === "session" ? "Sessions" : "Users"}
          columns={columnsOf(by, data?.hasPrices ?? false)}
          rows={groups}
          idOf={({ key }) => key}
          nameOf={({ key }) => key}
          hrefOf={({ key }) => withConditions("/traces", parameters, { [by]: key })}
          isLoading={isFetching}
          empty={
            <Empty command={`npx hone traces edit <ids> --${by} <name>`}>
              {`No trace here names its ${by}.`}
            </Empty>
          }
        />
      )}
    </>
  );
}

const countsText = (total: number, without: number, by: string): string =>
  `${numberText(total)} in all${without === 0 ? "" : ` · ${numberText(without)} ${without === 1 ? "trace" : "traces"} without a ${by}`}`;
