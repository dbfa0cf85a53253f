/**
 * Requests to score given tokens, which are computed between runs that extend rows. Short rows that wait together, each under the
 * whole distribution, are scored in few runs; any other row by itself.
 *
 * Rows of one run are padded to one length, and every row is padded to the same length in whatever company, so that its numbers do
 * not depend on the rows beside it.
 */
import type { TokenIds } from "../../core/rollout.ts";
import type { TopLogProbs } from "../../ports/sampling-client.ts";
import { checkFinite, type ModelRunner, type ScoredAs } from "./model-runner.ts";
import { MAX_LENGTH_TOGETHER, scoredLength } from "./read-together.ts";

/** A row that waits to be scored with others. */
interface WaitingRow {
  readonly tokens: TokenIds;
  readonly resolve: (logProbs: Float32Array) => void;
  readonly reject: (error: unknown) => void;
}

export class ScoreQueue {
  readonly #runner: ModelRunner;
  readonly #wake: () => void;
  /** By padded length. */
  readonly #together = new Map<number, WaitingRow[]>();
  readonly #alone: (() => Promise<void>)[] = [];

  /** @param wake  called when a request has come; work is then to be done by `run` */
  constructor(runner: ModelRunner, wake: () => void) {
    this.#runner = runner;
    this.#wake = wake;
  }

  get isEmpty(): boolean {
    return this.#together.size + this.#alone.length === 0;
  }

  logProbs(tokens: TokenIds, scoredAs: ScoredAs): Promise<Float32Array> {
    const { temperature, bound } = scoredAs;
    // The last token is scored but not read.
    const length = scoredLength(tokens.length - 1);
    const isShort = length > 0 && length <= MAX_LENGTH_TOGETHER && this.#runner.canScore(length);
    if (temperature !== 1 || bound !== undefined || !isShort)
      return this.#byItself(() => this.#runner.logProbs(tokens, scoredAs));
    return new Promise((resolve, reject) => {
      const waiting = this.#together.get(length) ?? [];
      waiting.push({ tokens, resolve, reject });
      this.#together.set(length, waiting);
      this.#wake();
    });
  }

  topLogProbs(tokens: TokenIds, count: number): Promise<TopLogProbs> {
    return this.#byItself(() => this.#runner.topLogProbs(tokens, count));
  }

  /** Answers all that wait, also what comes meanwhile. */
  async run(): Promise<void> {
    while (!this.isEmpty) {
      const groups = [...this.#together];
      this.#together.clear();
      for (const [length, rows] of groups) await this.#runTogether(rows, length);
      for (const score of this.#alone.splice(0)) await score();
    }
  }

  #byItself<Scores>(work: () => Promise<Scores>): Promise<Scores> {
    return new Promise((resolve, reject) => {
      this.#alone.push(() => work().then(resolve, reject));
      this.#wake();
    });
  }

  async #runTogether(rows: readonly WaitingRow[], length: number): Promise<void> {
    const step = this.#runner.rowsScoredTogether(length);
    for (let at = 0; at < rows.length; at += step) {
      const part = rows.slice(at, at + step);
      try {
        const tokens = part.map((row) => row.tokens);
        const scored = await this.#runner.logProbsTogether(tokens, length);
        part.forEach((row, i) => answer(row, scored[i]!));
      } catch (error) {
        for (const { reject } of part) reject(error);
      }
    }
  }
}

/** @param scored  [T − 1] log-probs of the second token and all that follow */
function answer({ tokens, resolve, reject }: WaitingRow, scored: Float32Array): void {
  try {
    checkFinite(scored, 1);
    const logProbs = new Float32Array(tokens.length);
    logProbs.set(scored, 1);
    resolve(logProbs);
  } catch (error) {
    reject(error);
  }
}
