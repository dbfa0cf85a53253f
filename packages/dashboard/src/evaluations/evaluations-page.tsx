/** What was measured on held-out tasks, by `hone eval` and at the stages of runs, and two such measurements task by task. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useSearchParams } from "wouter";
import { api, type Schemas } from "../api/client.ts";
import { type DataColumn, DataTable } from "../parts/data-table.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { Empty, PageProblem } from "../parts/problem.tsx";
import { numberText, shareText, timeText } from "../parts/text.ts";
import { evaluationHref } from "../tokens/token-api.ts";
import { StageComparison } from "./stage-comparison.tsx";
import { triesText } from "./tries-text.ts";
import "./evaluations.css";

type Stage = Schemas["MeasuredStage"];

/** Names a stage in the address: "math-7f3a/after grpo". No name of a run has a slash. */
const keyOf = ({ run, stage }: Pick<Stage, "run" | "stage">): string => `${run}/${stage}`;
const stageOf = (key: string): Pick<Stage, "run" | "stage"> => ({
  run: key.slice(0, key.indexOf("/")),
  stage: key.slice(key.indexOf("/") + 1),
});

/** The name of a folder or a file without those above it. */
const lastPart = (path: string | undefined): readonly string[] =>
  path === undefined ? [] : [path.slice(path.lastIndexOf("/") + 1)];

const columns: readonly DataColumn<Stage>[] = [
  { id: "run", head: "run or evaluation", share: 2.6, minWidth: 84, cell: ({ run }) => run },
  {
    id: "stage",
    head: "stage",
    share: 1.2,
    minWidth: 88,
    cell: ({ stage }) => stage,
  },
  { id: "set", head: "measured on", share: 2, from: 700, cell: ({ set }) => set },
  {
    id: "model",
    head: "model",
    from: 1100,
    cell: ({ model, adapter }) => [model, adapter].flatMap(lastPart).join(" + "),
  },
  {
    id: "prompt",
    head: "prompt",
    from: 1300,
    cell: ({ prompt }) => prompt,
  },
  { id: "tries", head: "tries", from: 1300, cell: triesText },
  {
    id: "started",
    head: "started",
    minWidth: 170,
    from: 900,
    cell: ({ createdAt }) => (createdAt === undefined ? "" : timeText(createdAt)),
  },
  {
    id: "success",
    head: "success",
    minWidth: 140,
    isNumber: true,
    cell: ({ success }) => shareText(success),
  },
  {
    id: "reward",
    head: "reward",
    isNumber: true,
    from: 700,
    cell: ({ reward }) => numberText(reward.value),
  },
];

export function EvaluationsPage(): ReactNode {
  const [parameters, setParameters] = useSearchParams();
  const { data, error, isLoading } = useQuery({
    queryKey: ["evaluations"],
    queryFn: ({ signal }) => api.evaluations(signal),
    refetchInterval: 10_000,
  });
  if (error !== null && data === undefined)
    return <PageProblem title="Evaluations" error={error} />;
  // Those measured on the same stand together.
  const stages = [...Map.groupBy(data?.stages ?? [], ({ set }) => set).values()].flat();
  const chosen = parameters.getAll("stage");
  const order = new Map(chosen.map((key, i) => [key, i]));
  const choose = (keys: ReadonlySet<string>): void => {
    // The one that was chosen first is the one before; a third takes the place of the second.
    const kept = [...keys].toSorted((a, b) => (order.get(a) ?? 9) - (order.get(b) ?? 9));
    const two = kept.length > 2 ? [kept[0]!, kept.at(-1)!] : kept;
    setParameters(new URLSearchParams(two.map((key) => ["stage", key])), { replace: true });
  };
  return (
    <>
      <div className="page-head">
        <PageTitle>Evaluations</PageTitle>
        <span className="soft">
          Success on held-out tasks with 95 % intervals. Choose two of the same tasks to compare
          them task by task.
        </span>
      </div>
      <div className="evaluations">
        <DataTable
          label="Evaluations"
          columns={columns}
          rows={stages}
          idOf={keyOf}
          nameOf={({ run, stage }) => `${run}, ${stage}`}
          hrefOf={({ kind, run }) =>
            kind === "run" ? `/runs/${encodeURIComponent(run)}` : evaluationHref(run)
          }
          selected={new Set(chosen)}
          onSelect={choose}
          isLoading={isLoading}
          empty={<Empty command="npx hone eval <model>">Nothing was measured yet.</Empty>}
        />
      </div>
      {chosen.length === 2 && (
        <StageComparison before={stageOf(chosen[0]!)} after={stageOf(chosen[1]!)} />
      )}
    </>
  );
}
