/** Two traces side by side: their spans by path, and what differs in messages, arguments, results, tokens, cost and latency. */
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import { Link, useSearchParams } from "wouter";
import { api, type Schemas } from "../api/client.ts";
import { FactsTable } from "../parts/facts-table.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { Empty, PageProblem } from "../parts/problem.tsx";
import { dollarsText, durationText, numberText } from "../parts/text.ts";
import { alignSpans, type SpanPair } from "./align-spans.ts";
import { diffText, type TextPart } from "./diff-text.ts";
import { latencyOf, nameOf, type Span, timesOf } from "./spans.ts";
import "./analysis.css";

type Trace = Schemas["Trace"];

export function DiffPage(): ReactNode {
  const [parameters] = useSearchParams();
  const [a = "", b = ""] = parameters.getAll("trace");
  const [first, second] = [useTrace(a), useTrace(b)];
  if (a === "" || b === "")
    return (
      <>
        <div className="page-head">
          <PageTitle>Difference of two traces</PageTitle>
        </div>
        <Empty command="/analysis/diff?trace=one&trace=another">
          Choose two traces in the list of traces.
        </Empty>
      </>
    );
  const error = first.error ?? second.error;
  if (error !== null) return <PageProblem title="Difference of two traces" error={error} />;
  if (first.data === undefined || second.data === undefined) return <p>Loading …</p>;
  return <Difference first={first.data} second={second.data} />;
}

const useTrace = (id: string) =>
  useQuery({
    queryKey: ["trace", id],
    queryFn: ({ signal }) => api.trace(id, signal),
    enabled: id !== "",
  });

interface DifferenceProps {
  readonly first: Trace;
  readonly second: Trace;
}

function Difference({ first, second }: DifferenceProps): ReactNode {
  const pairs = useMemo(() => alignSpans(first.spans, second.spans), [first, second]);
  return (
    <>
      <div className="page-head">
        <PageTitle>Difference of two traces</PageTitle>
      </div>
      <FactsTable label="The two traces">
        <thead>
          <tr>
            <th scope="col">what</th>
            <th scope="col">
              <Link href={`/traces/${encodeURIComponent(first.trace_id)}`}>first</Link>
            </th>
            <th scope="col">
              <Link href={`/traces/${encodeURIComponent(second.trace_id)}`}>second</Link>
            </th>
          </tr>
        </thead>
        <tbody>
          {factsOf(first).map(([name, value], i) => {
            const other = factsOf(second)[i]![1];
            return (
              <tr key={name} className={value === other ? "soft" : "differs"}>
                <th scope="row">{value === other ? name : `${name}\u00a0≠`}</th>
                <td>{value}</td>
                <td>{other}</td>
              </tr>
            );
          })}
        </tbody>
      </FactsTable>
      <h2>Spans</h2>
      <ol className="pairs">
        {pairs.map((pair, i) => (
          <Pair key={i} pair={pair} costs={[first.costs?.spans ?? {}, second.costs?.spans ?? {}]} />
        ))}
      </ol>
    </>
  );
}

function factsOf(trace: Trace): readonly (readonly [string, string])[] {
  const tokens = trace.spans.reduce((sum, span) => sum + tokensOf(span), 0);
  const { total } = trace.costs ?? {};
  const latency = latencyOf(timesOf(trace));
  return [
    ["task", trace.task],
    ["agent", trace.agent_id],
    ["version", textOf(trace.hone["agentVersion"] ?? "–")],
    ["state", trace.status],
    ["reward", trace.total_reward === undefined ? "–" : numberText(trace.total_reward)],
    ["spans", numberText(trace.spans.length)],
    ["latency", latency === undefined ? "–" : durationText(latency)],
    ["tokens", tokens === 0 ? "–" : numberText(tokens)],
    ...(trace.costs === undefined
      ? []
      : [["cost", total === undefined ? "not known" : dollarsText(total)] as const]),
  ];
}

function tokensOf(span: Span): number {
  if (span.span_type !== "prompt") return 0;
  const { input = 0, output = 0 } = span.hone.usage ?? {};
  return input + output;
}

