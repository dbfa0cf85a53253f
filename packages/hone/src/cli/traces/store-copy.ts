/** `hone store copy`: copies the traces of one store into another. */
import type { StoreCopyReport } from "../../app/traces/store-work.ts";
import { shownAddress } from "../../core/shown-address.ts";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { problemPrinter } from "../report-error.ts";
import { counted } from "../terminal/shown-text.ts";
import { addFilter, type FilterFlags, filterOf } from "./filter-options.ts";
import { storeForms } from "./store-options.ts";

export const command = defineCommand<FilterFlags>({
  examples: [
    "npx hone store copy files:./rl_data sqlite:./hone.db",
    "npx hone store copy sqlite:./hone.db postgres://ada@db.example/traces",
  ],
  notes: [
    "What is there already with the same content is passed over, so after Ctrl-C the",
    "same command resumes. At the end every trace is read again from both stores.",
    "What cannot be read is named, the rest is copied, and the exit code is 1.",
    "--json: {traces, spans, copied, alreadyThere, hash, unreadable}.",
    "A password may stand in PGPASSWORD or ~/.pgpass instead of the address.",
  ],
  define: (command) =>
    void addFilter(
      command
        .argument("<from>", storeForms)
        .argument("<to>", "the same; made when it is not there"),
    ),
  run: async ({ values, flags, terminal, signal }) => {
    const { copyStore } = await import("../../app/traces/store-work.ts");
    const [from, to] = [values[0]!, values[1]!];
    const report = await copyStore(from, to, {
      filter: filterOf(flags),
      signal,
      onProgress: terminal.progress,
      onProblem: problemPrinter(terminal),
    });
    terminal.tell({ ...report }, said(report, from));
    return report.unreadable === 0 ? exitCodes.done : exitCodes.failed;
  },
});

function said(report: StoreCopyReport, from: string): string {
  const { traces, spans, copied, alreadyThere, hash, unreadable } = report;
  const lost =
    unreadable === 0 ? "" : `\n  ${counted(unreadable, "part")} of it could not be read, see above`;
  if (traces === 0)
    return `nothing was copied: no trace of ${shownAddress(from)} is like that${lost}`;
  const counts = `${counted(traces, "trace")} with ${counted(spans, "span")}`;
  const same = `${counts} ${traces === 1 ? "is" : "are"} the same in both stores`;
  return `${same}\n  ${copied} copied, ${alreadyThere} there already${lost}\n  sha256 ${hash}`;
}
