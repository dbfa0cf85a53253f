/** The groups of one step of a run: each task's rollouts with their rewards, and what the step learned from them. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import {
  Button,
  Group,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  NumberField,
  Popover,
  Select,
  SelectValue,
} from "react-aria-components";
import { Link, useSearchParams } from "wouter";
import type { Schemas } from "../api/client.ts";
import { PageTitle } from "../parts/page-title.tsx";
import { Empty, Problem } from "../parts/problem.tsx";
import { numberText } from "../parts/text.ts";
import { rolloutHref, tokenApi } from "./token-api.ts";
import "./tokens.css";

type Step = Schemas["StepGroups"];
type StepGroup = Step["groups"][number];
type Places = Schemas["RolloutPlaces"];

export function RolloutsPage({ name }: { readonly name: string }): ReactNode {
  const [parameters, setParameters] = useSearchParams();
  const places = useQuery({
    queryKey: ["rollout places", name],
    queryFn: ({ signal }) => tokenApi.places(name, signal),
  });
  const chosen = places.data && chosenStep(places.data, parameters);
  const step = useQuery({
    queryKey: ["step", name, chosen],
    queryFn: ({ signal }) => tokenApi.step(name, chosen!, signal),
    enabled: chosen !== undefined,
    placeholderData: keepPreviousData,
  });
  const choose = (phase: string, of: number): void =>
    setParameters({ phase, step: String(of) }, { replace: true });
  return (
    <>
      <div className="page-head">
        <PageTitle>{`Rollouts of ${name}`}</PageTitle>
        <Link href={`/runs/${encodeURIComponent(name)}`}>the run</Link>
      </div>
      {places.error !== null && <Problem error={places.error} />}
      {places.data !== undefined && chosen === undefined && (
        <Empty command="npx hone train grpo --keep-rollouts all">
          No step of this run had rollouts that it kept.
        </Empty>
      )}
      {places.data !== undefined && chosen !== undefined && (
        <StepChoice places={places.data} chosen={chosen} onChoose={choose} />
      )}
      {(places.isLoading || step.isLoading) && <p>Loading …</p>}
      {step.error !== null && <Problem error={step.error} />}
      {step.data !== undefined && <StepView run={name} step={step.data} />}
    </>
  );
}

interface ChosenStep {
  readonly phase: string;
  readonly step: number;
}

/** The step of an address; the last one where it names none. */
function chosenStep({ phases }: Places, parameters: URLSearchParams): ChosenStep | undefined {
  const { phase, steps } =
    phases.find((one) => one.phase === parameters.get("phase")) ?? phases.at(-1) ?? {};
  if (phase === undefined) return undefined;
  const last = steps!.at(-1)!;
  const step = Number(parameters.get("step") ?? last);
  return { phase, step: Number.isInteger(step) && step > 0 ? step : last };
}

interface StepChoiceProps {
  readonly places: Places;
  readonly chosen: ChosenStep;
  readonly onChoose: (phase: string, step: number) => void;
}

function StepChoice({ places, chosen, onChoose }: StepChoiceProps): ReactNode {
  const steps = places.phases.find(({ phase }) => phase === chosen.phase)?.steps ?? [];
  const [first, last] = [steps[0] ?? 1, steps.at(-1) ?? 1];
  return (
    <div className="controls">
      <Select
        value={chosen.phase}
        onChange={(key) => {
          const next = places.phases.find(({ phase }) => phase === key);
          if (next !== undefined) onChoose(next.phase, next.steps.at(-1)!);
        }}
      >
        <Label>Phase</Label>
        <Button className="select">
          <SelectValue />
        </Button>
        <Popover>
          <ListBox>
            {places.phases.map(({ phase }) => (
              <ListBoxItem key={phase} id={phase}>
                {phase}
              </ListBoxItem>
            ))}
          </ListBox>
        </Popover>
      </Select>
      <NumberField
        value={chosen.step}
        minValue={first}
        maxValue={last}
        onChange={(value) => Number.isInteger(value) && onChoose(chosen.phase, value)}
      >
        <Label>
          Step, {numberText(first)} to {numberText(last)}
        </Label>
        <Group>
          <Button slot="decrement" aria-label="The step before">
            −
          </Button>
          <Input />
          <Button slot="increment" aria-label="The next step">
            +
          </Button>
        </Group>
      </NumberField>
    </div>
  );
}

