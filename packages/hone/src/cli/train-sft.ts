/** `hone train sft`: supervised learning on a domain's tasks. */
import { sftSettings } from "../app/settings.ts";
import { defineCommand } from "./command.ts";
import { addSettings, settingsSources } from "./settings-options.ts";

export const command = defineCommand({
  summary: "Supervised learning on the episodes of a domain's expert.",
  examples: [
    "hone train sft --model Qwen/Qwen2.5-0.5B-Instruct --levels 1,2",
    "hone train sft --config run.yaml --seed 1",
  ],
  notes: ["Ctrl-C saves; --resume goes on as if nothing had happened."],
  define: (command) => addSettings(command, sftSettings),
  run: async ({ flags, terminal, signal }) => {
    const { resolveSettings } = await import("../app/config.ts");
    const { runDomain } = await import("../app/domain-run.ts");
    const { printRun } = await import("./run-printer.ts");
    const sources = settingsSources(sftSettings, flags);
    const { settings, resume } = await resolveSettings(sftSettings, sources);
    const events = runDomain({ algorithm: "sft", settings }, { resume, signal });
    await printRun(events, terminal, "hone train sft");
  },
});
