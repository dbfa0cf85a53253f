/** `--ui` and `--open`: the dashboard beside a run, at the page of this run. */
import { basename, dirname, resolve } from "node:path";
import { type Command, Option } from "commander";
import { type UiProcess, startUiProcess } from "../../app/ui/ui-process.ts";
import type { Invocation } from "../command.ts";
import { untilStopped } from "../interrupt.ts";

/** What the options give. */
interface UiFlags {
  readonly ui?: true;
  readonly open?: true;
}

/** Adds the options to a command that trains. */
export const addUiOptions = (command: Command): Command =>
  command
    .option("--ui", "serve a page that shows the run; it stays until Ctrl-C")
    .addOption(new Option("--open", "--ui, and open the page in a browser").implies({ ui: true }));

/** An event of a run; the first note with a folder says where the run writes. */
interface RunEvent {
  readonly kind: string;
  readonly folder?: string | undefined;
}

/**
 * Prints a run, and serves the dashboard beside it where `--ui` asks for it. It stays after the end where a person is at the
 * terminal; in a pipe and with --json it ends with the run.
 * @param print  prints the events
 */
export async function besideUi<E extends RunEvent, R>(
  { flags, terminal, interrupt, signal }: Invocation,
  events: AsyncIterable<E>,
  print: (events: AsyncIterable<E>) => Promise<R>,
): Promise<R> {
  const { ui: isAsked, open } = flags as UiFlags;
  if (isAsked !== true) return print(events);
  let ui: UiProcess | undefined;
  let url: Promise<string | undefined> | undefined;
  const warn = (text: string): void => terminal.warn(`--ui: ${text}`);
  const begin = (folder: string): void => {
    ui = startUiProcess({ runs: dirname(resolve(folder)) }, warn);
    url = ui.url.then((root) => root && `${root}/runs/${encodeURIComponent(basename(folder))}`);
    void url.then(async (at) => {
      if (at === undefined) return;
      terminal.tell({ event: "ui", url: at }, `  the run in the browser: ${at}`);
      if (open === true) await openAt(at, warn);
    });
  };
  try {
    const result = await print(beginningWith(events, begin));
    const at = await url;
    if (at !== undefined && terminal.isInteractive && !signal.aborted) {
      terminal.say(`  ${at} stays; Ctrl-C ends`);
      await pressed(interrupt, signal);
    }
    return result;
  } finally {
    ui?.close();
  }
}

async function openAt(url: string, warn: (text: string) => void): Promise<void> {
  const { openAddress } = await import("../../app/ui/open-address.ts");
  const problem = await openAddress(url);
  if (problem !== undefined) warn(problem);
}

/** The events as they are; `begin` is called with the folder once one says it. */
async function* beginningWith<E extends RunEvent>(
  events: AsyncIterable<E>,
  begin: (folder: string) => void,
): AsyncGenerator<E> {
  let hasBegun = false;
  for await (const event of events) {
    yield event;
    const { kind, folder } = event;
    if (hasBegun || kind !== "note" || folder === undefined) continue;
    hasBegun = true;
    begin(folder);
  }
}

/** Resolves at Ctrl-C, which ends the page and not the run: that one is done. */
const pressed = (
  interrupt: Invocation["interrupt"],
  signal: Invocation["signal"],
): Promise<void> => {
  const { promise, resolve: end } = Promise.withResolvers<void>();
  interrupt.divert(end);
  return Promise.race([promise, untilStopped(signal)]);
};
