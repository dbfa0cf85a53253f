/** `hone run <name>`: a system of the table, from nothing to a trained model and a report. */
import { seedKeysOf } from "../../app/seed-keys/seed-keys.ts";
import type { SystemName } from "../../app/systems/system-summaries.ts";
import { systemOfName } from "../../app/systems/systems.ts";
import { type CommandDefinition, defineCommand } from "../command.ts";
import { besideUi } from "./beside-ui.ts";
import { addSettings, IGNORED_KEY, settingsSources } from "./settings-options.ts";

export function runSystemCommand(name: SystemName): CommandDefinition {
  const system = systemOfName(name);
  return defineCommand({
    examples: [`npx hone run ${name}`, `npx hone run ${name} --seed 1 --json`],
    notes: [...system.notes, "Ctrl-C saves; --resume goes on as if nothing had happened."],
    define: (command) => addSettings(command, system.settings),
    run: async (invocation) => {
      const { flags, terminal, signal } = invocation;
      const { resolveSettings } = await import("../../app/training/config.ts");
      const { printRun } = await import("../../app/training/run-printer.ts");
      const { resumeWith } = await import("../../app/training/further-command.ts");
      const { settings, resume, notices } = await resolveSettings(system.settings, {
        ...settingsSources(system.settings, flags),
        seedKeys: seedKeysOf(`run ${name}`),
      });
      terminal.debug("settings", () => settings);
      for (const notice of notices) terminal.warn(`${IGNORED_KEY}: ${notice}`);
      const events = system.run(settings, { resume, signal });
      const again = (folder: string): string =>
        resumeWith(folder, `run ${name}`, { table: system.settings, settings });
      await besideUi(invocation, events, (shown) => printRun(shown, terminal, again));
    },
  });
}
