/** Training on what people said: the commands, and, where the server allows it, a start with progress and a stop. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Button, Input, Label, NumberField, TextField } from "react-aria-components";
import { Link } from "wouter";
import { pageSession, type Schemas } from "../api/client.ts";
import { TextBlock } from "../parts/json-view.tsx";
import { Problem } from "../parts/problem.tsx";
import { type QueueDetails, queuesApi } from "./people-api.ts";

export function TrainPanel({ queue }: { readonly queue: QueueDetails }): ReactNode {
  const [model, setModel] = useState("tiny");
  const [steps, setSteps] = useState(100);
  const [learningRate, setLearningRate] = useState(Number.NaN);
  // An empty field is no number.
  const chosen = { model, steps, ...(learningRate > 0 && { learningRate }) };
  const { data: session } = useQuery({ queryKey: ["session"], queryFn: pageSession });
  const mayStart = session?.allowsTraining === true;
  const queries = useQueryClient();
  const start = useMutation({
    mutationFn: (training: string) => queuesApi.train(queue.name, { training, ...chosen }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["trainings"] }),
  });
  return (
    <>
      <h2>Train on this</h2>
      <div className="controls">
        <TextField value={model} onChange={setModel}>
          <Label>Model: a folder, a run, a hub id, or tiny</Label>
          <Input autoComplete="off" />
        </TextField>
        <NumberField value={steps} onChange={setSteps} minValue={1}>
          <Label>Steps</Label>
          <Input />
        </NumberField>
        <NumberField
          value={learningRate}
          onChange={setLearningRate}
          minValue={0}
          formatOptions={{ maximumSignificantDigits: 6 }}
        >
          <Label>Learning rate, if not the usual</Label>
          <Input />
        </NumberField>
      </div>
      {queue.trainings.map(({ training, commands }) => (
        <section key={training} aria-label={training} className="training">
          <h3>{training}</h3>
          <TextBlock text={commandText(commands, chosen)} />
          {mayStart && (
            <Button
              className="action"
              isDisabled={start.isPending}
              onPress={() => start.mutate(training)}
            >
              Start {training}
            </Button>
          )}
        </section>
      ))}
      {!mayStart && (
        <p className="soft">
          The page starts them itself after <code>npx hone ui --allow-training</code>.
        </p>
      )}
      {start.error !== null && <Problem error={start.error} />}
      {mayStart && <Trainings queue={queue.name} />}
    </>
  );
}

/** The commands with what is chosen; the last of them is the training. */
function commandText(
  commands: readonly string[],
  { model, steps, learningRate }: Omit<Schemas["TrainingRequest"], "training">,
): string {
  const name = /^[\w@%+=:,./-]+$/.test(model) ? model : JSON.stringify(model);
  const rate = learningRate === undefined ? "" : ` --learning-rate ${learningRate}`;
  return `${commands.join("\n")} --model ${name} --steps ${steps}${rate}`;
}

function Trainings({ queue }: { readonly queue: string }): ReactNode {
  const queries = useQueryClient();
  const { data, error } = useQuery({
    queryKey: ["trainings"],
    queryFn: ({ signal }) => queuesApi.trainings(signal),
    refetchInterval: 1500,
  });
  const stop = useMutation({
    mutationFn: (run: string) => queuesApi.stop(run),
    onSettled: () => queries.invalidateQueries({ queryKey: ["trainings"] }),
  });
  const own = data?.trainings.filter((one) => one.queue === queue) ?? [];
  if (error !== null) return <Problem error={error} />;
  if (own.length === 0) return null;
  return (
    <>
      <h3>Started here</h3>
      {stop.error !== null && <Problem error={stop.error} />}
      {own.map((one) => (
        <Started key={one.run} training={one} onStop={() => stop.mutate(one.run)} />
      ))}
    </>
  );
}

const Started = ({
  training: { run, state, output },
  onStop,
}: {
  readonly training: Schemas["Training"];
  readonly onStop: () => void;
}): ReactNode => (
  <section aria-label={run} className="training">
    <p>
      <Link href={`/runs/${encodeURIComponent(run)}`}>{run}</Link>{" "}
      <span className={`state ${state}`}>{state}</span>{" "}
      {state === "running" && (
        <Button className="action" onPress={onStop}>
          Stop
        </Button>
      )}
    </p>
    {output !== "" && <TextBlock text={output} />}
  </section>
);
