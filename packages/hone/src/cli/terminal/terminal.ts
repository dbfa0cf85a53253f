/** What commands print to: text for people, lines of JSON for programs, and one progress line. */
import { styleText } from "node:util";
import type { Progress } from "../../core/progress.ts";
import { shownJson } from "./shown-text.ts";

/** A process's streams, or a test's. */
export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

type Style = Parameters<typeof styleText>[0];

/** In a pipe progress is a plain line, at most one in this time. */
const PLAIN_PROGRESS_MS = 5_000;
const LINE_PROGRESS_MS = 80;

export class Terminal {
  readonly streams: Streams;
  readonly isJson: boolean;
  #lastProgress = -Infinity;
  #hasProgressLine = false;

  constructor(streams: Streams, isJson: boolean) {
    this.streams = streams;
    this.isJson = isJson;
  }

  /** A line for people; nothing with --json. */
  say(text = ""): void {
    if (this.isJson) return;
    this.clearProgress();
    this.streams.stdout.write(`${text}\n`);
  }

  /** A piece of a line, for replies that arrive bit by bit. */
  write(text: string): void {
    if (!this.isJson) this.streams.stdout.write(text);
  }

  /** A fact for programs, one line of JSON; nothing without --json. */
  emit(fact: Readonly<Record<string, unknown>>): void {
    if (this.isJson) this.streams.stdout.write(`${shownJson(fact)}\n`);
  }

  /** The same in both forms. */
  tell(fact: Readonly<Record<string, unknown>>, text: string): void {
    this.emit(fact);
    this.say(text);
  }

  /** A line on stderr, whoever reads stdout. */
  warn(text: string): void {
    this.clearProgress();
    this.streams.stderr.write(`${text}\n`);
  }

  /** How far the work is: one line that is written over on a terminal, now and then a plain line in a pipe. */
  readonly progress = (progress: Progress): void => {
    const { stderr } = this.streams;
    const now = performance.now();
    const pause = stderr.isTTY && !this.isJson ? LINE_PROGRESS_MS : PLAIN_PROGRESS_MS;
    if (now - this.#lastProgress < pause) return;
    // A pipe hears of work only once it has taken a while.
    const isFirst = this.#lastProgress === -Infinity;
    this.#lastProgress = now;
    if (isFirst && pause === PLAIN_PROGRESS_MS) return;
    if (this.isJson) this.emit({ event: "progress", ...progress });
    else if (stderr.isTTY) this.#overwrite(progressText(progress));
    else stderr.write(`${progressText(progress)}\n`);
  };

  clearProgress(): void {
    if (this.#hasProgressLine) this.streams.stderr.write("\r\u001b[K");
    this.#hasProgressLine = false;
  }

  /** Colours only on a terminal, never under NO_COLOR. */
  style(style: Style, text: string, stream: "stdout" | "stderr" = "stdout"): string {
    return styleText(style, text, { stream: this.streams[stream] });
  }

  /** Ends a line that progress or a reply left open. */
  close(): void {
    this.clearProgress();
  }

  #overwrite(text: string): void {
    const room = Math.max(20, this.streams.stderr.columns - 1);
    this.streams.stderr.write(`\r\u001b[K${text.slice(0, room)}`);
    this.#hasProgressLine = true;
  }
}

/** "reading weights   42 %   120 MB/s   4 s left" */
export function progressText({ what, share, rate, secondsLeft }: Progress): string {
  return [
    what,
    ...(share === undefined ? [] : [`${Math.floor(100 * share)} %`]),
    ...(rate === undefined ? [] : [rate]),
    ...(secondsLeft === undefined ? [] : [`${durationText(secondsLeft)} left`]),
  ].join("   ");
}

/** "8.1 s", "2 m 05 s", "1 h 20 m" */
export function durationText(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${String(Math.floor(seconds % 60)).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} m`;
}
