/** `hone run math`: from nothing to a model that solves equations. */
import { mathSettings } from "../../app/systems/math-settings.ts";
import { defineCommand } from "../command.ts";
import { addSettings, settingsSources } from "./settings-options.ts";

export const command = defineCommand({
  examples: ["npx hone run math", "npx hone run math --seed 1 --level 2 --json"],
  notes: [
    "First from an expert's moves (supervised learning), then from rewards by GRPO.",
    "Ctrl-C saves; --resume goes on as if nothing had happened.",
  ],
  define: (command) => addSettings(command, mathSettings),
  run: async ({ flags, terminal, signal }) => {
    const { resolveSettings } = await import("../../app/training/config.ts");
    const { runMath } = await import("../../app/systems/run-math.ts");
    const { printRun } = await import("../../app/training/run-printer.ts");
    const sources = settingsSources(mathSettings, flags);
    const { settings: all, resume } = await resolveSettings(mathSettings, sources);
    const { out, threads, ...settings } = all;
    const events = runMath({ settings, out, threads, resume, signal });
    await printRun(events, terminal, (folder) => `npx hone run math --resume ${folder}`);
  },
});
