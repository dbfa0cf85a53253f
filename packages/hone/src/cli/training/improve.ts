/** `hone improve`: recorded traces become tasks, an agent is trained on them, and the difference is measured. */
import { improveSettings } from "../../app/improve/improve-settings.ts";
import { defineCommand } from "../command.ts";
import { besideUi } from "./beside-ui.ts";
import { addSettings, settingsSources } from "./settings-options.ts";

export const command = defineCommand({
  examples: [
    'npx hone improve --agent support --command "node a.js" --reward r.ts',
    "npx hone improve --agent support --agent-file answer.ts --reward r.ts",
    "npx hone improve --config i.yaml --method prompt --policy ollama/qwen3",
    "npx hone improve --config improve.yaml --method sft --min-reward 0.5",
  ],
  notes: [
    "Questions of recorded traces become tasks, some sessions of which are only",
    "measured on (`npx hone traces tasks` shows them). The command runs once for each",
    "try, with its question in HONE_QUESTION and its model's address in the variables",
    "of OpenAI's and Anthropic's clients; its last line on stdout is the answer. With",
    "--agent-file a function answers task after task in a few processes instead.",
    "Tools do not run: calls of the AI SDK's tools are answered from the recording.",
    "  loose: equal but for blanks around texts, capital letters and missing keys.",
    "  live runs the tools of --allow-tools; stub:file has a function for each tool.",
    "grpo learns from its own tries, by the reward or a judge; sft from what was",
    "recorded; dpo from people's comparisons and corrections; prompt changes no",
    "weights but the words of the agent's system message (docs/improve.md).",
    "Ctrl-C saves; --resume goes on as if nothing had happened.",
  ],
  define: (command) => addSettings(command, improveSettings),
  run: async (invocation) => {
    const { flags, terminal, signal } = invocation;
    const { resolveImprovement, runImprove, trainsWeights } =
      await import("../../app/improve/run-improve.ts");
    const sources = settingsSources(improveSettings, flags);
    const { settings, resume } = await resolveImprovement(sources);
    const again = (folder: string): string => `npx hone improve --resume ${folder}`;
    if (trainsWeights(settings)) {
      const { printRun } = await import("../../app/training/run-printer.ts");
      await besideUi(invocation, runImprove(settings, { resume, signal }), (events) =>
        printRun(events, terminal, again),
      );
      return;
    }
    const { improvePrompt } = await import("../../app/improve/improve-prompts.ts");
    const { printPrompts } = await import("../../app/prompts/prompt-printer.ts");
    await besideUi(invocation, improvePrompt(settings, { resume, signal }), (events) =>
      printPrompts(events, terminal, again),
    );
  },
});
