/** `hone store copy`: all traces of one store into another. */
import { defineCommand } from "./command.ts";

interface Flags {
  readonly agent?: string;
  readonly tag?: string;
}

export const command = defineCommand<Flags>({
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
    void command
      .argument("<from>", "files:<folder>, sqlite:<file> or postgres://…")
      .argument("<to>", "the same; made when it is not there")
      .option("--agent <name>", "only traces of this agent")
      .option("--tag <tag>", "only traces with this tag"),
  run: async ({ values, flags, terminal, signal }) => {
    const { copyStore } = await import("../app/store-work.ts");
    const [from, to] = [values[0]!, values[1]!];
    const { agent, tag } = flags;
    const report = await copyStore(from, to, {
      filter: { ...(agent === undefined ? {} : { agent }), ...(tag === undefined ? {} : { tag }) },
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
