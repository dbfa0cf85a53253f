/** Answers of a person, line by line: typed at a terminal, or from a pipe. */
import { createInterface, type Interface } from "node:readline";
import type { Invocation } from "../command.ts";

export class AnswerLines {
  /** Whether answers are typed at a terminal. From a pipe, a question cannot be asked again. */
  readonly isTerminal: boolean;
  readonly #lines: Interface;
  readonly #iterator: AsyncIterator<string>;
  #count = 0;

  constructor({ terminal, signal, interrupt }: Invocation<unknown>) {
    const { stdin, stdout } = terminal.streams;
    this.isTerminal = terminal.isInteractive;
    const output = this.isTerminal ? { output: stdout } : {};
    this.#lines = createInterface({ input: stdin, ...output });
    // Listening begins at once, so that no line of a pipe is lost.
    this.#iterator = this.#lines[Symbol.asyncIterator]();
    if (this.isTerminal) this.#lines.on("SIGINT", () => interrupt.press());
    signal.addEventListener("abort", () => this.#lines.close(), { once: true });
  }

  /** Number of the last line, from 1. */
  get line(): number {
    return this.#count;
  }

  /** The next line; undefined at the end of the input and after Ctrl-C. */
  async next(prompt: string): Promise<string | undefined> {
    if (this.isTerminal) {
      this.#lines.setPrompt(prompt);
      this.#lines.prompt();
    }
    const { value, done } = await this.#iterator.next();
    if (done === true) return undefined;
    this.#count++;
    return value;
  }

  /** A line typed at the terminal. Undefined in a pipe, which has only the answers to the questions. */
  async ask(prompt: string): Promise<string | undefined> {
    return this.isTerminal ? this.next(prompt) : undefined;
  }

  close(): void {
    this.#lines.close();
  }
}
