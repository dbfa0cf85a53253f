/** `hone store prune`: old traces out of a store. */
import { HoneError } from "../core/errors.ts";
import { defineCommand } from "./command.ts";
import { wholeNumber } from "./parse.ts";

interface Flags {
  readonly days?: number;
  readonly before?: string;
  readonly dryRun?: boolean;
}

const dayMs = 86_400_000;

export const command = defineCommand<Flags>({
  summary: "Delete traces that started before a time. There is no way back.",
  examples: [
    "npx hone store prune sqlite:./hone.db --days 30",
    "npx hone store prune files:./rl_data --before 2026-01-01 --dry-run",
  ],
  define: (command) =>
    void command
      .argument("<store>", "files:<folder>, sqlite:<file> or postgres://…")
      .option("--days <n>", "older than this many days", wholeNumber(1))
      .option("--before <date>", "started before it, UTC: 2026-01-01 or 2026-01-01T12:00")
      .option("--dry-run", "only say how many"),
  run: async ({ values, flags, terminal, signal }) => {
    const before = timeOf(flags);
    const { dryRun = false } = flags;
    const { pruneStore } = await import("../app/store-work.ts");
    const options = { signal, dryRun, onProgress: terminal.progress };
    const count = await pruneStore(values[0]!, before, options);
    const time = new Date(before).toISOString();
    terminal.tell(
      { traces: count, before: time, deleted: !dryRun },
      `${count} traces from before ${time} ${dryRun ? "would be deleted" : "deleted"}`,
    );
  },
});

function timeOf({ days, before }: Flags): number {
  const refuse = (problem: string): never => {
    throw new HoneError("USAGE_INVALID", { command: "npx hone store prune", problem });
  };
  if ((days === undefined) === (before === undefined)) refuse("give either --days or --before");
  if (days !== undefined) return Date.now() - days * dayMs;
  const isDate = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?Z?)?$/.test(before!);
  const text = before!.length > 10 && !before!.endsWith("Z") ? `${before}Z` : before!;
  const time = isDate ? Date.parse(text) : NaN;
  return Number.isNaN(time) ? refuse(`--before ${before} is no date such as 2026-01-01`) : time;
}
