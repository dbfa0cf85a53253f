/** All runs: state, what was trained, and what held-out tasks say before and after. */
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Link } from "wouter";
import { api, type Schemas } from "../api/client.ts";
import { type DataColumn, DataTable } from "../parts/data-table.tsx";
import { Empty, PageProblem } from "../parts/problem.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { pointsText, shareText, timeText } from "../parts/text.ts";
import { RunState } from "./run-state.tsx";

type Run = Schemas["Run"];

const columns: readonly DataColumn<Run>[] = [
  { id: "name", head: "run", share: 2.8, minWidth: 95, cell: ({ name }) => name },
  { id: "status", head: "state", minWidth: 86, cell: ({ status }) => <RunState status={status} /> },
  {
    id: "command",
    head: "command",
    share: 1.2,
    minWidth: 95,
    from: 700,
    cell: ({ command }) => command ?? "",
  },
  { id: "model", head: "model", from: 1100, cell: ({ model }) => model?.split("/").at(-1) ?? "" },
  {
    id: "seed",
    head: "seed",
    isNumber: true,
    minWidth: 50,
    from: 900,
    cell: ({ seed }) => seed ?? "",
  },
  {
    id: "started",
    head: "started",
    share: 1.2,
    minWidth: 170,
    from: 900,
    cell: ({ createdAt }) => (createdAt === undefined ? "" : timeText(createdAt)),
  },
  {
    id: "before",
    head: "before",
    share: 1.2,
    minWidth: 128,
    from: 700,
    isNumber: true,
    cell: ({ before }) => (before === undefined ? "" : shareText(before.success)),
  },
  {
    id: "after",
    head: "success after",
    share: 1.2,
    minWidth: 128,
    isNumber: true,
    cell: ({ after }) => (after === undefined ? "" : shareText(after.success)),
  },
  {
    id: "difference",
    head: "paired points",
    share: 1.4,
    minWidth: 128,
    from: 1100,
    isNumber: true,
    cell: ({ difference }) => (difference === undefined ? "" : pointsText(difference.success)),
  },
];

export function RunsPage(): ReactNode {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const { data, error, isLoading } = useQuery({
    queryKey: ["runs"],
    queryFn: ({ signal }) => api.runs(signal),
    refetchInterval: 3000,
  });
  if (error !== null && data === undefined) return <PageProblem title="Runs" error={error} />;
  const names = [...selected];
  return (
    <>
      <div className="page-head">
        <PageTitle>Runs</PageTitle>
        {data !== undefined && (
          <span className="soft">
            {data.runs.length} in {data.folder}
          </span>
        )}
        {names.length > 1 && (
          <Link
            className="action"
            href={`/compare?${new URLSearchParams(names.map((name) => ["run", name])).toString()}`}
          >
            Compare {names.length} runs
          </Link>
        )}
      </div>
      <DataTable
        label="Runs"
        columns={columns}
        rows={data?.runs ?? []}
        idOf={({ name }) => name}
        nameOf={({ name }) => name}
        hrefOf={({ name }) => `/runs/${encodeURIComponent(name)}`}
        selected={selected}
        onSelect={setSelected}
        isLoading={isLoading}
        empty={<Empty command="npx hone run math">No run is here yet.</Empty>}
      />
    </>
  );
}