function StepView({ run, step }: { readonly run: string; readonly step: Step }): ReactNode {
  const all = step.groups.flatMap(({ rollouts }) => rollouts);
  const learned = all.filter(({ advantage }) => advantage !== undefined).length;
  const parts = [
    `${numberText(step.groups.length)} groups`,
    `${numberText(all.length)} rollouts`,
    ...(step.isKept ? [`${numberText(learned)} learned from`] : []),
    ...(step.weightsVersion === undefined ? [] : [`weights ${step.weightsVersion}`]),
  ];
  return (
    <>
      <p className="soft">{parts.join(" · ")}</p>
      {step.groups.map((group, i) => (
        <GroupView key={i} run={run} step={step} group={group} number={i + 1} />
      ))}
    </>
  );
}

interface GroupProps {
  readonly run: string;
  readonly step: Step;
  readonly group: StepGroup;
  readonly number: number;
}

function GroupView({ run, step, group, number }: GroupProps): ReactNode {
  const { phase, step: of } = step;
  return (
    <section className="group" aria-label={`Group ${number}`}>
      <header>
        <h2>{group.task}</h2>
        <span className="soft">{spreadText(group)}</span>
      </header>
      <div className="scroll-x">
        <table className="rollout-list">
          <thead>
            <tr>
              <th scope="col">rollout</th>
              <th scope="col">last words</th>
              <th scope="col" className="number">
                reward
              </th>
              <th scope="col">its parts</th>
              <th scope="col" className="number">
                advantage
              </th>
              <th scope="col" className="number">
                turns
              </th>
              <th scope="col" className="number">
                tokens
              </th>
              <th scope="col">learned</th>
            </tr>
          </thead>
          <tbody>
            {group.rollouts.map((one) => (
              <tr key={one.id}>
                <th scope="row">
                  <Link href={rolloutHref(run, { phase, step: of, id: one.id })}>
                    {one.index + 1}
                  </Link>
                </th>
                <td className="answer">{one.failure ?? one.answer}</td>
                <td className="number">
                  {one.reward === undefined ? "–" : numberText(one.reward)}
                </td>
                <td className="soft">{partsText(one.components)}</td>
                <td className="number">
                  {one.advantage === undefined ? "–" : signed(one.advantage)}
                </td>
                <td className="number">{one.turns}</td>
                <td className="number">{numberText(one.tokens)}</td>
                <td className="soft">{learnedText(one, step)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** A number with its sign, also where it is positive. */
export const signed = (value: number): string =>
  `${value > 0 ? "+" : ""}${numberText(value)}`.replace("-", "−");

/** The parts of a reward in a line. */
export const partsText = (components: Readonly<Record<string, number>>): string =>
  Object.entries(components)
    .map(([part, value]) => `${part} ${numberText(value)}`)
    .join(", ");

const learnedText = (
  { advantage, notLearned }: StepGroup["rollouts"][number],
  { isKept }: Step,
): string => {
  if (!isKept) return "not kept";
  return advantage === undefined ? `no: ${notLearned ?? "not kept"}` : "yes";
};

function spreadText({ rollouts }: StepGroup): string {
  const rewards = rollouts.flatMap(({ reward }) => reward ?? []);
  const tokens = rollouts.map((one) => one.tokens);
  const mean = rewards.reduce((a, b) => a + b, 0) / rewards.length;
  const deviation = Math.sqrt(
    rewards.reduce((sum, one) => sum + (one - mean) ** 2, 0) / rewards.length,
  );
  const [least, most] = [Math.min(...tokens), Math.max(...tokens)];
  const lengths =
    least === most
      ? `${numberText(most)} tokens`
      : `${numberText(least)} to ${numberText(most)} tokens`;
  return rewards.length === 0
    ? lengths
    : `reward ${numberText(mean)} ± ${numberText(deviation)}, ${lengths}`;
}
