/** `hone train grpo`: GRPO on a domain's tasks. */
import { grpoSettings } from "../../app/training/setting-kinds.ts";
import { defineCommand } from "../command.ts";
import { addSettings, settingsSources } from "./settings-options.ts";

export const command = defineCommand({
  examples: [
    "npx hone train grpo --model Qwen/Qwen2.5-0.5B-Instruct --levels 1,2",
    "npx hone train grpo --config run.yaml --seed 1",
  ],
  notes: [
    "GRPO: group relative policy optimization.",
    "Ctrl-C saves; --resume goes on as if nothing had happened.",
  ],
  define: (command) => addSettings(command, grpoSettings),
  run: async ({ flags, terminal, signal }) => {
    const { resolveSettings } = await import("../../app/training/config.ts");
    const { runDomain } = await import("../../app/training/run-training.ts");
    const { printRun } = await import("./run-printer.ts");
    const sources = settingsSources(grpoSettings, flags);
    const { settings, resume } = await resolveSettings(grpoSettings, sources);
    const events = runDomain({ algorithm: "grpo", settings }, { resume, signal });
    await printRun(events, terminal, "npx hone train grpo");
  },
});
