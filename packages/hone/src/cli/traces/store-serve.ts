/** `hone store serve`: a store over HTTP. */
import { messageOf } from "../../core/errors.ts";
import { defineCommand } from "../command.ts";
import { untilStopped } from "../interrupt.ts";
import { wholeNumber } from "../options.ts";
import { addStoreArgument, storeArgument, type StoreFlags } from "./store-options.ts";

interface Flags extends StoreFlags {
  readonly host: string;
  readonly port: number;
  readonly maxSize: number;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone store serve sqlite:./hone.db",
    "HONE_STORE_KEY=… npx hone store serve sqlite:./hone.db --host 0.0.0.0",
  ],
  notes: [
    "Every command takes the address it prints as --store:",
    "  npx hone traces list --store http://127.0.0.1:4319",
    "Other hosts than 127.0.0.1 need a key in HONE_STORE_KEY; clients show the same.",
    "It speaks plain HTTP: put a proxy with TLS before it where others can listen.",
    "Ctrl-C ends in order.",
  ],
  define: (command) =>
    void addStoreArgument(command)
      .option("--host <address>", "where to listen", "127.0.0.1")
      .option("--port <n>", "0: a free one", wholeNumber(0, 65_535), 4319)
      .option("--max-size <MB>", "of one request", wholeNumber(1, 2000), 64),
  run: async ({ values, flags, terminal, signal }) => {
    const { serveStore } = await import("../../app/serving/serve-store.ts");
    const { host, port, maxSize } = flags;
    const key = process.env["HONE_STORE_KEY"];
    const serving = await serveStore({
      store: storeArgument("store serve", values, flags),
      host,
      port,
      requestBytes: maxSize * 1_000_000,
      ...(key === undefined ? {} : { key }),
      onError: (error) => terminal.warn(messageOf(error)),
    });
    const { url } = serving;
    terminal.tell({ event: "listening", url }, `serving the store at ${url}; Ctrl-C ends`);
    await untilStopped(signal);
    await serving.close();
    terminal.tell({ event: "stopped" }, "stopped");
  },
});
