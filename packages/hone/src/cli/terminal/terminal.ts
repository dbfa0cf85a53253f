/** What commands print with: text for people, lines of JSON for programs, and one line of progress. */
import type { Readable, Writable } from "node:stream";
import { styleText } from "node:util";
import { progressText } from "../../app/training/run-figures.ts";
import type { Progress } from "../../core/progress.ts";
import type { debugLine } from "./debug-line.ts";
import { shownJson } from "./shown-text.ts";

/** The standard streams of a process, or those of a test. */
export interface Streams {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}

/** A stream for output, which may be a terminal. */
export type OutputStream = Writable & {
  readonly isTTY?: boolean;
  /** Width of the terminal in characters. */
  readonly columns?: number;
};

type Style = Parameters<typeof styleText>[0];

/** Minimum time between two lines of progress in a pipe, in ms. */
const PLAIN_PROGRESS_MS = 5_000;
/** Minimum time between two changes of the line of progress on a terminal, in ms. */
const LINE_PROGRESS_MS = 80;

/** Prints what a command has to say, to people or, with --json, to programs. */
export class Terminal {
  readonly streams: Streams;
  /** True with --json. */
  readonly isJson: boolean;
  #lastProgress = -Infinity;
  #debugLine: typeof debugLine | undefined;
  #hasProgressLine = false;

  constructor(streams: Streams, isJson: boolean) {
    this.streams = streams;
    this.isJson = isJson;
  }

  /** True when a person types the input and reads the output. */
  get isInteractive(): boolean {
    const { stdin, stdout } = this.streams;
    return stdin.isTTY === true && stdout.isTTY === true && !this.isJson;
  }

  /** True where progress overwrites its own line. */
  get hasLiveProgress(): boolean {
    return this.streams.stderr.isTTY === true;
  }

  /** Prints a line for people; nothing with --json. */
  say(text = ""): void {
    if (this.isJson) return;
    this.clearProgress();
    this.streams.stdout.write(`${text}\n`);
  }

  /** Prints a piece of a line for people, for replies that arrive bit by bit. */
  write(text: string): void {
    if (!this.isJson) this.streams.stdout.write(text);
  }

  /** Prints a fact for programs as a line of JSON; nothing without --json. */
  emit(fact: Readonly<Record<string, unknown>>): void {
    if (this.isJson) this.streams.stdout.write(`${shownJson(fact)}\n`);
  }

  /** Prints the fact with --json, else the text. */
  tell(fact: Readonly<Record<string, unknown>>, text: string): void {
    this.emit(fact);
    this.say(text);
  }

  /** Prints a line on stderr, with and without --json. */
  warn(text: string): void {
    this.clearProgress();
    this.streams.stderr.write(`${text}\n`);
  }

  /** Prints from now on what `debug` is given. What hides secrets in it is loaded only here, since other commands need none of it. */
  async showDebug(): Promise<void> {
    ({ debugLine: this.#debugLine } = await import("./debug-line.ts"));
  }

  /** Prints what only a search for a fault needs, on stderr, after `showDebug`. */
  debug(what: string, facts: () => Readonly<Record<string, unknown>>): void {
    if (this.#debugLine !== undefined) this.warn(this.#debugLine(what, facts()));
  }

  /** Shows how far the work is: on a terminal one line that is overwritten, in a pipe a line now and then. */
  readonly progress = (progress: Progress): void => {
    const { stderr } = this.streams;
    const now = performance.now();
    const pause = stderr.isTTY && !this.isJson ? LINE_PROGRESS_MS : PLAIN_PROGRESS_MS;
    if (now - this.#lastProgress < pause) return;
    // In a pipe short work prints no progress: the first report only starts the clock.
    const isFirst = this.#lastProgress === -Infinity;
    this.#lastProgress = now;
    if (isFirst && pause === PLAIN_PROGRESS_MS) return;
    if (this.isJson) this.emit({ event: "progress", ...progress });
    else if (stderr.isTTY) this.#overwrite(progressText(progress));
    else stderr.write(`${progressText(progress)}\n`);
  };

  /** Removes the line of progress, before something else is printed. */
  clearProgress(): void {
    if (this.#hasProgressLine) this.streams.stderr.write("\r\u001b[K");
    this.#hasProgressLine = false;
  }

  /** The text in a style, on a terminal only and never under NO_COLOR. */
  style(style: Style, text: string, stream: "stdout" | "stderr" = "stdout"): string {
    return styleText(style, text, { stream: this.streams[stream] });
  }

  /** Removes what is left of progress at the end of a command. */
  close(): void {
    this.clearProgress();
  }

  #overwrite(text: string): void {
    const room = Math.max(20, (this.streams.stderr.columns ?? 80) - 1);
    this.streams.stderr.write(`\r\u001b[K${text.slice(0, room)}`);
    this.#hasProgressLine = true;
  }
}
