/** What goes wrong: errors that say the same together, each with the places where it happened last. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link, useSearchParams } from "wouter";
import { api, type Schemas } from "../api/client.ts";
import { TextBlock } from "../parts/json-view.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { Problem } from "../parts/problem.tsx";
import { numberText, timeText } from "../parts/text.ts";
import { ConditionsForm } from "./conditions-form.tsx";
import { conditionsOf, withConditions } from "./conditions.ts";
import { TraceTools } from "./trace-tools.tsx";

/** Groups that are drawn at once; the most frequent come first. */
const DRAWN = 100;

export function ErrorsPage(): ReactNode {
  const [parameters] = useSearchParams();
  const conditions = conditionsOf(parameters);
  const { data, error } = useQuery({
    queryKey: ["trace-errors", conditions],
    queryFn: ({ signal }) => api.traceErrors(conditions, signal),
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <div className="page-head">
        <PageTitle>Errors</PageTitle>
        <span className="soft">
          {data === undefined ? "" : `${data.total} ${data.total === 1 ? "kind" : "kinds"}`}
        </span>
      </div>
      <TraceTools />
      <ConditionsForm hasPrices={false} />
      {error !== null && <Problem error={error} />}
      {data === undefined && error === null && <p>Loading …</p>}
      {data?.groups.length === 0 && <p className="empty">No error is in traces like that.</p>}
      <ol className="error-groups">
        {data?.groups.slice(0, DRAWN).map((group) => (
          <ErrorGroup
            key={group.key}
            group={group}
            tracesHref={
              group.key === ""
                ? undefined
                : withConditions("/traces", parameters, { error: group.key })
            }
          />
        ))}
      </ol>
      {(data?.total ?? 0) > DRAWN && (
        <p className="soft">{`The ${DRAWN} most frequent are shown; conditions lead to the others.`}</p>
      )}
    </>
  );
}

interface GroupProps {
  readonly group: Schemas["ErrorGroup"];
  /** The list of all traces that have it; undefined for errors that say nothing, which no condition names. */
  readonly tracesHref: string | undefined;
}

function ErrorGroup({ group, tracesHref }: GroupProps): ReactNode {
  const { key, count, traces, firstAt, lastAt, where, agents, message, samples } = group;
  const tracesText = `${numberText(traces)} ${traces === 1 ? "trace" : "traces"}`;
  return (
    <li className="error-group">
      <p className="error-count">
        <strong>{numberText(count)}</strong> {count === 1 ? "time" : "times"} in{" "}
        {tracesHref === undefined ? tracesText : <Link href={tracesHref}>{tracesText}</Link>}
      </p>
      <h2>{key}</h2>
      <p className="soft">
        {`${where.join(", ")} · ${agents.join(", ")} · first ${timeText(firstAt)} · last ${timeText(lastAt)}`}
      </p>
      <details>
        <summary>The last ones</summary>
        <TextBlock text={message} />
        <ul>
          {samples.map(({ traceId, spanId, at }) => (
            <li key={traceId}>
              <Link href={traceAddress(traceId, spanId)}>{`${timeText(at)} ${traceId}`}</Link>
            </li>
          ))}
        </ul>
      </details>
    </li>
  );
}

const traceAddress = (traceId: string, spanId: string | undefined): string =>
  `/traces/${encodeURIComponent(traceId)}${spanId === undefined ? "" : `?span=${encodeURIComponent(spanId)}`}`;
