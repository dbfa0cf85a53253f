/** One side of the comparison: a process of its own that does one repetition for every command it is sent. */
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { startChild } from "./children.ts";
import type { Command } from "./works.ts";

/** What a process answers after a repetition; see peers/README.md. */
export interface Repetition {
  readonly seconds: number;
  /** Of the processor, over all threads. */
  readonly processorSeconds: number;
  readonly peakMemoryMb: number;
  readonly baselineMemoryMb: number;
  readonly gigaOperationsPerSecond?: number;
}

export class Side {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #command: Command;
  #errors = "";

  constructor(program: string, args: readonly string[], command: Command) {
    this.#command = command;
    this.#process = startChild(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    this.#process.on("error", (error) => (this.#errors += error.message));
    this.#process.stdin!.on("error", () => undefined);
    this.#process.stderr!.on(
      "data",
      (text: Buffer) => (this.#errors = (this.#errors + text.toString()).slice(-2000)),
    );
    this.#lines = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
  }

  /** @throws with what the process said when it ended instead of answering */
  async repetition(): Promise<Repetition> {
    this.#process.stdin!.write(`${JSON.stringify(this.#command)}\n`);
    const { value, done } = await this.#lines.next();
    if (done === true)
      throw new Error(
        `${this.#command.work} ended: ${this.#errors.trim().split("\n").slice(-5).join("\n")}`,
      );
    const answer = JSON.parse(value) as Repetition & { readonly error?: string };
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => this.#process.once("close", () => resolve()));
    this.#process.stdin!.end();
    const patience = setTimeout(() => this.#process.kill(), 20_000);
    await ended;
    clearTimeout(patience);
  }
}
