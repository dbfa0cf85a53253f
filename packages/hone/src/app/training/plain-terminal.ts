/** What `train()` prints its progress with: lines on stderr, and one line there that is overwritten. */
import { styleText } from "node:util";
import type { Progress } from "../../core/progress.ts";
import { progressText } from "./run-figures.ts";
import type { RunTerminal } from "./run-printer.ts";

/** A stream for output, which may be a terminal. */
export interface OutputStream {
  readonly isTTY?: boolean;
  /** Width in characters. */
  readonly columns?: number;
  write(text: string): unknown;
}

/** Prints the warnings of a run but not its progress: for output into a file or a pipe. */
export function warningTerminal(stream: OutputStream): RunTerminal {
  const nothing = (): void => {};
  const terminal = plainTerminal(stream);
  return { ...terminal, hasLiveProgress: false, say: nothing, tell: nothing, progress: nothing };
}

/** Text for people only; colours where the stream takes them. */
export function plainTerminal(stream: OutputStream): RunTerminal {
  let hasLine = false;
  const clear = (): void => {
    if (hasLine) stream.write("\r\u001b[K");
    hasLine = false;
  };
  const say = (text: string): void => {
    clear();
    stream.write(`${text}\n`);
  };
  return {
    isJson: false,
    hasLiveProgress: stream.isTTY === true,
    say,
    emit: () => {},
    tell: (_fact, text) => say(text),
    warn: say,
    progress: (progress: Progress) => {
      if (stream.isTTY !== true) return;
      const room = Math.max(20, (stream.columns ?? 80) - 1);
      stream.write(`\r\u001b[K${progressText(progress).slice(0, room)}`);
      hasLine = true;
    },
    style: (style, text) => (stream.isTTY === true ? styleText(style, text) : text),
  };
}