type Costs = Readonly<Record<string, number>>;

function Pair({
  pair: { depth, first, second },
  costs: [firstCosts, secondCosts],
}: {
  readonly pair: SpanPair;
  readonly costs: readonly [Costs, Costs];
}): ReactNode {
  const span = first ?? second;
  if (span === undefined) return null;
  const side =
    first === undefined ? "only in the second" : second === undefined ? "only in the first" : "";
  const texts = textsOf(first, second);
  const changed = texts.filter(({ before, after }) => before !== after);
  const figures = [figuresOf(first, firstCosts), figuresOf(second, secondCosts)];
  const says = side === "" ? (changed.length === 0 ? "the same" : "differs") : side;
  return (
    <li className="pair" style={{ paddingLeft: `${Math.min(depth, 12) * 1.1}rem` }}>
      <p className="pair-head">
        <span className="kind">{span.span_type}</span> <strong>{nameOf(span)}</strong>{" "}
        <span className={says === "the same" ? "soft" : "differs"}>{says}</span>
        <span className="soft">
          {first === undefined || second === undefined
            ? ` ${figures.join("")}`
            : ` ${figures[0]} → ${figures[1]}`}
        </span>
      </p>
      {(side === "" ? changed : texts).map(({ name, before, after }) => (
        <details key={name} open={side === ""}>
          <summary>{name}</summary>
          <pre className="text-block">
            {diffText(before, after).map((part, i) => (
              <DiffPart key={i} part={part} />
            ))}
          </pre>
        </details>
      ))}
    </li>
  );
}

/** Added and removed words are marked by a sign and a line, and not by their colour alone. */
const DiffPart = ({ part: { kind, text } }: { readonly part: TextPart }): ReactNode =>
  kind === "added" ? (
    <ins>{text}</ins>
  ) : kind === "removed" ? (
    <del>{text}</del>
  ) : (
    <span>{text}</span>
  );

function figuresOf(span: Span | undefined, costs: Costs): string {
  if (span === undefined) return "";
  const { id, startedAt, endedAt } = span.hone;
  const cost = costs[id];
  const tokens = tokensOf(span);
  return [
    endedAt === undefined ? "no end" : durationText(endedAt - startedAt),
    tokens === 0 ? "" : `${numberText(tokens)} tokens`,
    cost === undefined ? "" : dollarsText(cost),
  ]
    .filter((one) => one !== "")
    .join(", ");
}

interface ComparedText {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** The texts of both spans by their names; one that a span has not is empty. */
function textsOf(first: Span | undefined, second: Span | undefined): readonly ComparedText[] {
  const [before, after] = [spanTexts(first), spanTexts(second)];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .map((name) => ({ name, before: before[name] ?? "", after: after[name] ?? "" }))
    .filter((text) => text.before !== "" || text.after !== "");
}

function spanTexts(span: Span | undefined): Readonly<Record<string, string>> {
  if (span === undefined) return {};
  const error = span.hone.error === undefined ? {} : { error: textOf(span.hone.error) };
  switch (span.span_type) {
    case "prompt":
      return {
        model: span.model ?? "",
        input: conversationText(span.input),
        output: span.output === undefined ? "" : conversationText(span.output),
        ...error,
      };
    case "tool":
      return { arguments: textOf(span.arguments), result: textOf(span.result), ...error };
    case "reward":
      return { reward: String(span.reward), ...error };
    case "coordination":
      return { details: textOf(span.hone.details), ...error };
    case "content":
    case "reasoning":
      return { text: span.hone.content, ...error };
  }
}

const textOf = (value: unknown): string =>
  value === undefined
    ? ""
    : typeof value === "string"
      ? value
      : JSON.stringify(value, undefined, 2);

type PromptText = Extract<Span, { span_type: "prompt" }>["input"];

const conversationText = (text: PromptText): string =>
  typeof text === "string"
    ? text
    : text
        .map(({ role, content, toolCalls = [] }) =>
          [
            `${role}: ${content}`,
            ...toolCalls.map(({ name, arguments: given }) => `${name}(${given})`),
          ].join("\n"),
        )
        .join("\n");
