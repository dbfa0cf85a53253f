/** Judging the items of a queue one by one, by keyboard alone if one likes. */
import { type ReactNode, useState } from "react";
import { Button, Input, Label, TextField } from "react-aria-components";
import { Link, useSearchParams } from "wouter";
import { PageTitle } from "../parts/page-title.tsx";
import { Lost, Problem } from "../parts/problem.tsx";
import { AnswerForm } from "./answer-form.tsx";
import { keepRater, keptRater } from "./people-api.ts";
import { Progress } from "./queue-page.tsx";
import { ShownAnswers } from "./shown-answers.tsx";
import { useJudging } from "./use-judging.ts";
import "./people.css";

export function JudgePage({ name }: { readonly name: string }): ReactNode {
  const [rater, setRater] = useState(keptRater);
  const choose = (given: string): void => {
    keepRater(given);
    setRater(given);
  };
  return (
    <>
      <div className="page-head">
        <PageTitle>{name}</PageTitle>
        {rater !== "" && (
          <span className="soft">
            as {rater}{" "}
            <Button className="plain" onPress={() => choose("")}>
              someone else
            </Button>
          </span>
        )}
        <Link href={`/people/${encodeURIComponent(name)}`}>Progress and agreement</Link>
      </div>
      {rater === "" ? (
        <RaterForm onName={choose} />
      ) : (
        <Judging key={rater} name={name} rater={rater} />
      )}
    </>
  );
}

/** Asks for the name that answers are kept under. */
function RaterForm({ onName }: { readonly onName: (name: string) => void }): ReactNode {
  const [name, setName] = useState("");
  return (
    <form
      className="controls"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== "") onName(name.trim());
      }}
    >
      <TextField value={name} onChange={setName} isRequired autoFocus maxLength={100}>
        <Label>Your name, as it is kept with what you say</Label>
        <Input autoComplete="off" />
      </TextField>
      <Button type="submit" className="action">
        Begin
      </Button>
    </form>
  );
}

function Judging({ name, rater }: { readonly name: string; readonly rater: string }): ReactNode {
  const [parameters] = useSearchParams();
  const secondLook = parameters.get("second") === "yes";
  const judging = useJudging(name, rater, secondLook);
  const { item, counts, error, isLost } = judging;
  return (
    <>
      {counts !== undefined && (
        <div className="judge-counts">
          <Progress done={counts.done} items={counts.items} />
          <span className="soft">{counts.judged} by you</span>
        </div>
      )}
      <Lost isLost={isLost} />
      {error !== null && <Problem error={error} />}
      {item === undefined ? (
        counts !== undefined && <Nothing held={counts.held} isSecondLook={secondLook} />
      ) : (
        <>
          <ShownAnswers item={item} />
          <AnswerForm key={`${item.item} ${judging.canGoBack}`} item={item} judging={judging} />
        </>
      )}
    </>
  );
}

const Nothing = ({
  held,
  isSecondLook,
}: {
  readonly held: number;
  readonly isSecondLook: boolean;
}): ReactNode => (
  <p role="status" className="empty">
    {held > 0
      ? `Others look at the last ${held} just now; what they leave open comes here.`
      : isSecondLook
        ? "There is nothing left that others disagree on."
        : "Nothing is left for you to judge here."}
  </p>
);
