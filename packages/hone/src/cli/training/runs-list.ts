/** `hone runs list`: every run below a folder. */
import { intervalText } from "../../app/training/run-figures.ts";
import { tableText } from "../terminal/figures.ts";
import { defineCommand } from "../command.ts";
import { runsOption } from "../options.ts";

interface Flags {
  readonly runs: string;
}

export const command = defineCommand<Flags>({
  examples: ["npx hone runs list"],
  define: (command) => void command.addOption(runsOption()),
  run: async ({ flags, terminal }) => {
    const { listRuns } = await import("../../app/training/runs.ts");
    const runs = await listRuns(flags.runs);
    for (const run of runs) terminal.emit({ event: "run", ...run });
    terminal.emit({ runs: runs.length });
    if (runs.length === 0) return terminal.say(`no runs in ${flags.runs}\n  → npx hone run math`);
    const rows = runs.map(({ name, status, createdAt, result, problem }) => [
      name,
      status,
      createdAt?.slice(0, 16).replace("T", " ") ?? "",
      result === undefined
        ? ""
        : `${result.before.success.value.toFixed(2)} → ${intervalText(result.after.success)}`,
      problem?.split("\n")[0] ?? "",
    ]);
    terminal.say(tableText([["run", "status", "started (UTC)", "success", ""], ...rows]));
  },
});
