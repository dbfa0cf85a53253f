/** One trace: its spans as a tree on a time line, and all that is known of the chosen one. */
import { useQuery } from "@tanstack/react-query";
import { memo, type ReactNode, useMemo, useState } from "react";
import {
  Button,
  Collection,
  ListLayout,
  Tree,
  TreeItem,
  TreeItemContent,
  Virtualizer,
} from "react-aria-components";
import { useSearchParams } from "wouter";
import { api, type Schemas } from "../api/client.ts";
import { untilAnswered } from "../api/retrying.ts";
import { PageTitle } from "../parts/page-title.tsx";
import { PageProblem } from "../parts/problem.tsx";
import { dollarsText, durationText, numberText, timeText } from "../parts/text.ts";
import { useWidthFrom } from "../parts/window-width.ts";
import { SpanView, TraceFacts } from "./span-view.tsx";
import { rewardsByMember, teamOf } from "./team-rounds.ts";
import { TeamView } from "./team-view.tsx";
import "./analysis.css";
import {
  latencyOf,
  nameOf,
  type SpanNode,
  spanTree,
  type TimeLine,
  timeLineOf,
  timesOf,
} from "./spans.ts";

/** The width of the window from which on bars stand beside names, in px; below, they stand under them. */
const wideFrom = 1000;

export function TracePage({ id }: { readonly id: string }): ReactNode {
  const { data: trace, error } = useQuery({
    queryKey: ["trace", id],
    queryFn: ({ signal }) => api.trace(id, signal),
    refetchInterval: (query) =>
      query.state.data?.status === "running" ? 3000 : untilAnswered(query),
  });
  if (trace === undefined)
    return error === null ? <p>Loading …</p> : <PageProblem title="A trace" error={error} />;
  return <Shown trace={trace} />;
}

function Shown({ trace }: { readonly trace: Schemas["Trace"] }): ReactNode {
  const [parameters, setParameters] = useSearchParams();
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const { spans } = trace;
  const tree = useMemo(() => spanTree(spans), [spans]);
  const time = useMemo(() => timeLineOf(timesOf(trace), spans), [trace, spans]);
  const isWide = useWidthFrom([wideFrom]) === wideFrom;
  const expanded = useMemo(
    () => spans.map(({ hone }) => hone.id).filter((id) => !folded.has(id)),
    [spans, folded],
  );
  const team = useMemo(() => teamOf(spans), [spans]);
  const failed = spans.filter(({ hone }) => hone.error !== undefined);
  const show = (id: string): void => {
    setFolded(new Set());
    setParameters({ span: id }, { replace: true });
  };
  const chosen = spans.find(({ hone }) => hone.id === parameters.get("span"));
  return (
    <>
      <div className="page-head">
        <PageTitle>{trace.task.slice(0, 200)}</PageTitle>
        <span className={`state ${trace.status}`}>{trace.status}</span>
        <span className="soft">{factsOf(trace).join(" · ")}</span>
      </div>
      <div className="trace-actions">
        {failed.length > 0 && (
          <Button className="action" onPress={() => show(nextOf(failed, chosen).hone.id)}>
            {`Next error (${failed.length})`}
          </Button>
        )}
        {tree.length < spans.length && (
          <Button
            className="action"
            onPress={() =>
              setFolded(folded.size > 0 ? new Set() : new Set(spans.map(({ hone }) => hone.id)))
            }
          >
            {folded.size > 0 ? "Expand all" : "Collapse all"}
          </Button>
        )}
        {chosen !== undefined && (
          <Button className="action" onPress={() => setParameters({}, { replace: true })}>
            The whole trace
          </Button>
        )}
      </div>
      {team !== undefined && (
        <TeamView team={team} rewards={rewardsByMember(trace.hone["rewards"])} />
      )}
      <div className="trace">
        <Virtualizer
          layout={ListLayout}
          layoutOptions={{ rowHeight: isWide ? 30 : 42, padding: 6 }}
        >
          <Tree
            aria-label="Spans"
            className={isWide ? "spans" : "spans narrow"}
            selectionMode="single"
            disallowEmptySelection
            selectedKeys={chosen === undefined ? [] : [chosen.hone.id]}
            expandedKeys={expanded}
            onExpandedChange={(open) =>
              setFolded(new Set(spans.map(({ hone }) => hone.id).filter((id) => !open.has(id))))
            }
            onSelectionChange={(keys) => {
              const [first] = keys === "all" ? [] : [...keys];
              if (first !== undefined) setParameters({ span: String(first) }, { replace: true });
            }}
            // The nodes themselves, and not others made of them: what was made of a node before is kept.
            items={tree}
            dependencies={[time]}
            renderEmptyState={() => <p className="no-spans soft">It has no spans.</p>}
          >
            {(node) => <SpanItem node={node} time={time} />}
          </Tree>
        </Virtualizer>
        <section aria-label="Span" className="span">
          {chosen === undefined ? (
            <>
              <h2>The whole trace</h2>
              <TraceFacts trace={trace} />
            </>
          ) : (
            <SpanView span={chosen} cost={trace.costs?.spans[chosen.hone.id]} />
          )}
        </section>
      </div>
    </>
  );
}

