/** `hone traces send`: traces of a store to a collector of OpenTelemetry. */
import { Option } from "commander";
import { defineCommand } from "./command.ts";
import { wholeNumber } from "./parse.ts";

interface Flags {
  readonly agent?: string;
  readonly tag?: string;
  readonly encoding: "protobuf" | "json";
  readonly timeout: number;
}

export const command = defineCommand<Flags>({
  summary: "Send traces to a collector of OpenTelemetry (OTLP over HTTP).",
  examples: ["npx hone traces send sqlite:./hone.db http://127.0.0.1:4318"],
  notes: [
    "Headers for the collector stand in OTEL_EXPORTER_OTLP_HEADERS, as name=value",
    "with commas between them. Sending the same traces again sends the same ids.",
  ],
  define: (command) =>
    void command
      .argument("<store>", "files:<folder>, sqlite:<file> or postgres://…")
      .argument("<collector>", "such as http://127.0.0.1:4318")
      .option("--agent <name>", "only traces of this agent")
      .option("--tag <tag>", "only traces with this tag")
      .addOption(
        new Option("--encoding <form>", "of the requests")
          .choices(["protobuf", "json"])
          .default("protobuf"),
      )
      .option("--timeout <seconds>", "for each request and its repetitions", wholeNumber(1), 30),
  run: async ({ values, flags, terminal, signal }) => {
    const { sendTraces } = await import("../app/store-to-collector.ts");
    const { agent, tag, encoding, timeout } = flags;
    const report = await sendTraces(values[0]!, {
      url: values[1]!,
      encoding,
      timeoutMs: timeout * 1000,
      signal,
      filter: { ...(agent === undefined ? {} : { agent }), ...(tag === undefined ? {} : { tag }) },
    });
    terminal.tell({ ...report }, `${report.traces} traces with ${report.spans} spans sent`);
  },
});
