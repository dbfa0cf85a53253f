/** The controls of a judgement: what is chosen, why, and the keys for all of it. */
import { type ReactNode, useEffect, useRef, useState } from "react";
import {
  Button,
  Checkbox,
  CheckboxGroup,
  Input,
  Label,
  Radio,
  RadioGroup,
  TextArea,
  TextField,
} from "react-aria-components";
import { type Choice, choicesOf, firstReasonKey, reasonsOf, saidOf, valueOf } from "./choices.ts";
import { Keys } from "./keys.tsx";
import type { QueueItem } from "./people-api.ts";
import { useKeys } from "./use-keys.ts";
import type { Judging } from "./use-judging.ts";

interface AnswerFormProps {
  readonly item: QueueItem;
  readonly judging: Judging;
}

export function AnswerForm({ item, judging }: AnswerFormProps): ReactNode {
  const { kind, mine, reasons } = item;
  const choices = choicesOf(kind);
  const [value, setValue] = useState(valueOf(item));
  const offered = kind === "thumbs" ? reasons : [];
  const before = reasonsOf(mine?.reason ?? "", offered);
  const [chosen, setChosen] = useState(before.chosen);
  const [why, setWhy] = useState(before.own);
  const [showsKeys, setShowsKeys] = useState(true);
  const place = useRef<HTMLFormElement>(null);
  const focus = (...selectors: readonly string[]): void =>
    selectors
      .map((selector) => place.current?.querySelector<HTMLElement>(selector))
      .find((found) => found != null)
      ?.focus();
  const focusFirst = (): void =>
    focus("textarea", "input[type=radio]:checked", "input[type=radio]");
  // The next item begins where the keys are.
  useEffect(focusFirst, []);
  const store = (): void => {
    if (value === undefined || value.trim() === "") return;
    judging.answer(saidOf(kind, value, [...chosen, why]));
  };
  useKeys({
    store,
    skip: judging.skip,
    back: judging.back,
    why: () => focus("input[name=why]"),
    leave: () => (kind === "correct" ? place.current?.focus() : focusFirst()),
    help: () => setShowsKeys((before) => !before),
    digit: (digit) => {
      const choice = choices.find(({ key }) => key === digit);
      if (choice !== undefined) {
        setValue(choice.value);
        // From here arrows go to the next one.
        focus(`input[type=radio][value="${choice.value}"]`);
      }
      const reason = offered[Number(digit) - firstReasonKey];
      if (reason !== undefined) setChosen((before) => toggled(before, reason));
    },
  });
  return (
    <form
      ref={place}
      className="judge-bar"
      aria-label="Your judgement"
      tabIndex={-1}
      onSubmit={(event) => {
        event.preventDefault();
        store();
      }}
    >
      {kind === "correct" ? (
        <TextField value={value ?? ""} onChange={setValue}>
          <Label>What it should have answered</Label>
          <TextArea rows={8} />
        </TextField>
      ) : (
        <Choices choices={choices} value={value} onChange={setValue} />
      )}
      {offered.length > 0 && <Reasons reasons={offered} chosen={chosen} onChange={setChosen} />}
      <TextField value={why} onChange={setWhy}>
        <Label>Why, if you like</Label>
        <Input name="why" autoComplete="off" />
      </TextField>
      <div className="judge-actions">
        <Button type="submit" className="action main" isDisabled={judging.isBusy || !value}>
          {kind === "correct" && value === item.answers[0]?.text ? "Right as it is" : "Keep"}
        </Button>
        <Button className="action" onPress={judging.skip} isDisabled={judging.isBusy}>
          Skip
        </Button>
        <Button
          className="action"
          onPress={judging.back}
          isDisabled={judging.isBusy || !judging.canGoBack}
        >
          Back to the last
        </Button>
      </div>
      {showsKeys && <Keys kind={kind} hasReasons={offered.length > 0} />}
    </form>
  );
}

const toggled = (all: readonly string[], one: string): readonly string[] =>
  all.includes(one) ? all.filter((other) => other !== one) : [...all, one];

const Choices = ({
  choices,
  value,
  onChange,
}: {
  readonly choices: readonly Choice[];
  readonly value: string | undefined;
  readonly onChange: (value: string) => void;
}): ReactNode => (
  <RadioGroup
    value={value ?? null}
    onChange={onChange}
    orientation="horizontal"
    className="choices"
  >
    <Label>Your judgement</Label>
    {choices.map(({ value: one, key, label }) => (
      <Radio key={one} value={one} className="choice">
        <kbd>{key}</kbd> {label}
      </Radio>
    ))}
  </RadioGroup>
);

const Reasons = ({
  reasons,
  chosen,
  onChange,
}: {
  readonly reasons: readonly string[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}): ReactNode => (
  <CheckboxGroup value={[...chosen]} onChange={onChange} className="choices">
    <Label>Reasons</Label>
    {reasons.map((reason, i) => (
      <Checkbox key={reason} value={reason} className="choice">
        <kbd>{i + firstReasonKey}</kbd> {reason}
      </Checkbox>
    ))}
  </CheckboxGroup>
);
