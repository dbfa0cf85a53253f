/** Two measurements of the same tasks: the paired difference, and which tasks got better and worse. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link, useSearchParams } from "wouter";
import { ToggleButton, ToggleButtonGroup } from "react-aria-components";
import { api, type Schemas } from "../api/client.ts";
import { FactsTable } from "../parts/facts-table.tsx";
import { Problem } from "../parts/problem.tsx";
import { numberText, pointsText } from "../parts/text.ts";
import { rolloutHref } from "../tokens/token-api.ts";

interface StageName {
  readonly run: string;
  readonly stage: string;
}

interface StageComparisonProps {
  readonly before: StageName;
  readonly after: StageName;
}

type Task = Schemas["EvaluationComparison"]["tasks"][number];

const changes = ["better", "worse", "equal"] as const;
type Change = (typeof changes)[number];

const changeOf = ({ before, after }: Task): Change =>
  after.success > before.success ? "better" : after.success < before.success ? "worse" : "equal";

/** A change has a sign beside its colour. */
const signs: Readonly<Record<Change, string>> = { better: "▲", worse: "▼", equal: "=" };

/** Tasks that are shown at once. */
const SHOWN = 200;

export function StageComparison({ before, after }: StageComparisonProps): ReactNode {
  const [parameters, setParameters] = useSearchParams();
  const query = { ...before, otherRun: after.run, otherStage: after.stage };
  const { data, error } = useQuery({
    queryKey: ["stages", query],
    queryFn: ({ signal }) => api.compareStages(query, signal),
  });
  if (error !== null) return <Problem error={error} />;
  if (data === undefined) return <p>Comparing …</p>;
  const shown = changes.find((change) => change === parameters.get("tasks")) ?? "worse";
  const tasks = data.tasks.filter((task) => changeOf(task) === shown);
  const show = (change: string): void =>
    setParameters(
      (all) => {
        all.set("tasks", change);
        return new URLSearchParams(all);
      },
      { replace: true },
    );
  return (
    <section aria-label="Comparison">
      <h2>
        {after.run}, {after.stage} minus {before.run}, {before.stage}
      </h2>
      <p>
        Success {pointsText(data.success)} points, paired by task
        {data.reward !== undefined &&
          `; reward ${numberText(data.reward.value)} [${numberText(data.reward.low)}, ${numberText(data.reward.high)}]`}
        .
      </p>
      <ToggleButtonGroup
        aria-label="Tasks"
        className="controls"
        disallowEmptySelection
        selectedKeys={[shown]}
        onSelectionChange={(keys) => show(String([...keys][0]))}
      >
        {changes.map((change) => (
          <ToggleButton key={change} id={change} className="action">
            {signs[change]} {change} {data[change]}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      {tasks.length === 0 ? (
        <p className="soft">No task got {shown}.</p>
      ) : (
        <FactsTable label={`Tasks that are ${shown}`}>
          <thead>
            <tr>
              <th scope="col">task</th>
              <th scope="col">before</th>
              <th scope="col">after</th>
            </tr>
          </thead>
          <tbody className="task-changes">
            {tasks.slice(0, SHOWN).map((task) => (
              <tr key={task.id}>
                <th scope="row">
                  <span className={`change ${shown}`} aria-hidden="true">
                    {signs[shown]}
                  </span>{" "}
                  {task.text}
                </th>
                <TaskTry run={before.run} tried={task.before} />
                <TaskTry run={after.run} tried={task.after} />
              </tr>
            ))}
          </tbody>
        </FactsTable>
      )}
      {tasks.length > SHOWN && (
        <p className="soft">
          The first {SHOWN} of {tasks.length}.
        </p>
      )}
    </section>
  );
}

interface TaskTryProps {
  readonly run: string;
  readonly tried: Task["before"];
}

function TaskTry({ run, tried }: TaskTryProps): ReactNode {
  const { success, reward, reply, phase, rollout } = tried;
  const share = success === 1 ? "done" : success === 0 ? "not done" : numberText(success);
  return (
    <td>
      <span className="soft">
        {share}
        {reward !== undefined && `, reward ${numberText(reward)}`}
      </span>
      {"\n"}
      {reply} <Link href={rolloutHref(run, { phase, id: rollout })}>open</Link>
    </td>
  );
}
