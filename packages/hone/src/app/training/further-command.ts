/** Command lines about a run that exists: how it goes on, and how a new run trains further what it made. */
import type { RunRecord } from "../../formats/run-format.ts";
import { flagOf, grpoSettings, type SettingsTable, sftSettings } from "./setting-kinds.ts";

type Config = RunRecord["config"];

/** What the run's model has settled already, and what the new run has of its own. */
const settled = new Set(["model", "weights", "rank", "alpha", "dropout", "targets", "steps"]);

/** `npx hone train sft`, or `train()` of the programming interface: what started a run. */
export const startedBy = (command: unknown): string =>
  command === "train" ? "train()" : `npx hone ${String(command)}`;

/** How a run goes on. */
export const resumeCommand = (folder: string, { command }: Config): string =>
  command === "train"
    ? `train({ resume: ${JSON.stringify(folder)}, … })`
    : `${startedBy(command)} --resume ${word(folder)}`;

/**
 * A new run with the settings of a finished one that starts from its model. More steps of the same run would be another
 * run from the start: a schedule knows its end.
 * @param wanted settings that a resume was refused for; of their steps those that are not done yet
 * @example furtherCommand("runs/7f3a", config); // "npx hone train sft --model runs/7f3a --weights all --steps 200"
 */
export function furtherCommand(folder: string, config: Config, wanted: Config = {}): string {
  const { command, steps, seed, level, maxSteps } = config;
  const settings = { ...config, steps: stepsLeft(steps, wanted["steps"]) };
  if (command === "train sft") return commandOf(folder, command, sftSettings, settings);
  if (command === "train grpo") return commandOf(folder, command, grpoSettings, settings);
  if (command !== "run math") return `train({ model: ${JSON.stringify(folder)}, … })`;
  const grpoSteps = stepsLeft(config["grpoSteps"], wanted["grpoSteps"]);
  const math = { seed, levels: [level], maxSteps, weights: "all", steps: grpoSteps };
  return commandOf(folder, "train grpo", grpoSettings, math);
}

/** Those that were asked for beyond the ones done; where none were, as many again. */
function stepsLeft(done: unknown, wanted: unknown): unknown {
  const more = Number(wanted) - Number(done);
  return more > 0 ? more : done;
}

function commandOf(folder: string, command: string, table: SettingsTable, config: Config): string {
  const others = Object.entries(config).flatMap(([key, value]) => {
    const setting = table[key];
    if (setting === undefined || settled.has(key)) return [];
    const text = Array.isArray(value) ? value.join(",") : String(value);
    if (text === setting.byDefault || value === false) return [];
    return [setting.kind === "yes" ? flagOf(key) : `${flagOf(key)} ${word(text)}`];
  });
  const weights = config["weights"] === "all" ? ["--weights all"] : [];
  const steps = `--steps ${String(config["steps"])}`;
  const model = `--model ${word(folder)}`;
  return [`npx hone ${command}`, model, ...weights, ...others, steps].join(" ");
}

/** As a shell takes it for one word. */
const word = (text: string): string =>
  /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
