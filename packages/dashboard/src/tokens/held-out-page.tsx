/** Held-out tasks of a run, before and after training, or of an evaluation: which got better, and what was said at each stage. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link, useSearchParams } from "wouter";
import type { Schemas } from "../api/client.ts";
import { type DataColumn, DataTable } from "../parts/data-table.tsx";
import { TextBlock } from "../parts/json-view.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { Empty, Problem } from "../parts/problem.tsx";
import { numberText } from "../parts/text.ts";
import { signed } from "./rollouts-page.tsx";
import { heldOutHref, rolloutHref, tokenApi } from "./token-api.ts";
import "./tokens.css";

type HeldOut = Schemas["HeldOutTasks"];
type Task = HeldOut["tasks"][number];

export const HeldOutPage = ({ name }: { readonly name: string }): ReactNode => (
  <>
    <div className="page-head">
      <PageTitle>{`Held-out tasks of ${name}`}</PageTitle>
      <Link href={`/runs/${encodeURIComponent(name)}`}>the run</Link>
    </div>
    <HeldOutTasks name={name} hrefOf={(task) => heldOutHref(name, task)} />
  </>
);

interface HeldOutTasksProps {
  /** Of a run or an evaluation. */
  readonly name: string;
  /** The address that shows a task. */
  readonly hrefOf: (task: string) => string;
}

/** A list of the held-out tasks of a run or an evaluation. Above it stands the task that is chosen (`?task=` in the address), with what was said. */
export function HeldOutTasks({ name, hrefOf }: HeldOutTasksProps): ReactNode {
  const [parameters] = useSearchParams();
  const { data, error, isLoading } = useQuery({
    queryKey: ["held out", name],
    queryFn: ({ signal }) => tokenApi.heldOut(name, signal),
  });
  const task = data?.tasks.find(({ id }) => id === parameters.get("task"));
  return (
    <>
      {error !== null && <Problem error={error} />}
      {isLoading && <p>Loading …</p>}
      {task !== undefined && <TaskView run={name} task={task} />}
      {data !== undefined && (
        <DataTable
          label="Held-out tasks"
          columns={columnsOf(data)}
          rows={data.tasks.toSorted((a, b) => changeOf(b) - changeOf(a))}
          idOf={({ id }) => id}
          nameOf={(one) => one.task}
          hrefOf={({ id }) => hrefOf(id)}
          empty={<Empty command="npx hone run math">No held-out task was kept.</Empty>}
        />
      )}
    </>
  );
}

/** How much more the last stage earned than the first; 0 where one of them has no reward. */
function changeOf({ tries }: Task): number {
  const [first, last] = [tries[0]?.reward, tries.at(-1)?.reward];
  return first === undefined || last === undefined ? 0 : last - first;
}

const changeColumn: DataColumn<Task> = {
  id: "change",
  head: "reward, last − first",
  isNumber: true,
  minWidth: 185,
  from: 700,
  cell: (task) => signed(changeOf(task)),
};

const columnsOf = ({ stages }: HeldOut): readonly DataColumn<Task>[] => [
  { id: "task", head: "task", share: 3, minWidth: 180, cell: ({ task }) => task },
  // In a narrow window the last stage stays, then the first.
  ...stages.map((stage, i) => ({
    id: stage,
    head: stage,
    minWidth: 120,
    from: i === stages.length - 1 ? 0 : i === 0 ? 420 : 900,
    cell: ({ tries }: Task) => outcomeText(tries.find((one) => one.stage === stage)),
  })),
  ...(stages.length < 2 ? [] : [changeColumn]),
];

const outcomeText = (one: Task["tries"][number] | undefined): string => {
  if (one === undefined) return "";
  const reward = one.reward === undefined ? "" : `, ${numberText(one.reward)}`;
  return `${one.isSuccess ? "✓ done" : "✗ not done"}${reward}`;
};

/** One task at all stages, side by side. */
const TaskView = ({ run, task }: { readonly run: string; readonly task: Task }): ReactNode => (
  <section aria-label="The chosen task">
    <h2>{task.task}</h2>
    <div className="beside">
      {task.tries.map((one) => (
        <section key={one.stage} className="group" aria-label={one.stage}>
          <header>
            <h2>{one.stage}</h2>
            <span className="soft">{outcomeText(one)}</span>
          </header>
          <TextBlock text={one.answer} />
          <Link href={rolloutHref(run, { phase: one.stage, id: one.id })}>
            conversation and tokens
          </Link>
        </section>
      ))}
    </div>
  </section>
);
