/** The queues of traces that people judge. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { type DataColumn, DataTable } from "../parts/data-table.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { Empty, PageProblem, Problem } from "../parts/problem.tsx";
import { timeText } from "../parts/text.ts";
import { kinds, type Queue, queuesApi } from "./people-api.ts";
import "./people.css";

const columns: readonly DataColumn<Queue>[] = [
  { id: "name", head: "queue", share: 2, minWidth: 120, cell: ({ name }) => name },
  { id: "kind", head: "kind", minWidth: 90, cell: ({ kind }) => kinds[kind].label },
  {
    id: "done",
    head: "judged",
    isNumber: true,
    cell: ({ done, items }) => `${done} of ${items}`,
  },
  {
    id: "raters",
    head: "raters",
    minWidth: 100,
    from: 700,
    cell: ({ raters }) => raters.map(({ name }) => name).join(", "),
  },
  {
    id: "conflicts",
    head: "conflicts",
    isNumber: true,
    from: 700,
    cell: ({ openConflicts }) => (openConflicts === 0 ? "" : openConflicts),
  },
  {
    id: "made",
    head: "made",
    minWidth: 170,
    from: 900,
    cell: ({ createdAt }) => timeText(createdAt),
  },
];

export function PeoplePage(): ReactNode {
  const { data, error, isPending } = useQuery({
    queryKey: ["queues"],
    queryFn: ({ signal }) => queuesApi.list(signal),
    refetchInterval: 5000,
  });
  if (error !== null) return <PageProblem title="People" error={error} />;
  const hasStore = data?.store !== undefined;
  return (
    <>
      <div className="page-head">
        <PageTitle>People</PageTitle>
        {hasStore && (
          <Link href="/new-queue" className="action">
            New queue
          </Link>
        )}
      </div>
      {data?.problems.map((problem) => (
        <Problem key={problem} error={new Error(problem)} />
      ))}
      <DataTable
        label="Queues"
        columns={columns}
        rows={data?.queues ?? []}
        idOf={({ name }) => name}
        nameOf={({ name }) => name}
        hrefOf={({ name }) => `/people/${encodeURIComponent(name)}`}
        isLoading={isPending}
        empty={
          hasStore ? (
            <Empty command="npx hone queues make first --kind rate">
              No queue is here yet: people judge the traces of a queue one by one.
            </Empty>
          ) : (
            <Empty command="npx hone ui --store sqlite:./hone.db">
              There is no store of traces here, so there is nothing to judge.
            </Empty>
          )
        }
      />
    </>
  );
}
