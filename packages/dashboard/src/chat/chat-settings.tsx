/** Which checkpoint answers and how it samples; the address holds it, so that it can be sent to somebody. */
import type { ReactNode } from "react";
import {
  Button,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  NumberField,
  Popover,
  Select,
  SelectValue,
  TextArea,
  TextField,
} from "react-aria-components";
import { useSearchParams } from "wouter";
import type { Schemas } from "../api/client.ts";
import type { ChatSettings } from "./use-chat.ts";

/** The settings that are numbers, as `hone chat` has them where the address says nothing. */
const numbers = {
  temperature: { label: "Temperature, 0: the likeliest", usual: 0.7, most: 10, step: 0.1 },
  maxTokens: { label: "Longest reply, in tokens", usual: 512, least: 1, most: 100_000, step: 1 },
  seed: { label: "Seed of the draws", usual: 0, most: Number.MAX_SAFE_INTEGER, step: 1 },
} as const;

type NumberName = keyof typeof numbers;

const numberNames = Object.keys(numbers) as readonly NumberName[];

/** What stands in the place of a checkpoint's name for the run as it ended. */
const ENDED = "";

interface AddressedSettings {
  readonly settings: ChatSettings;
  /** Writes a setting into the address; undefined takes it out. */
  readonly choose: (name: string, value: string | undefined) => void;
}

/** The settings of the page's address. */
export function useChatSettings(run: string): AddressedSettings {
  const [parameters, setParameters] = useSearchParams();
  const numberOf = (name: NumberName): number => {
    const given = Number(parameters.get(name) ?? "x");
    return Number.isFinite(given) ? given : numbers[name].usual;
  };
  const settings = {
    run,
    checkpoint: parameters.get("checkpoint") ?? undefined,
    system: parameters.get("system") ?? "",
    temperature: numberOf("temperature"),
    maxTokens: numberOf("maxTokens"),
    seed: numberOf("seed"),
  };
  const choose = (name: string, value: string | undefined): void =>
    setParameters(
      (before) => {
        const after = new URLSearchParams(before);
        if (value === undefined || value === "") after.delete(name);
        else after.set(name, value);
        return after;
      },
      { replace: true },
    );
  return { settings, choose };
}

interface ChatSettingsFormProps extends AddressedSettings {
  readonly checkpoints: Schemas["RunDetails"]["checkpoints"];
}

export const ChatSettingsForm = ({
  settings,
  choose,
  checkpoints,
}: ChatSettingsFormProps): ReactNode => (
  <div className="controls chat-settings">
    <Select
      value={settings.checkpoint ?? ENDED}
      onChange={(key) => choose("checkpoint", key === null ? undefined : String(key))}
    >
      <Label>Weights</Label>
      <Button className="select">
        <SelectValue />
      </Button>
      <Popover>
        <ListBox>
          <ListBoxItem id={ENDED}>as the run ended</ListBoxItem>
          {checkpoints.map(({ name }) => (
            <ListBoxItem key={name} id={name}>
              {name}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </Select>
    {numberNames.map((name) => (
      <NumberSetting key={name} name={name} value={settings[name]} choose={choose} />
    ))}
    <TextField
      className="system"
      value={settings.system}
      onChange={(value) => choose("system", value)}
    >
      <Label>What it is told first</Label>
      <TextArea rows={1} />
    </TextField>
  </div>
);

const NumberSetting = ({
  name,
  value,
  choose,
}: {
  readonly name: NumberName;
  readonly value: number;
  readonly choose: AddressedSettings["choose"];
}): ReactNode => {
  const { label, usual, most, step, least = 0 }: NumberRow = numbers[name];
  return (
    <NumberField
      value={value}
      minValue={least}
      maxValue={most}
      step={step}
      formatOptions={{ useGrouping: false }}
      onChange={(given) =>
        choose(name, Number.isNaN(given) || given === usual ? undefined : String(given))
      }
    >
      <Label>{label}</Label>
      <Input />
    </NumberField>
  );
};

interface NumberRow {
  readonly label: string;
  readonly usual: number;
  readonly least?: number;
  readonly most: number;
  readonly step: number;
}
