/** One rollout, as a conversation or token by token; another of its group beside it where one is chosen. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import {
  Button,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select,
  SelectValue,
  Tab,
  TabList,
  TabPanel,
  Tabs,
} from "react-aria-components";
import { Link, useSearchParams } from "wouter";
import type { Schemas } from "../api/client.ts";
import { TextBlock } from "../parts/json-view.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { Problem } from "../parts/problem.tsx";
import { numberText } from "../parts/text.ts";
import { partsText, signed } from "./rollouts-page.tsx";
import { evaluationHref, heldOutHref, rolloutHref, stepHref, tokenApi } from "./token-api.ts";
import { ColourChoice, Tokens } from "./token-view.tsx";
import "./tokens.css";

type View = Schemas["TokenView"];

const NONE = "none";

export function RolloutPage({ name }: { readonly name: string }): ReactNode {
  const [parameters, setParameters] = useSearchParams();
  const [phase, id, step, beside] = ["phase", "id", "step", "beside"].map(
    (key) => parameters.get(key) ?? "",
  ) as [string, string, string, string];
  const isStep = step !== "";
  const address = { phase, ...(isStep && { step: Number(step) }) };
  const own = useRollout(name, { ...address, id });
  const other = useRollout(name, { ...address, id: beside });
  const set = (changes: Readonly<Record<string, string | undefined>>): void =>
    setParameters(
      (before) => {
        const after = new URLSearchParams(before);
        for (const [key, value] of Object.entries(changes))
          if (value === undefined) after.delete(key);
          else after.set(key, value);
        return after;
      },
      { replace: true },
    );
  const error = own.error ?? other.error;
  const views = [own.data, beside === "" ? undefined : other.data].flatMap((one) => one ?? []);
  const isRun = own.data?.kind !== "evaluation";
  const group = isStep
    ? stepHref(name, { phase, step: Number(step) })
    : isRun
      ? heldOutHref(name)
      : evaluationHref(name);
  return (
    <>
      <div className="page-head">
        <PageTitle>
          {isStep
            ? `Rollout in step ${step}`
            : isRun
              ? `Rollout of the evaluation ${phase}`
              : "Rollout of an evaluation"}
        </PageTitle>
        <Link href={group}>{isStep ? `step ${step} of ${phase}` : "held-out tasks"}</Link>
        <Link href={isRun ? `/runs/${encodeURIComponent(name)}` : evaluationHref(name)}>
          {name}
        </Link>
      </div>
      {error !== null && <Problem error={error} />}
      {own.data === undefined ? (
        error === null && <p>Loading …</p>
      ) : (
        <Tabs
          selectedKey={parameters.get("view") ?? "tokens"}
          onSelectionChange={(key) => set({ view: String(key) })}
        >
          <TextBlock text={own.data.task} />
          <div className="controls">
            <TabList aria-label="How it is shown" className="segments">
              <Tab id="tokens" className="segment">
                Tokens
              </Tab>
              <Tab id="conversation" className="segment">
                Conversation
              </Tab>
            </TabList>
            <Beside view={own.data} chosen={beside} onChoose={(one) => set({ beside: one })} />
          </div>
          <TabPanel id="tokens">
            <ColourChoice rows={views.flatMap(({ rows }) => rows)} />
            <Columns
              run={name}
              address={address}
              views={views}
              show={(view) => <Tokens view={view} />}
            />
          </TabPanel>
          <TabPanel id="conversation">
            <Columns
              run={name}
              address={address}
              views={views}
              show={(view) => <Conversation view={view} />}
            />
          </TabPanel>
        </Tabs>
      )}
    </>
  );
}

function useRollout(
  run: string,
  address: { readonly phase: string; readonly step?: number; readonly id: string },
) {
  return useQuery({
    queryKey: ["rollout", run, address],
    queryFn: ({ signal }) => tokenApi.rollout(run, address, signal),
    enabled: address.id !== "",
    staleTime: 60_000,
  });
}

interface BesideProps {
  readonly view: View;
  readonly chosen: string;
  readonly onChoose: (id: string | undefined) => void;
}

/** Chooses the rollout of the group that is shown beside this one. */
function Beside({ view, chosen, onChoose }: BesideProps): ReactNode {
  const others = view.siblings.filter(({ id }) => id !== view.rollout.id);
  if (others.length === 0) return undefined;
  return (
    <Select
      value={chosen === "" ? NONE : chosen}
      onChange={(key) => onChoose(key === NONE ? undefined : String(key))}
    >
      <Label>Beside it</Label>
      <Button className="select">
        <SelectValue />
      </Button>
      <Popover>
        <ListBox>
          <ListBoxItem id={NONE}>nothing</ListBoxItem>
          {others.map(({ id, reward }) => (
            <ListBoxItem key={id} id={id} textValue={id}>
              {`rollout ${view.siblings.findIndex((one) => one.id === id) + 1}, reward ${reward === undefined ? "–" : numberText(reward)}`}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </Select>
  );
}

interface ColumnsProps {
  readonly run: string;
  readonly address: { readonly phase: string; readonly step?: number };
  readonly views: readonly View[];
  readonly show: (view: View) => ReactNode;
}

const Columns = ({ run, address, views, show }: ColumnsProps): ReactNode => (
  <div className="beside">
    {views.map((view) => {
      const { rollout } = view;
      const title = `Rollout ${rollout.index + 1}`;
      return (
        <section key={rollout.id} className="rollout" aria-label={title}>
          <h2>
            {views.length === 1 ? (
              title
            ) : (
              <Link href={rolloutHref(run, { ...address, id: rollout.id })}>{title}</Link>
            )}
          </h2>
          <p className="soft">{factsText(view)}</p>
          {view.rendererProblem !== undefined && (
            <p className="soft">Tokens are shown by their ids: {view.rendererProblem}</p>
          )}
          {show(view)}
        </section>
      );
    })}
  </div>
);

function factsText({ rollout, template, weightsVersion }: View): string {
  const { reward, components, advantage, notLearned, tokens, failure } = rollout;
  const parts = partsText(components);
  return [
    reward === undefined ? "no reward" : `reward ${numberText(reward)}${parts && ` (${parts})`}`,
    ...(failure === undefined ? [] : [`failed: ${failure}`]),
    ...(advantage === undefined ? [] : [`advantage ${signed(advantage)}`]),
    ...(notLearned === undefined ? [] : [`not learned: ${notLearned}`]),
    `${numberText(tokens)} sampled tokens`,
    ...(weightsVersion === undefined ? [] : [`learned by ${weightsVersion}`]),
    ...(template === undefined ? [] : [`template ${template}`]),
  ].join(" · ");
}

/** What the model was told and said; tools with what they were called with and returned. */
const Conversation = ({ view }: { readonly view: View }): ReactNode => (
  <ol className="messages">
    {view.conversation.map(({ role, content, reasoning, toolCalls }, i) => (
      <li key={i} className={`message ${role}`}>
        <span className="role">{role}</span>
        {reasoning !== undefined && (
          <details>
            <summary>reasoning</summary>
            <TextBlock text={reasoning} />
          </details>
        )}
        {content !== "" && <TextBlock text={content} />}
        {toolCalls.map(({ id, name, arguments: given }) => (
          <TextBlock key={id} text={`${name}(${given})`} />
        ))}
      </li>
    ))}
  </ol>
);
