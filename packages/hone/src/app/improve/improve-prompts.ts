/** `hone improve --method prompt`: a better prompt for an agent, tried on its recorded questions with its tools answered. */
import { HoneError } from "../../core/errors.ts";
import { fieldsOf } from "../../core/json.ts";
import { readRunRecord } from "../../runs/open-run.ts";
import type { PromptEvent } from "../prompts/prompt-events.ts";
import { onlyPrompt } from "../prompts/prompt-files.ts";
import { promptMethodOf } from "../prompts/prompt-methods.ts";
import { settingsOfPromptMethod } from "../prompts/prompt-settings.ts";
import { trainPrompts } from "../prompts/train-prompts.ts";
import { resolveSettings } from "../training/config.ts";
import type { SettingsTable } from "../training/setting-kinds.ts";
import { improveCommand, type ImproveSettings } from "./improve-settings.ts";
import { type Improvement, type ImproveOptions, improving, settledOf } from "./improvement.ts";
import { agentNamed, outsideAgent } from "./outside-agent.ts";
import { keepRecording } from "./replayed-training.ts";
import { replayRules } from "./replay-rules.ts";

/**
 * The search as a stream of events; see `runPrompts`.
 * @throws as `improving`, `replayRules` and `trainPrompts`; CONFIG_INVALID where the traces do not hold one system message and no
 *         prompt is given
 */
export const improvePrompt = (
  settings: ImproveSettings,
  options: ImproveOptions,
): AsyncGenerator<PromptEvent, void> => improving(settings, options, searchEvents);

async function* searchEvents(run: Improvement): AsyncGenerator<PromptEvent, void> {
  const { settings: given, inputs, coverage, resume, signal } = run;
  const { search = "apo" } = given;
  const row = promptMethodOf(search);
  const table = settingsOfPromptMethod(row);
  const systemMessage = await systemMessageOf(run);
  const { settings } = await resolveSettings(table, { flags: flagsOf(run, table) });
  const replay = await replayRules(given, inputs.tasks, coverage.add);
  const program = outsideAgent(given, { replay, systemMessage });
  try {
    yield* trainPrompts({
      ...{ name: search, row, settings, resume, signal },
      origin: {
        command: improveCommand,
        runName: "improve-prompt",
        settled: settledOf(given, inputs),
        notes: inputs.notes,
        program,
        prompts: systemMessage === undefined ? undefined : { [onlyPrompt]: systemMessage },
        prepareFolder: (folder) => keepRecording(run, folder),
        replay: () => coverage.coverage,
      },
    });
  } finally {
    await program.close();
  }
}

/** The agent's own system message, which prompts that are tried replace; undefined where the agent reads a given prompt. */
async function systemMessageOf({
  settings,
  inputs,
  resume,
}: Improvement): Promise<string | undefined> {
  if (settings.prompt !== undefined) return undefined;
  if (resume !== undefined) {
    const { config } = await readRunRecord(resume);
    return String(fieldsOf(config["prompts"])[onlyPrompt]);
  }
  const { systemMessages = [] } = inputs;
  const [message] = systemMessages;
  if (message !== undefined && systemMessages.length === 1) return message;
  const found = message === undefined ? "no system message" : `${systemMessages.length} of them`;
  const problem = `the traces hold ${found}, and a search starts from one; give a file with the prompt, which the agent reads from HONE_PROMPT.`;
  throw new HoneError("CONFIG_INVALID", { where: "--prompt", problem });
}

/** The settings that the search has, too. A model by its name stands in the place of one on this machine. */
function flagsOf(
  { settings, inputs }: Improvement,
  table: SettingsTable,
): Readonly<Record<string, unknown>> {
  const { agent: _agent, store: _store, model, ...rest } = settings;
  const shared = Object.entries(rest).filter(([key]) => Object.hasOwn(table, key));
  return {
    ...Object.fromEntries(shared),
    ...(settings.policy === undefined && { model }),
    agent: agentNamed(settings).name,
    tasks: inputs.tasks,
  };
}
