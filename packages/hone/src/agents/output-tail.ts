/** The end of what a program writes, so that it may write without end. */

/** Characters kept of the end of each output; bytes of an answer's file at most. */
export const keptCharacters = 65_536;

/** Characters of each output that are kept with the rollout. */
const shownCharacters = 4096;

/** The end of one output of a program. */
export interface OutputTail {
  /** Resolves when the program has closed the output. */
  readonly ended: Promise<void>;
  /** The last characters. */
  readonly text: () => string;
  /** The same, shorter, with the number of characters before. */
  readonly shown: () => string;
  /** Forgets what was written so far. */
  readonly clear: () => void;
}

/** The last characters of a stream. */
export function outputTail(stream: NodeJS.ReadableStream): OutputTail {
  let text = "";
  let length = 0;
  stream.setEncoding("utf8");
  stream.on("data", (piece: string) => {
    length += piece.length;
    text = (text + piece).slice(-keptCharacters);
  });
  const ended = new Promise<void>((resolve) => {
    stream.once("close", resolve);
    stream.once("error", () => resolve());
  });
  const shown = (): string => {
    const cut = length - shownCharacters;
    return cut <= 0 ? text : `… ${cut} characters before\n${text.slice(-shownCharacters)}`;
  };
  const clear = (): void => {
    [text, length] = ["", 0];
  };
  return { ended, text: () => text, shown, clear };
}
