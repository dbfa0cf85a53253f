/** `hone collect`: an endpoint that receives OpenTelemetry spans. */
import { defineCommand } from "../command.ts";
import { untilStopped } from "../interrupt.ts";
import { wholeNumber } from "../options.ts";
import { storeOf, storeOption } from "../traces/store-options.ts";

interface Flags {
  readonly store: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly maxSize: number;
  readonly redact: boolean;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone collect",
    "npx hone collect --store postgres://ada@db.example/traces --port 0",
  ],
  notes: [
    "Takes OTLP over HTTP, as protobuf or JSON.",
    "Programs send here with OTEL_EXPORTER_OTLP_ENDPOINT=<the address it prints>.",
    "Other hosts than 127.0.0.1 need a key in HONE_COLLECT_KEY; senders show it with",
    'OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer <key>". Ctrl-C ends in order.',
  ],
  define: (command) =>
    void command
      .addOption(storeOption("where traces go; made when it is not there"))
      .option("--host <address>", "where to listen", "127.0.0.1")
      .option("--port <n>", "0: a free one", wholeNumber(0, 65_535), 4318)
      .option("--max-size <MB>", "of one request, inflated", wholeNumber(1, 2000), 64)
      .option("--no-redact", "store secrets as they come"),
  run: async ({ flags, terminal, signal }) => {
    const { collect } = await import("../../app/serving/collector.ts");
    const { host, port, maxSize, redact } = flags;
    const key = process.env["HONE_COLLECT_KEY"];
    const collecting = await collect({
      store: storeOf(flags),
      host,
      port,
      requestBytes: maxSize * 1_000_000,
      ...(redact ? {} : { redaction: false }),
      ...(key === undefined ? {} : { key }),
      onRefused: (error) => terminal.warn(error.message),
    });
    const { url } = collecting;
    terminal.tell({ event: "listening", url }, `taking spans at ${url}; Ctrl-C ends`);
    await untilStopped(signal);
    const totals = await collecting.close();
    const { traces, spans, rewards, rejected, problem } = totals;
    if (problem !== undefined) terminal.warn(`${rejected} refused, the first because ${problem}`);
    terminal.tell(
      { traces, spans, rewards, rejected, ...(problem === undefined ? {} : { problem }) },
      `${spans} spans and ${rewards} rewards received (repeats included), ${traces} traces of them new, ${rejected} refused`,
    );
  },
});
