/** `hone train apo`, `hone train gepa`: a command for every row of the table of prompt methods. */
import type { Command } from "commander";
import { type PromptMethodName, promptMethodOf } from "../../app/prompts/prompt-methods.ts";
import { settingsOfPromptMethod } from "../../app/prompts/prompt-settings.ts";
import { type CommandDefinition, defineCommand } from "../command.ts";
import { besideUi } from "./beside-ui.ts";
import { addSettings, settingsSources } from "./settings-options.ts";

/** The command of a prompt method. */
export function trainPromptsCommand(name: PromptMethodName): CommandDefinition {
  const promptMethod = promptMethodOf(name);
  const table = settingsOfPromptMethod(promptMethod);
  const commandLine = `npx hone train ${name}`;
  return defineCommand({
    examples: [
      "--model Qwen/Qwen3-0.6B --critic openai/gpt-4o-mini",
      "--policy ollama/qwen3 --domain ./my-domain.ts",
      "--model m --agent ./a --tasks t.jsonl --prompt p.md",
      "--model 7f3a --budget 500 --critic-calls 50",
    ].map((flags) => `${commandLine} ${flags}`),
    notes: [
      ...promptMethod.notes,
      "No weights are trained: the best prompt is prompt.txt in the run folder, all",
      "  candidates are in prompts.json. --prompt x.json holds several by name.",
      "Placeholders such as {question} stay: an edit that loses or invents one is",
      "  refused. A program gets the prompt in HONE_PROMPT, or all in HONE_PROMPTS.",
      "A spent budget ends the search with what it has found (docs/prompts.md).",
      "Ctrl-C stops; --resume goes on and pays for nothing twice.",
    ],
    define: (command: Command) => addSettings(command, table),
    run: async (invocation) => {
      const { flags, terminal, signal } = invocation;
      const { resolveSettings } = await import("../../app/training/config.ts");
      const { trainPrompts } = await import("../../app/prompts/train-prompts.ts");
      const { printPrompts } = await import("../../app/prompts/prompt-printer.ts");
      const sources = settingsSources(table, flags);
      const { settings, resume } = await resolveSettings(table, sources);
      const events = trainPrompts({ name, row: promptMethod, settings, resume, signal });
      const again = (folder: string): string => `${commandLine} --resume ${folder}`;
      await besideUi(invocation, events, (shown) => printPrompts(shown, terminal, again));
    },
  });
}
