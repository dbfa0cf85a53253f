/** One queue: how far it is, how much its raters agree, what they disagree on, and how it is learned. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { FactsTable } from "../parts/facts-table.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { PageProblem, Problem } from "../parts/problem.tsx";
import { kinds, type QueueDetails, queuesApi } from "./people-api.ts";
import { TrainPanel } from "./train-panel.tsx";
import "./people.css";

export function QueuePage({ name }: { readonly name: string }): ReactNode {
  const { data: queue, error } = useQuery({
    queryKey: ["queue", name],
    queryFn: ({ signal }) => queuesApi.show(name, signal),
    refetchInterval: 3000,
  });
  if (queue === undefined)
    return error === null ? <p>Loading …</p> : <PageProblem title={name} error={error} />;
  const { kind, items, done, ratersPerItem, missing } = queue;
  const here = `/people/${encodeURIComponent(name)}/judge`;
  return (
    <>
      <div className="page-head">
        <PageTitle>{name}</PageTitle>
        <span className="soft">
          {kinds[kind].label}
          {ratersPerItem > 1 && ` · ${ratersPerItem} people for each item`}
          {Object.entries(queue.filter).map(([key, value]) => ` · ${key} ${String(value)}`)}
        </span>
      </div>
      {error !== null && <Problem error={error} />}
      <p className="queue-actions">
        <Link href={here} className="action">
          Judge
        </Link>
        {queue.openConflicts > 0 && (
          <Link href={`${here}?second=yes`} className="action">
            Second look at {queue.openConflicts}
          </Link>
        )}
      </p>
      <Progress done={done} items={items} />
      {missing > 0 && (
        <p className="soft">{missing} items have traces that are not in the store any more.</p>
      )}
      <Raters queue={queue} />
      <Agreement queue={queue} />
      <Conflicts queue={queue} />
      <TrainPanel queue={queue} />
    </>
  );
}

export const Progress = ({
  done,
  items,
}: {
  readonly done: number;
  readonly items: number;
}): ReactNode => (
  <div className="queue-progress">
    <progress value={done} max={items} aria-label="Items judged" />
    <span>
      {done} of {items} judged
    </span>
  </div>
);

function Raters({ queue: { raters, items } }: { readonly queue: QueueDetails }): ReactNode {
  if (raters.length === 0) return <p className="soft">Nobody has judged anything yet.</p>;
  return (
    <>
      <h2>Raters</h2>
      <FactsTable label="Raters">
        <thead>
          <tr>
            <th scope="col">rater</th>
            <th scope="col" className="number">
              judged
            </th>
          </tr>
        </thead>
        <tbody>
          {raters.map(({ name, judged }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td className="number">
                {judged} of {items}
              </td>
            </tr>
          ))}
        </tbody>
      </FactsTable>
    </>
  );
}

const coefficient = (value: number | undefined): string =>
  value === undefined ? "–" : value.toFixed(3);

function Agreement({ queue }: { readonly queue: QueueDetails }): ReactNode {
  const { agreement, sides, kind } = queue;
  if (agreement === undefined) return null;
  const { alpha, scale, weights, judgedTwice, pairs } = agreement;
  return (
    <>
      <h2>Agreement</h2>
      {judgedTwice === 0 ? (
        <p className="soft">There is none to measure until two people have judged the same item.</p>
      ) : (
        <>
          <p>
            Krippendorff’s α <strong>{coefficient(alpha)}</strong>{" "}
            <span className="soft">
              ({scale}, {judgedTwice} items judged by two or more; 1 is perfect, 0 what chance
              gives)
            </span>
          </p>
          <FactsTable label="Agreement of each two raters">
            <thead>
              <tr>
                <th scope="col">raters</th>
                <th scope="col" className="number">
                  both judged
                </th>
                <th scope="col" className="number">
                  same
                </th>
                <th scope="col" className="number">
                  Cohen’s κ{weights === "quadratic" && ", quadratic"}
                </th>
              </tr>
            </thead>
            <tbody>
              {pairs.map(({ raters, items, same, kappa }) => (
                <tr key={raters.join("\n")}>
                  <th scope="row">{raters.join(", ")}</th>
                  <td className="number">{items}</td>
                  <td className="number">{Math.round(100 * same)} %</td>
                  <td className="number">{coefficient(kappa)}</td>
                </tr>
              ))}
            </tbody>
          </FactsTable>
        </>
      )}
      {kind === "compare" && sides.left + sides.right > 0 && (
        <p className="soft">
          The better answer stood left {sides.left} times and right {sides.right} times.
        </p>
      )}
    </>
  );
}

/** A judgement in words. Of a comparison the answers are numbered as in the queue, on whichever side they stood. */
function valueText(kind: QueueDetails["kind"], value: string | number): string {
  if (kind === "thumbs") return value === 1 ? "good" : "bad";
  if (kind !== "compare" || value === "tie") return String(value);
  return value === "first" ? "answer 1" : "answer 2";
}

function Conflicts({ queue: { kind, conflicts } }: { readonly queue: QueueDetails }): ReactNode {
  if (conflicts.length === 0) return null;
  return (
    <>
      <h2>Conflicts</h2>
      <FactsTable label="Conflicts">
        <thead>
          <tr>
            <th scope="col">task</th>
            <th scope="col">what they say</th>
            <th scope="col">together</th>
          </tr>
        </thead>
        <tbody>
          {conflicts.map(({ item, task, judgements, decision }) => (
            <tr key={item}>
              <th scope="row">{task.slice(0, 200)}</th>
              <td>
                {judgements.map(({ author, value, reason }) => (
                  <div key={author}>
                    {author}: <strong>{valueText(kind, value)}</strong>
                    {reason !== undefined && <span className="soft"> {reason}</span>}
                  </div>
                ))}
              </td>
              <td>
                {decision === undefined ? (
                  <span className="state running">open: a third decides</span>
                ) : (
                  valueText(kind, decision)
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </FactsTable>
      <p className="soft">
        {kind === "rate"
          ? "Together: the middle one of three ratings or more. The reward of the trace is the mean of all of them."
          : "Together: what more than half of them say."}
      </p>
    </>
  );
}
