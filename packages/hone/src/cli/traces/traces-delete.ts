/** `hone traces delete`: deletes traces of a store. */
import { createInterface } from "node:readline";
import { HoneError } from "../../core/errors.ts";
import { defineCommand } from "../command.ts";
import { counted } from "../terminal/shown-text.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { addFilter, filterOf, type TraceFlags } from "./filter-options.ts";
import { storeAt, storeOption } from "./store-options.ts";

interface Flags extends TraceFlags {
  readonly all?: boolean;
  readonly yes?: boolean;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone traces delete 4bf92f3577 9c1d02aa41",
    "npx hone traces delete --status failed --to 30d --yes",
  ],
  notes: [
    "When an id fits no trace or several, all stay. Asks on a terminal; elsewhere",
    "--yes must be there. --json: {deleted}.",
  ],
  define: (command) =>
    void addFilter(
      command
        .argument("[ids...]", "or the beginnings of them")
        .addOption(storeOption())
        .option("--all", "every trace of the store")
        .option("--yes", "without asking"),
    ),
  run: async ({ values, flags, terminal, signal }) => {
    const filter = filterOf(flags);
    const { all = false, yes = false } = flags;
    const ways = [values.length > 0, Object.keys(filter).length > 0, all].filter(Boolean).length;
    if (ways !== 1) refuse("give either ids, or conditions such as --status failed, or --all");
    const { deleteFromStore } = await import("../../app/traces/store-work.ts");
    const chosen = values.length > 0 ? { beginnings: values } : { filter };
    const deleted = await deleteFromStore(storeAt(flags, terminal), chosen, {
      isAgreed: async (count) => yes || isAgreed(count, terminal, signal),
      signal,
      onProgress: terminal.progress,
    });
    if (deleted === undefined) return terminal.tell({ deleted: 0 }, "nothing deleted");
    terminal.tell({ deleted }, `${counted(deleted, "trace")} deleted`);
  },
});

function refuse(problem: string): never {
  throw new HoneError("USAGE_INVALID", { command: "npx hone traces delete", problem });
}

/** Asks whether so many traces are to be deleted. @throws USAGE_INVALID without a terminal */
async function isAgreed(count: number, terminal: Terminal, signal: AbortSignal): Promise<boolean> {
  const { stdin, stderr } = terminal.streams;
  if (!stdin.isTTY) refuse(`${counted(count, "trace")} would be deleted; say so with --yes`);
  const lines = createInterface({ input: stdin, output: stderr, terminal: false });
  try {
    stderr.write(`Delete ${counted(count, "trace")}? There is no way back. [y/N] `);
    const answer = await new Promise<string>((resolve) => {
      lines.once("line", resolve).once("close", () => resolve(""));
      signal.addEventListener("abort", () => resolve(""), { once: true });
    });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
