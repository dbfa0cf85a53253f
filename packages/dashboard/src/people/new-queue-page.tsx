/** A new queue: what people are asked about which traces. The conditions are in the address, as on the page of traces. */
import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import {
  Button,
  Input,
  Label,
  NumberField,
  Radio,
  RadioGroup,
  TextField,
} from "react-aria-components";
import { useLocation, useSearchParams } from "wouter";
import { PageTitle } from "../parts/page-title.tsx";
import { Problem } from "../parts/problem.tsx";
import { kinds, type QueueKind, queuesApi } from "./people-api.ts";
import "./people.css";

/** What an address says of the list of traces, beside conditions on them. */
const notConditions = new Set(["order", "direction", "cursor", "limit", "view"]);

const kindNames = Object.keys(kinds) as readonly QueueKind[];

export function NewQueuePage(): ReactNode {
  const [parameters] = useSearchParams();
  const [, navigate] = useLocation();
  const [name, setName] = useState("");
  const [kind, setKind] = useState<QueueKind>("rate");
  const [size, setSize] = useState(100);
  const [ratersPerItem, setRaters] = useState(1);
  const conditions = [...parameters].filter(([key, value]) => !notConditions.has(key) && value);
  const { mutate, error, isPending } = useMutation({
    mutationFn: () =>
      queuesApi.make({ name, kind, size, ratersPerItem, filter: Object.fromEntries(conditions) }),
    onSuccess: (queue) => navigate(`/people/${encodeURIComponent(queue.name)}`),
  });
  return (
    <>
      <div className="page-head">
        <PageTitle>New queue</PageTitle>
      </div>
      <form
        className="queue-form"
        onSubmit={(event) => {
          event.preventDefault();
          mutate();
        }}
      >
        <p className="soft">
          {conditions.length === 0
            ? "Of all traces. Choose conditions on the page of traces first to ask about fewer."
            : `Of traces with ${conditions.map(([key, value]) => `${key} ${value}`).join(", ")}.`}
        </p>
        <TextField value={name} onChange={setName} isRequired>
          <Label>Name</Label>
          <Input placeholder="letters, digits, - and _" autoComplete="off" />
        </TextField>
        <RadioGroup
          value={kind}
          onChange={(value) => setKind(value as QueueKind)}
          className="kinds"
        >
          <Label>What people do</Label>
          {kindNames.map((one) => (
            <Radio key={one} value={one} className="choice">
              <strong>{kinds[one].label}</strong>
              <span className="soft">{kinds[one].hint}</span>
            </Radio>
          ))}
        </RadioGroup>
        <div className="controls">
          <NumberField value={size} onChange={setSize} minValue={1} maxValue={5000}>
            <Label>Items at most</Label>
            <Input />
          </NumberField>
          <NumberField value={ratersPerItem} onChange={setRaters} minValue={1} maxValue={100}>
            <Label>People for each item</Label>
            <Input />
          </NumberField>
        </div>
        {error !== null && <Problem error={error} />}
        <Button type="submit" className="action" isDisabled={isPending || name === ""}>
          Make the queue
        </Button>
      </form>
    </>
  );
}
