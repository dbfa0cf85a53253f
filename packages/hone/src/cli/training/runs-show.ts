/** `hone runs show`: one run's settings, progress and result. */
import { durationText, intervalText, shortPath } from "../../app/training/run-figures.ts";
import { factsText } from "../terminal/figures.ts";
import { defineCommand } from "../command.ts";
import { runsArgument, runsOption } from "../options.ts";

interface Flags {
  readonly runs: string;
}

export const command = defineCommand<Flags>({
  examples: ["npx hone runs show 7f3a"],
  define: (command) => void command.addArgument(runsArgument("<run>")).addOption(runsOption()),
  run: async ({ values, flags, terminal }) => {
    const { showRun } = await import("../../app/training/runs.ts");
    const run = await showRun(flags.runs, values[0]!);
    terminal.emit({ ...run });
    const { result } = run;
    const head: [string, string][] = [
      ["folder", shortPath(run.folder)],
      ["status", run.status],
      ["started", run.record.createdAt],
      ...(run.problem === undefined
        ? []
        : [["error", run.problem.split("\n")[0]!] as [string, string]]),
    ];
    const measured: [string, string][] =
      result === undefined
        ? []
        : [
            [
              "before",
              `success ${intervalText(result.before.success)}, reward ${intervalText(result.before.reward)}`,
            ],
            [
              "after",
              `success ${intervalText(result.after.success)}, reward ${intervalText(result.after.reward)}`,
            ],
            [
              "difference",
              `success ${intervalText(result.difference.success)}, paired, 95 % intervals`,
            ],
            ["time", durationText(result.seconds)],
            ...(result.warnings ?? []).map(({ code, count }): [string, string] => [
              "warning",
              `${code} ${count}`,
            ]),
          ];
    const steps = Object.entries(run.last).map(
      ([section, { step, values: metrics }]): [string, string] => [
        section,
        `step ${step}: ${metricsText(metrics)}`,
      ],
    );
    const checkpoints = run.checkpoints.map(({ name }): [string, string] => ["checkpoint", name]);
    const settings = Object.entries(run.record.config).map(([key, value]): [string, string] => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]);
    terminal.say(`${run.name}\n${factsText([...head, ...measured, ...steps, ...checkpoints])}`);
    terminal.say(`settings\n${factsText(settings)}`);
  },
});

/** At most six metrics, the most important first. */
function metricsText(metrics: Readonly<Record<string, number>>): string {
  const first = ["reward", "success", "loss", "kl", "entropy", "gradient_norm"];
  const names = [
    ...first.filter((name) => name in metrics),
    ...Object.keys(metrics).filter((name) => !first.includes(name)),
  ];
  return names
    .slice(0, 6)
    .map((name) => `${name} ${Number(metrics[name]!.toPrecision(4))}`)
    .join(", ");
}
