/** `hone store copy`: all traces of one store into another. */
import { defineCommand } from "./command.ts";
import { addFilter, type FilterFlags, filterOf } from "./trace-options.ts";

export const command = defineCommand<FilterFlags>({
  summary: "Copy the traces of one store into another, and prove that nothing is lost.",
  examples: [
    "npx hone store copy files:./rl_data sqlite:./hone.db",
    "npx hone store copy sqlite:./hone.db postgres://ada@db.example/traces",
  ],
  notes: [
    "What is there already with the same content is passed over, so after Ctrl-C the",
    "same command goes on. At the end every trace is read again from both stores.",
    "A password may stand in PGPASSWORD or ~/.pgpass instead of the address.",
  ],
  define: (command) =>
    void addFilter(
      command
        .argument("<from>", "files:<folder>, sqlite:<file> or postgres://…")
        .argument("<to>", "the same; made when it is not there"),
    ),
  run: async ({ values, flags, terminal, signal }) => {
    const { copyStore } = await import("../app/store-work.ts");
    const [from, to] = [values[0]!, values[1]!];
    const report = await copyStore(from, to, {
      filter: filterOf(flags),
      signal,
      onProgress: terminal.progress,
      onProblem: (problem) => terminal.warn(problem.message),
    });
    const { traces, spans, copied, alreadyThere, hash } = report;
    terminal.tell(
      { ...report },
      `${traces} traces with ${spans} spans are the same in both stores\n` +
        `  ${copied} copied, ${alreadyThere} were there already\n  sha256 ${hash}`,
    );
  },
});
