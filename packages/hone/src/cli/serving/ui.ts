/** `hone ui`: runs and traces in the browser. */
import { messageOf } from "../../core/errors.ts";
import { defineCommand } from "../command.ts";
import { untilStopped } from "../interrupt.ts";
import { runsOption, wholeNumber } from "../options.ts";
import { filterOption } from "../traces/filter-options.ts";
import { type StoreFlags, storeOption } from "../traces/store-options.ts";

interface Flags extends StoreFlags {
  readonly runs: string;
  readonly prices?: string;
  readonly host: string;
  readonly port: number;
  readonly allowTraining?: boolean;
  readonly allowChat?: boolean;
}

export const command = defineCommand<Flags>({
  examples: ["npx hone ui", "npx hone ui --runs runs --store sqlite:./hone.db"],
  notes: [
    "Shows runs while they train and the traces of agents, and lets people judge",
    "answers (docs/dashboard.md#people), which is kept as feedback in the traces.",
    "Other hosts than 127.0.0.1 need a key in HONE_UI_KEY, which the page asks for;",
    "the address that a terminal shows has it, behind a #, which browsers keep for",
    "themselves. It speaks plain HTTP: put a proxy with TLS before it where others",
    "can listen. docs/dashboard.md.",
    "Ctrl-C ends in order.",
  ],
  define: (command) =>
    void command
      .addOption(runsOption())
      .addOption(storeOption())
      .addOption(filterOption("prices"))
      .option("--host <address>", "where to listen", "127.0.0.1")
      .option("--port <n>", "0: a free one", wholeNumber(0, 65_535), 4320)
      .option("--allow-training", "the page may start trainings on what people said")
      .option("--allow-chat", "the page may load checkpoints, one at a time, to chat"),
  run: async ({ flags, terminal, signal }) => {
    const { serveUi } = await import("../../app/ui/serve-ui.ts");
    const { runs, store, prices, host, port, allowTraining = false, allowChat = false } = flags;
    const key = process.env["HONE_UI_KEY"];
    const ui = await serveUi({
      ...{ runs, host, port, allowTraining, allowChat },
      ...(store !== undefined && { store }),
      ...(prices !== undefined && { prices }),
      ...(key !== undefined && { key }),
      onError: (error) => terminal.warn(messageOf(error)),
    });
    const shown = ui.store === undefined ? "no traces yet" : `traces of ${ui.store}`;
    // Logs are no place for a key; a person's terminal is.
    const address = terminal.streams.stdout.isTTY ? ui.keyedUrl : ui.url;
    terminal.tell(
      { event: "listening", url: ui.url },
      `${address}\n  runs in ${runs}, ${shown}; Ctrl-C ends`,
    );
    await untilStopped(signal);
    await ui.close();
    terminal.tell({ event: "stopped" }, "stopped");
  },
});
