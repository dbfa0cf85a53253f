/** `hone record`: runs another program and records its calls of models and tools. */
import type { ProgramEnd } from "./run-program.ts";
import { messageOf } from "../../core/errors.ts";
import { defineCommand } from "../command.ts";
import { RecordPrinter } from "./record-printer.ts";
import { reportError } from "../report-error.ts";
import { storeOf, storeOption } from "../traces/store-options.ts";

interface Flags {
  readonly store: string | undefined;
  readonly agent?: string;
  readonly writeRewards?: string;
  readonly quiet?: boolean;
  readonly otel?: boolean;
}

/** Printed when the store did not answer in time at the end. */
const NOT_WHOLE = "the store did not answer in time; the sums may lack the last calls";

export const command = defineCommand<Flags>({
  examples: [
    "npx hone record -- node app.js",
    "npx hone record --store files:./rl_data --agent planner -- npm start",
  ],
  notes: [
    "Recorded are calls of AI SDKs and requests to models by Node programs as they",
    "are. Other programs send OpenTelemetry to an endpoint that listens while they",
    "run (OTEL_EXPORTER_OTLP_ENDPOINT, unless it is set already).",
    "stdin and stdout are the program's. Rows of calls go to stderr; --json:",
    "{event: call}, then {event: recorded} lines, on stderr too.",
  ],
  exitCode: "the program's; 127: no program has that name, 126: it cannot start",
  startsProgram: true,
  define: (command) =>
    void command
      .argument("<program...>", "the program and its arguments, behind --")
      .addOption(storeOption("where traces go; made when it is not there"))
      .option("--agent <name>", "agent of traces whose SDK names none")
      .option("--write-rewards <list>", "write rewards: tool, answer_quality, coordination")
      .option("--quiet", "no row for each call, only the sums at the end")
      .option("--otel", "take OpenTelemetry's spans of Node programs too"),
  run: async ({ values, flags, terminal, interrupt }) => {
    const [{ closeMs, recordProgram }, { missingProgram, runProgram }, { inTime }] =
      await Promise.all([
        import("../../app/recording/record-program.ts"),
        import("./run-program.ts"),
        import("../../core/in-time.ts"),
      ]);
    const { agent, writeRewards: rewards, quiet = false, otel = false } = flags;
    const missing = missingProgram(values[0]!, process.env);
    if (missing?.error !== undefined) {
      reportError(missing.error, terminal);
      return missing.code;
    }
    const isOff = process.env["HONE_TRACES"] === "off";
    const printer = new RecordPrinter(terminal, { isQuiet: quiet, store: flags.store, isOff });
    const recording = await recordProgram({
      store: storeOf(flags),
      ...(agent === undefined ? {} : { agent }),
      ...(rewards === undefined ? {} : { rewards }),
      withOtel: otel,
      environment: process.env,
      onRefused: (error) => printer.problem(error.message),
    });
    // From here on the program handles Ctrl-C.
    interrupt.release();
    const { environment, tag } = recording;
    const ended = new AbortController();
    const following = (async () => {
      const onProblem = (problem: unknown): void => {
        if (!ended.signal.aborted) printer.problem(messageOf(problem));
      };
      const changes = recording.changes({ signal: ended.signal, onProblem });
      for await (const some of changes) printer.changes(some);
      return true;
    })();
    let end: ProgramEnd | undefined;
    try {
      end = await runProgram(values as [string, ...string[]], environment);
    } finally {
      ended.abort();
      const isStuck = (await inTime(following, closeMs)) === undefined;
      const { changes, isWhole, ...sums } = await recording.close(isStuck);
      printer.changes(changes);
      if (!isWhole) printer.problem(NOT_WHOLE);
      if (end !== undefined && end.error === undefined) printer.summary(tag, sums, end.code);
    }
    if (end.error !== undefined) reportError(end.error, terminal);
    return end.code;
  },
});
