/** Traces by filter: the conditions are in the address, so that what is shown can be sent to somebody. */
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { type ReactNode, useCallback, useMemo, useState } from "react";
import { Link, useSearchParams } from "wouter";
import { api, type Schemas, type TraceQuery } from "../api/client.ts";
import { type DataColumn, DataTable } from "../parts/data-table.tsx";
import { Empty, Problem } from "../parts/problem.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { dollarsText, durationText, numberText, timeText } from "../parts/text.ts";
import { ConditionsForm } from "./conditions-form.tsx";
import { conditionsOf } from "./conditions.ts";
import { TraceTools } from "./trace-tools.tsx";

type Trace = Schemas["TraceSummary"];

const columns: readonly DataColumn<Trace>[] = [
  { id: "task", head: "task", share: 3, minWidth: 140, cell: ({ task }) => task },
  { id: "agent", head: "agent", minWidth: 100, from: 600, cell: ({ agent }) => agent },
  {
    id: "status",
    head: "state",
    minWidth: 100,
    cell: ({ status }) => <span className={`state ${status}`}>{status}</span>,
  },
  {
    id: "started",
    head: "started",
    minWidth: 170,
    from: 900,
    cell: ({ startedAt }) => timeText(startedAt),
  },
  {
    id: "spans",
    head: "spans",
    isNumber: true,
    minWidth: 70,
    from: 900,
    cell: ({ spanCount, errorCount }) =>
      errorCount === 0 ? spanCount : `${spanCount}, ${errorCount} failed`,
  },
  {
    id: "tokens",
    head: "tokens",
    isNumber: true,
    from: 700,
    cell: ({ tokens }) => numberText(tokens.input + tokens.output),
  },
  {
    id: "latency",
    head: "latency",
    isNumber: true,
    from: 700,
    cell: ({ startedAt, endedAt }) =>
      endedAt === undefined ? "" : durationText(endedAt - startedAt),
  },
  {
    id: "reward",
    head: "reward",
    isNumber: true,
    cell: ({ reward }) => (reward === undefined ? "" : numberText(reward)),
  },
];

const costColumn: DataColumn<Trace> = {
  id: "cost",
  head: "cost",
  isNumber: true,
  from: 700,
  cell: ({ cost }) => (cost === undefined ? "" : dollarsText(cost)),
};

const columnsWithCost = [...columns, costColumn];

const idOf = ({ id }: Trace): string => id;
const nameOf = ({ task }: Trace): string => task;
const hrefOf = ({ id }: Trace): string => `/traces/${encodeURIComponent(id)}`;

const noneLikeThat = <p>No trace is like that.</p>;
const noneYet = <Empty command="npx hone record -- node app.js">No trace is here yet.</Empty>;

const choices = [
  { key: "order", label: "Order by", values: ["startedAt", "reward", "latency", "tokens"] },
  { key: "direction", label: "Direction", values: ["descending", "ascending"] },
] as const;

/** The order of an address. */
function orderOf(parameters: URLSearchParams): Pick<TraceQuery, "order" | "direction"> {
  const order = choices[0].values.find((one) => one === parameters.get("order"));
  const direction = choices[1].values.find((one) => one === parameters.get("direction"));
  return { ...(order && { order }), ...(direction && { direction }) };
}

export function TracesPage(): ReactNode {
  const [parameters] = useSearchParams();
  const conditions = { ...conditionsOf(parameters), ...orderOf(parameters) };
  const hasConditions = Object.keys(conditionsOf(parameters)).length > 0;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const { data, error, isFetching, isPlaceholderData, hasNextPage, fetchNextPage } =
    useInfiniteQuery({
      queryKey: ["traces", conditions],
      queryFn: ({ signal, pageParam }) =>
        api.traces(
          { ...conditions, ...(pageParam !== undefined && { cursor: pageParam }) },
          signal,
        ),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: ({ next }) => next,
      // What was shown stays until the traces of other conditions have come.
      placeholderData: keepPreviousData,
    });
  const traces = useMemo(() => data?.pages.flatMap((page) => page.traces) ?? [], [data]);
  const showMore = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const { store, hasPrices = false } = data?.pages[0] ?? {};
  return (
    <>
      <div className="page-head">
        <PageTitle>Traces</PageTitle>
        {store !== undefined && <span className="soft">{store}</span>}
        {store !== undefined && (
          <Link href={`/new-queue?${parameters}`}>Let people judge these</Link>
        )}
      </div>
      <TraceTools store={store} />
      <ConditionsForm hasPrices={hasPrices} choices={choices} />
      {chosen.size > 0 && (
        <p className="trace-actions">
          {chosen.size === 2 ? (
            <Link className="action" href={diffAddress(chosen)}>
              Difference of the two chosen
            </Link>
          ) : (
            <span className="soft">Choose two traces to see their difference.</span>
          )}
        </p>
      )}
      {error !== null && <Problem error={error} />}
      {(error === null || traces.length > 0) && (
        <DataTable
          label="Traces"
          columns={hasPrices ? columnsWithCost : columns}
          selected={chosen}
          onSelect={setChosen}
          rows={traces}
          idOf={idOf}
          nameOf={nameOf}
          hrefOf={hrefOf}
          onMore={hasNextPage ? showMore : undefined}
          // Rows of other conditions stay as they are while an answer is awaited.
          isLoading={isFetching && !isPlaceholderData}
          empty={traces.length === 0 && hasConditions ? noneLikeThat : noneYet}
        />
      )}
    </>
  );
}

const diffAddress = (traces: ReadonlySet<string>): string =>
  `/analysis/diff?${[...traces].map((id) => `trace=${encodeURIComponent(id)}`).join("&")}`;
