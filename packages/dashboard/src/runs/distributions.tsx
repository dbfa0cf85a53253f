/** How rewards, lengths and advantages of a run's rollouts are spread, step by step. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { api } from "../api/client.ts";
import { Problem } from "../parts/problem.tsx";
import { HeatMap } from "./heat-map.tsx";
import "./distributions.css";

/** What each histogram counts: a rollout, or what of one. */
const counted: Readonly<Record<string, string>> = {
  reward: "rollouts by their reward",
  response_length: "rollouts by the tokens that were sampled",
  advantage: "rows that were learned from by their advantage",
};

interface DistributionsProps {
  readonly run: string;
  /** Whether more may come. */
  readonly isLive: boolean;
}

export function Distributions({ run, isLive }: DistributionsProps): ReactNode {
  const { data, error } = useQuery({
    queryKey: ["distributions", run],
    queryFn: ({ signal }) => api.distributions(run, signal),
    refetchInterval: isLive && 5000,
  });
  if (error !== null) return <Problem error={error} />;
  if (data === undefined) return undefined;
  const shown = data.distributions.filter(({ columns }) => columns.length > 0);
  const missing = Object.keys(counted).filter((name) => shown.every((one) => one.name !== name));
  if (shown.length === 0) return undefined;
  return (
    <section aria-label="Distributions">
      <h2>Distributions</h2>
      <p className="soft">
        24 bins of equal width, the same at all steps; the fuller a bin among those of its step, the
        stronger its colour.
        {missing.length > 0 && ` This run kept none of ${missing.join(", ")}.`}
      </p>
      <div className="charts">
        {shown.map((one) => (
          <HeatMap
            key={`${one.section} ${one.name}`}
            distribution={one}
            counted={counted[one.name] ?? "values"}
          />
        ))}
      </div>
    </section>
  );
}
