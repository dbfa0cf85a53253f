/** Traces by filter: the conditions are in the address, so that what is shown can be sent to somebody. */
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import {
  Button,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select,
  SelectValue,
  TextField,
} from "react-aria-components";
import { Link, useSearchParams } from "wouter";
import { api, type Schemas, type TraceConditions } from "../api/client.ts";
import { type DataColumn, DataTable } from "../parts/data-table.tsx";
import { Empty, Problem } from "../parts/problem.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { durationText, numberText, timeText } from "../parts/text.ts";

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

/** The conditions that have a field, in the order of the form. */
const texts = [
  { key: "text", label: "Words", hint: "that all stand in it" },
  { key: "agent", label: "Agent", hint: "exactly" },
  { key: "tag", label: "Tag", hint: "exactly" },
  { key: "session", label: "Session", hint: "exactly" },
  { key: "user", label: "User", hint: "exactly" },
  { key: "minReward", label: "Reward from", hint: "a number" },
  { key: "maxReward", label: "to", hint: "a number" },
] as const;

const choices = [
  { key: "status", label: "State", values: ["running", "completed", "failed", "cancelled"] },
  { key: "order", label: "Order by", values: ["startedAt", "reward", "latency", "tokens"] },
  { key: "direction", label: "Direction", values: ["descending", "ascending"] },
] as const;

export function TracesPage(): ReactNode {
  const [parameters, setParameters] = useSearchParams();
  const conditions = Object.fromEntries(parameters) as TraceConditions;
  const { data, error, isFetching, hasNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ["traces", conditions],
    queryFn: ({ signal, pageParam }) =>
      api.traces({ ...conditions, ...(pageParam !== undefined && { cursor: pageParam }) }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
    // What was shown stays until the traces of other conditions have come.
    placeholderData: keepPreviousData,
  });
  const set = (key: string, value: string): void =>
    setParameters(
      (before) => {
        const after = new URLSearchParams(before);
        if (value === "") after.delete(key);
        else after.set(key, value);
        return after;
      },
      // Going back leads to the page before, not to a letter less.
      { replace: true },
    );
  const traces = data?.pages.flatMap((page) => page.traces) ?? [];
  const store = data?.pages[0]?.store;
  return (
    <>
      <div className="page-head">
        <PageTitle>Traces</PageTitle>
        {store !== undefined && <span className="soft">{store}</span>}
        {store !== undefined && (
          <Link href={`/new-queue?${parameters}`}>Let people judge these</Link>
        )}
      </div>
      <form className="controls" onSubmit={(event) => event.preventDefault()}>
        {texts.map(({ key, label, hint }) => (
          <ConditionField
            key={key}
            label={label}
            hint={hint}
            value={parameters.get(key) ?? ""}
            onChange={(value) => set(key, value)}
          />
        ))}
        {choices.map(({ key, label, values }) => (
          <Choice
            key={key}
            label={label}
            values={values}
            value={parameters.get(key) ?? ""}
            onChange={(value) => set(key, value)}
          />
        ))}
        {parameters.size > 0 && (
          <Button className="action" onPress={() => setParameters(new URLSearchParams())}>
            Clear
          </Button>
        )}
      </form>
      {error !== null && <Problem error={error} />}
      {(error === null || traces.length > 0) && (
        <DataTable
          label="Traces"
          columns={columns}
          rows={traces}
          idOf={({ id }) => id}
          nameOf={({ task }) => task}
          hrefOf={({ id }) => `/traces/${encodeURIComponent(id)}`}
          onMore={hasNextPage ? () => void fetchNextPage() : undefined}
          isLoading={isFetching}
          empty={
            parameters.size > 0 ? (
              <p>No trace is like that.</p>
            ) : (
              <Empty command="npx hone record -- node app.js">No trace is here yet.</Empty>
            )
          }
        />
      )}
    </>
  );
}

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** Asks when the person pauses, and not at each letter. */
const pauseMs = 250;

function ConditionField({
  label,
  hint,
  value,
  onChange,
}: FieldProps & { readonly hint: string }): ReactNode {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) return undefined;
    const timer = setTimeout(() => onChange(typed), pauseMs);
    return () => clearTimeout(timer);
  });
  return (
    <TextField value={typed} onChange={setTyped}>
      <Label>{label}</Label>
      <Input placeholder={hint} />
    </TextField>
  );
}

const any = "any";

function Choice({
  label,
  values,
  value,
  onChange,
}: FieldProps & { readonly values: readonly string[] }): ReactNode {
  return (
    <Select
      value={value === "" ? any : value}
      onChange={(key) => onChange(key === any || key === null ? "" : String(key))}
    >
      <Label>{label}</Label>
      <Button className="select">
        <SelectValue />
      </Button>
      <Popover>
        <ListBox>
          {[any, ...values].map((one) => (
            <ListBoxItem key={one} id={one}>
              {one}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </Select>
  );
}