/** The span with an error behind the chosen one in their order, else the first. */
const nextOf = (
  failed: readonly Schemas["Trace"]["spans"][number][],
  chosen: Schemas["Trace"]["spans"][number] | undefined,
): Schemas["Trace"]["spans"][number] =>
  failed.find(({ hone }) => chosen !== undefined && hone.sequence > chosen.hone.sequence) ??
  failed[0]!;

/** What is said of a trace beside its task. */
function factsOf(trace: Schemas["Trace"]): string[] {
  const { agent_id, hone, total_reward, costs } = trace;
  const { session, user, tags } = hone;
  const times = timesOf(trace);
  const latency = latencyOf(times);
  const facts = [
    agent_id,
    times.startedAt === undefined ? "" : timeText(times.startedAt),
    latency === undefined ? "" : durationText(latency),
    total_reward === undefined ? "" : `reward ${numberText(total_reward)}`,
    costs === undefined
      ? ""
      : costs.total === undefined
        ? "cost not known"
        : dollarsText(costs.total),
    typeof session === "string" ? `session ${session}` : "",
    typeof user === "string" ? `user ${user}` : "",
    Array.isArray(tags) ? tags.join(", ") : "",
  ];
  return facts.filter((fact) => fact !== "");
}

interface SpanItemProps {
  readonly node: SpanNode;
  readonly time: TimeLine;
}

/** Of ten thousand spans each is made once, and not again when another one is chosen. */
const SpanItem = memo(AnySpanItem);

function AnySpanItem({ node: { span, children }, time }: SpanItemProps): ReactNode {
  const { span_type: kind, hone } = span;
  const name = hone.agent === undefined ? nameOf(span) : `${hone.agent}: ${nameOf(span)}`;
  const hasFailed = hone.error !== undefined;
  const ms = hone.endedAt === undefined ? undefined : hone.endedAt - hone.startedAt;
  const share = (part: number): string =>
    `${time.length === 0 ? 0 : Math.max(0, Math.min(100, (100 * part) / time.length))}%`;
  return (
    <TreeItem id={hone.id} textValue={`${kind} ${name}${hasFailed ? ", failed" : ""}`}>
      <TreeItemContent>
        {({ hasChildItems, isExpanded }) => (
          <div className="span-row">
            <span className="span-head">
              {hasChildItems ? (
                <Button slot="chevron">{isExpanded ? "▾" : "▸"}</Button>
              ) : (
                <span className="no-chevron" />
              )}
              <span className="kind">{kind}</span>
              <span className={hasFailed ? "span-name failed" : "span-name"}>{name}</span>
            </span>
            <span className="time-line" aria-hidden="true">
              <span
                className={hasFailed ? "failed" : kind}
                style={{ left: share(hone.startedAt - time.start), width: share(ms ?? 0) }}
              />
            </span>
            <span className="duration">{ms === undefined ? "" : durationText(ms)}</span>
          </div>
        )}
      </TreeItemContent>
      <Collection items={children} dependencies={[time]}>
        {(node) => <SpanItem node={node} time={time} />}
      </Collection>
    </TreeItem>
  );
}
