/** The form of conditions, which are in the address: the list of traces and all that counts traces have it. */
import { memo, type ReactNode, useCallback, useEffect, useState } from "react";
import {
  Button,
  Disclosure,
  DisclosurePanel,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select,
  SelectValue,
  TextField,
} from "react-aria-components";
import { useSearchParams } from "wouter";
import {
  type ConditionField,
  conditionsOf,
  costFields,
  mainFields,
  moreFields,
} from "./conditions.ts";

export interface FormChoice {
  readonly key: string;
  readonly label: string;
  readonly values: readonly string[];
}

const status: FormChoice = {
  key: "status",
  label: "State",
  values: ["running", "completed", "failed", "cancelled"],
};

interface FormProps {
  /** Whether the server knows prices, so that costs can be asked for. */
  readonly hasPrices: boolean;
  /** Further choices of a page, as an order. */
  readonly choices?: readonly FormChoice[];
}

export function ConditionsForm({ hasPrices, choices = [] }: FormProps): ReactNode {
  const [parameters, setParameters] = useSearchParams();
  const set = useCallback<SetCondition>(
    (key, value) =>
      setParameters(
        (before) => {
          const after = new URLSearchParams(before);
          if (value === "") after.delete(key);
          else after.set(key, value);
          return after;
        },
        // Going back leads to the page before, not to a letter less.
        { replace: true },
      ),
    [setParameters],
  );
  const field = (one: ConditionField): ReactNode => (
    <ConditionInput key={one.key} field={one} value={parameters.get(one.key) ?? ""} onSet={set} />
  );
  const more = hasPrices ? [...moreFields, ...costFields] : moreFields;
  const given = more.filter(({ key }) => (parameters.get(key) ?? "") !== "").length;
  return (
    <form className="conditions" onSubmit={(event) => event.preventDefault()}>
      <div className="controls">
        {mainFields.map(field)}
        {[status, ...choices].map((choice) => (
          <Choice
            key={choice.key}
            choice={choice}
            value={parameters.get(choice.key) ?? ""}
            onSet={set}
          />
        ))}
        {Object.keys(conditionsOf(parameters)).length > 0 && (
          <Button className="action" onPress={() => setParameters(new URLSearchParams())}>
            Clear
          </Button>
        )}
      </div>
      <Disclosure defaultExpanded={given > 0}>
        <Button slot="trigger" className="action more">
          {given === 0 ? "More conditions" : `More conditions (${given})`}
        </Button>
        <DisclosurePanel>
          <div className="controls">{more.map(field)}</div>
        </DisclosurePanel>
      </Disclosure>
    </form>
  );
}

/** Puts a condition into the address; an empty text takes it out. */
type SetCondition = (key: string, value: string) => void;

interface InputProps {
  readonly value: string;
  readonly onSet: SetCondition;
}

/** Asks when the person pauses, and not at each letter. */
const pauseMs = 250;

function AnyConditionInput({
  field: { key, label, hint, kind },
  value,
  onSet,
}: InputProps & { readonly field: ConditionField }): ReactNode {
  const isTime = kind === "time";
  const shown = isTime ? localTime(value) : value;
  const [typed, setTyped] = useState(shown);
  useEffect(() => setTyped(shown), [shown]);
  useEffect(() => {
    if (typed === shown) return undefined;
    const timer = setTimeout(() => onSet(key, isTime ? unixTime(typed) : typed), pauseMs);
    return () => clearTimeout(timer);
  });
  return (
    <TextField value={typed} onChange={setTyped} type={isTime ? "datetime-local" : "text"}>
      <Label>{label}</Label>
      <Input placeholder={hint} inputMode={kind === "number" ? "decimal" : undefined} />
    </TextField>
  );
}

/** Drawn anew when its own condition is another one, and not when any is. */
const ConditionInput = memo(AnyConditionInput);

/** A time of an address as such a field has it, in the zone of the person who looks. */
function localTime(value: string): string {
  const time = Number(value);
  if (value === "" || !Number.isFinite(time)) return "";
  const date = new Date(time);
  return new Date(time - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

const unixTime = (text: string): string => {
  const time = new Date(text).getTime();
  return Number.isFinite(time) ? String(time) : "";
};

const any = "any";

function AnyChoice({
  choice: { key, label, values },
  value,
  onSet,
}: InputProps & { readonly choice: FormChoice }): ReactNode {
  return (
    <Select
      value={value === "" ? any : value}
      onChange={(chosen) => onSet(key, chosen === any || chosen === null ? "" : String(chosen))}
    >
      <Label>{label}</Label>
      <Button className="select">
        <SelectValue />
      </Button>
      <Popover>
        <ListBox>
          {[any, ...values].map((one) => (
            <ListBoxItem key={one} id={one}>
              {one}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </Select>
  );
}

/** As the inputs are. */
const Choice = memo(AnyChoice);
