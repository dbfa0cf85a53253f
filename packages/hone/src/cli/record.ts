/** `hone record`: another program, and what its calls of models and tools were. */
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../core/errors.ts";
import { defineCommand } from "./command.ts";
import { RecordPrinter } from "./record-printer.ts";
import { reportError } from "./report-error.ts";
import { storeOf, storeOption } from "./trace-options.ts";

interface Flags {
  readonly store: string | undefined;
  readonly agent?: string;
  readonly quiet?: boolean;
  readonly otel?: boolean;
}

const lookMs = 250;

export const command = defineCommand<Flags>({
  summary: "Run a program as it is, and record its calls of models and tools.",
  examples: [
    "npx hone record -- node app.js",
    "npx hone record --store files:./rl_data --agent planner -- npm start",
  ],
  notes: [
    "Seen are calls of AI SDKs and requests to models of Node programs as they are;",
    "other programs send OpenTelemetry to an endpoint that is there while they run",
    "(OTEL_EXPORTER_OTLP_ENDPOINT, unless it is set already).",
    "stdin and stdout are the program's, and its exit code is ours. Rows of calls go",
    "to stderr; --json: {event: call}, then {event: recorded} lines, on stderr too.",
  ],
  startsProgram: true,
  define: (command) =>
    void command
      .argument("<program...>", "behind --, with what it is given")
      .addOption(storeOption("where traces go; made when it is not there"))
      .option("--agent <name>", "of traces whose SDK names none")
      .option("--quiet", "no row for each call, only the sums at the end")
      .option("--otel", "Node programs send OpenTelemetry's spans too"),
  run: async ({ values, flags, terminal, interrupt }) => {
    const [{ recordProgram }, { runProgram }] = await Promise.all([
      import("../app/record.ts"),
      import("../app/run-program.ts"),
    ]);
    const { agent, quiet = false, otel = false } = flags;
    const printer = new RecordPrinter(terminal, { isQuiet: quiet, store: flags.store });
    const recording = await recordProgram({
      store: storeOf(flags),
      ...(agent === undefined ? {} : { agent }),
      withOtel: otel,
      environment: process.env,
      onRefused: (error) => printer.problem(error.message),
    });
    // From here on Ctrl-C is the program's.
    interrupt.release();
    const ended = new AbortController();
    const following = (async () => {
      while (!ended.signal.aborted) {
        try {
          printer.changes(await recording.look());
        } catch (error) {
          printer.problem(messageOf(error));
        }
        await sleep(lookMs, undefined, { signal: ended.signal }).catch(() => undefined);
      }
    })();
    const { code, error } = await runProgram(
      values as [string, ...string[]],
      recording.environment,
    );
    ended.abort();
    await following;
    try {
      const { changes, dropped } = await recording.close();
      printer.changes(changes);
      if (error === undefined) printer.summary(recording.tag, dropped, code);
    } catch (problem) {
      printer.problem(messageOf(problem));
    }
    if (error !== undefined) reportError(error, terminal);
    return code;
  },
});
