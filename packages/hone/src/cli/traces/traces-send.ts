/** `hone traces send`: sends traces of a store to an OpenTelemetry collector. */
import { Option } from "commander";
import { HoneError } from "../../core/errors.ts";
import { defineCommand } from "../command.ts";
import { wholeNumber } from "../options.ts";
import { exitCodes } from "../exit-codes.ts";
import { counted } from "../terminal/shown-text.ts";
import { addFilter, filterOf, type TraceFlags } from "./filter-options.ts";
import { storeAt, storeOption } from "./store-options.ts";

interface Flags extends TraceFlags {
  readonly encoding: "protobuf" | "json";
  readonly timeout: number;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone traces send http://127.0.0.1:4318",
    "npx hone traces send http://127.0.0.1:4318 --agent planner --from 1d",
    "WANDB_API_KEY=… WANDB_PROJECT=team/agents npx hone traces send weave",
  ],
  notes: [
    "Sends OTLP over HTTP. Headers for the collector stand in",
    "OTEL_EXPORTER_OTLP_HEADERS, as name=value with commas between them. Sending the",
    "same traces again sends the same ids.",
  ],
  define: (command) =>
    void addFilter(
      command
        .argument("<collector>", "such as http://127.0.0.1:4318, or weave (W&B)")
        .addOption(storeOption())
        .addOption(
          new Option("--encoding <form>", "of the requests")
            .choices(["protobuf", "json"])
            .default("protobuf"),
        )
        .option("--timeout <seconds>", "for a request, all tries together", wholeNumber(1), 30),
    ),
  run: async ({ values, flags, terminal, signal }) => {
    const { sendTraces } = await import("../../app/traces/store-to-collector.ts");
    const { encoding, timeout } = flags;
    const { url: store, onProblem } = storeAt(flags, terminal);
    const report = await sendTraces(store, {
      url: values[0]!,
      encoding,
      timeoutMs: timeout * 1000,
      signal,
      filter: filterOf(flags),
      onProblem,
    });
    const { traces, spans, refused, problem, unreadable } = report;
    const lost = unreadable === 0 ? "" : `, ${unreadable} could not be read`;
    const not = refused === 0 ? "" : `, ${refused} of these spans refused by the collector`;
    terminal.tell(
      { ...report },
      `${counted(traces, "trace")} with ${counted(spans, "span")} sent${not}${lost}`,
    );
    if (refused > 0) {
      const reason = problem ?? "it gave no reason";
      terminal.warn(new HoneError("OTLP_PARTLY_REFUSED", { refused, reason }).message);
    }
    return unreadable + refused === 0 ? exitCodes.done : exitCodes.failed;
  },
});
