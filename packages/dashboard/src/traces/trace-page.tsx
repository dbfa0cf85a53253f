/** One trace: its spans as a tree on a time line, and all that is known of the chosen one. */
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import { Button, Collection, Tree, TreeItem, TreeItemContent } from "react-aria-components";
import { useSearchParams } from "wouter";
import { api, type Schemas } from "../api/client.ts";
import { JsonBlock } from "../parts/json-view.tsx";
import { Problem } from "../parts/problem.tsx";
import { durationText, numberText, timeText } from "../parts/text.ts";
import { SpanView } from "./span-view.tsx";
import { type ShownSpan, type SpanNode, spansOf, spanTree } from "./spans.ts";

export function TracePage({ id }: { readonly id: string }): ReactNode {
  const { data: trace, error } = useQuery({
    queryKey: ["trace", id],
    queryFn: ({ signal }) => api.trace(id, signal),
    refetchInterval: ({ state }) => (state.data?.status === "running" ? 2000 : false),
  });
  if (trace === undefined) return error === null ? <p>Loading …</p> : <Problem error={error} />;
  return <Shown trace={trace} />;
}

function Shown({ trace }: { readonly trace: Schemas["Trace"] }): ReactNode {
  const [parameters, setParameters] = useSearchParams();
  const spans = useMemo(() => spansOf(trace), [trace]);
  const tree = useMemo(() => spanTree(spans), [spans]);
  const chosen = spans.find((span) => span.id === parameters.get("span"));
  const time = timeOf(spans);
  const { startedAt, session, user, tags } = trace.hone;
  return (
    <>
      <div className="page-head">
        <h1>{trace.task.slice(0, 200)}</h1>
        <span className={`state ${trace.status}`}>{trace.status}</span>
        <span className="soft">
          {[
            trace.agent_id,
            typeof startedAt === "number" ? timeText(startedAt) : "",
            durationText(time.length),
            trace.total_reward === undefined ? "" : `reward ${numberText(trace.total_reward)}`,
            typeof session === "string" ? `session ${session}` : "",
            typeof user === "string" ? `user ${user}` : "",
            Array.isArray(tags) ? tags.join(", ") : "",
          ]
            .filter((part) => part !== "")
            .join(" · ")}
        </span>
      </div>
      <div className="trace">
        <Tree
          aria-label="Spans"
          className="spans"
          selectionMode="single"
          selectedKeys={chosen === undefined ? [] : [chosen.id]}
          defaultExpandedKeys={spans.map((span) => span.id)}
          onSelectionChange={(keys) => {
            const [first] = keys === "all" ? [] : [...keys];
            setParameters(first === undefined ? {} : { span: String(first) }, { replace: true });
          }}
        >
          {tree.map((node) => (
            <SpanItem key={node.span.id} node={node} time={time} />
          ))}
        </Tree>
        <section aria-label="Span" className="span" aria-live="polite">
          {chosen === undefined ? <TraceFacts trace={trace} /> : <SpanView span={chosen} />}
        </section>
      </div>
    </>
  );
}

/** What is known of the trace as a whole, until a span is chosen. */
const TraceFacts = ({ trace }: { readonly trace: Schemas["Trace"] }): ReactNode => (
  <>
    <h2>Task</h2>
    <JsonBlock value={trace.task} />
    <h2>Facts</h2>
    <JsonBlock value={trace.hone} />
  </>
);

/** When the trace began, and how long it was, in ms. */
interface TimeLine {
  readonly start: number;
  readonly length: number;
}

function timeOf(spans: readonly ShownSpan[]): TimeLine {
  const start = spans.reduce((least, span) => Math.min(least, span.startedAt), Infinity);
  const end = spans.reduce((most, span) => Math.max(most, span.endedAt ?? span.startedAt), start);
  return spans.length === 0 ? { start: 0, length: 0 } : { start, length: end - start };
}

function SpanItem({
  node: { span, children },
  time,
}: {
  readonly node: SpanNode;
  readonly time: TimeLine;
}): ReactNode {
  const share = (ms: number): string =>
    `${time.length === 0 ? 0 : Math.max(0, Math.min(100, (100 * ms) / time.length))}%`;
  const ms = span.endedAt === undefined ? undefined : span.endedAt - span.startedAt;
  return (
    <TreeItem id={span.id} textValue={`${span.kind} ${span.name}`}>
      <TreeItemContent>
        {({ hasChildItems, isExpanded }) => (
          <div className="span-row">
            {hasChildItems ? (
              <Button slot="chevron">{isExpanded ? "▾" : "▸"}</Button>
            ) : (
              <span className="no-chevron" />
            )}
            <span className={`kind ${span.kind}`}>{span.kind}</span>
            <span className={span.isFailed ? "span-name failed" : "span-name"}>
              {span.agent === undefined ? span.name : `${span.agent}: ${span.name}`}
            </span>
            <span className="time-line" aria-hidden="true">
              <span
                className={span.isFailed ? "failed" : span.kind}
                style={{ left: share(span.startedAt - time.start), width: share(ms ?? 0) }}
              />
            </span>
            <span className="duration">{ms === undefined ? "" : durationText(ms)}</span>
          </div>
        )}
      </TreeItemContent>
      <Collection items={children.map((child) => ({ id: child.span.id, child }))}>
        {({ child }) => <SpanItem node={child} time={time} />}
      </Collection>
    </TreeItem>
  );
}
