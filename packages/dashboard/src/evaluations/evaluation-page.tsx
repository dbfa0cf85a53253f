/** What `hone eval` kept: its figures, every task with what was said, and its settings. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { api } from "../api/client.ts";
import { SettingsTable } from "../parts/facts-table.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { PageProblem } from "../parts/problem.tsx";
import { numberText, shareText, timeText } from "../parts/text.ts";
import { HeldOutTasks } from "../tokens/held-out-page.tsx";
import { evaluationHref } from "../tokens/token-api.ts";
import { triesText } from "./tries-text.ts";

export function EvaluationPage({ name }: { readonly name: string }): ReactNode {
  const { data, error } = useQuery({
    queryKey: ["evaluation", name],
    queryFn: ({ signal }) => api.evaluation(name, signal),
    staleTime: Infinity,
  });
  if (data === undefined)
    return error === null ? <p>Loading …</p> : <PageProblem title={name} error={error} />;
  return (
    <>
      <div className="page-head">
        <PageTitle>{name}</PageTitle>
        <span className="soft">
          {[data.model, data.adapter, data.set, triesText(data)].filter(Boolean).join(" · ")}
          {data.createdAt === undefined ? "" : ` · ${timeText(data.createdAt)}`}
        </span>
        <Link href="/evaluations">all evaluations</Link>
      </div>
      <p>
        Success {shareText(data.success)}, reward {numberText(data.reward.value)} [
        {numberText(data.reward.low)}, {numberText(data.reward.high)}].
      </p>
      <HeldOutTasks name={name} hrefOf={(task) => evaluationHref(name, task)} />
      <SettingsTable config={data.config} />
    </>
  );
}
