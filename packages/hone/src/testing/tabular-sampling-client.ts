/** A SamplingClient over a table: exact, instant, and complete but for stop strings. */
import { HoneError } from "../core/errors.ts";
import { cutsSampling, type KeptSet, packKept } from "../core/kept-tokens.ts";
import { optionChecks } from "../core/option-checks.ts";
import { uniform } from "../core/random.ts";
import type { StopReason, TokenIds } from "../core/rollout.ts";
import type {
  SampledChunk,
  SampledSequence,
  SamplingClient,
  SamplingParams,
  ScoredDistribution,
  TopLogProbs,
} from "../ports/sampling-client.ts";
import { keptLogProbs } from "./kept-log-probs.ts";
import type { TabularPolicy } from "./tabular-policy.ts";

interface Draw {
  readonly token: number;
  readonly logProb: number;
  readonly samplingLogProb: number;
  /** The tokens that the filters left. */
  readonly kept: KeptSet;
}

/**
 * A sampling client over a copy of a tabular policy: exact and instant. It refuses stop strings, having tokens only.
 * @example const client = new TabularSamplingClient(new TabularPolicy({ vocabulary: 8 }), "table-0");
 */
export class TabularSamplingClient implements SamplingClient {
  /** The version of the weights that were copied. */
  readonly weightsVersion: string;
  readonly scoresCuts = true;
  readonly #policy: TabularPolicy;
  #isClosed = false;

  constructor(policy: TabularPolicy, weightsVersion: string) {
    this.#policy = policy.copy();
    this.weightsVersion = weightsVersion;
  }

  /** Whether it was closed; for tests of code that must close its snapshots. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  async sample(
    prompt: TokenIds,
    n: number,
    params: SamplingParams,
    signal?: AbortSignal,
  ): Promise<SampledSequence[]> {
    return Array.from({ length: n }, (_, i) => this.#sequence(prompt, i, params, signal));
  }

  async *stream(
    prompt: TokenIds,
    params: SamplingParams,
    signal?: AbortSignal,
  ): AsyncGenerator<SampledChunk> {
    const sequence = this.#sequence(prompt, 0, params, signal);
    const { length } = sequence.tokens;
    for (let t = 0; t < length - 1; t++) yield chunkOf(sequence, t, t + 1);
    yield {
      ...chunkOf(sequence, Math.max(0, length - 1), length),
      stopReason: sequence.stopReason,
    };
  }

  /** It has tokens only, so nothing can be bound to a format. */
  async logProbs(
    tokens: TokenIds,
    { temperature = 1, kept = [] }: ScoredDistribution = {},
  ): Promise<Float32Array> {
    this.#checkOpen("logProbs");
    this.#checkTokens(tokens);
    const at = (t: number): Float64Array =>
      this.#policy.logProbsAt(this.#policy.rowAfter(tokens, t), temperature);
    return Float32Array.from(tokens, (token, t) =>
      t === 0 ? 0 : keptLogProbs(at(t), kept[t] ?? "")[token]!,
    );
  }

  async topLogProbs(tokens: TokenIds, count: number): Promise<TopLogProbs> {
    this.#checkOpen("topLogProbs");
    this.#checkTokens(tokens);
    const max = this.#policy.vocabulary;
    optionChecks("topLogProbs").whole("count", count, { min: 1, max });
    const ranked = tokens.map((_, t) => {
      const logProbs = this.#policy.logProbsAt(this.#policy.rowAfter(tokens, t + 1));
      const all = Array.from(logProbs, (logProb, token) => ({ token, logProb }));
      return all.sort((a, b) => b.logProb - a.logProb).slice(0, count);
    });
    return {
      tokens: Int32Array.from(ranked.flat(), ({ token }) => token),
      logProbs: Float32Array.from(ranked.flat(), ({ logProb }) => logProb),
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #sequence(
    prompt: TokenIds,
    index: number,
    params: SamplingParams,
    signal: AbortSignal | undefined,
  ): SampledSequence {
    this.#checkOpen("sample");
    this.#checkTokens(prompt);
    if (params.stopStrings !== undefined && params.stopStrings.length > 0) {
      throw new HoneError("OPTION_INVALID", {
        where: "the tabular sampling client",
        option: "stopStrings",
        got: JSON.stringify(params.stopStrings),
        expected: "absent: it has tokens only",
      });
    }
    if (params.format !== undefined) {
      throw new HoneError("OPTION_INVALID", {
        where: "the tabular sampling client",
        option: "format",
        got: JSON.stringify(params.format),
        expected: "absent: it has tokens only",
      });
    }
    const all = [...prompt];
    const draws: Draw[] = [];
    let stopReason: StopReason = "length";
    while (draws.length < params.maxTokens) {
      if (signal?.aborted === true) {
        stopReason = "cancelled";
        break;
      }
      const u = uniform(params.seed ?? 0, index, draws.length);
      const next = draw(this.#policy, this.#policy.rowAfter(all, all.length), params, u);
      draws.push(next);
      all.push(next.token);
      if (params.stopTokens?.includes(next.token) === true) {
        stopReason = "stop";
        break;
      }
    }
    return {
      tokens: draws.map((d) => d.token),
      logProbs: draws.map((d) => d.logProb),
      samplingLogProbs: draws.map((d) => d.samplingLogProb),
      ...(params.tellsKept === true && cutsSampling(params)
        ? { kept: draws.map((d) => d.kept) }
        : {}),
      stopReason,
      weightsVersion: this.weightsVersion,
    };
  }

  #checkOpen(what: string): void {
    if (this.#isClosed) throw new HoneError("ENGINE_CLOSED", { what });
  }

  #checkTokens(tokens: TokenIds): void {
    const bad = tokens.find((token) => !(token >= 0 && token < this.#policy.vocabulary));
    if (tokens.length > 0 && bad === undefined) return;
    throw new HoneError("SHAPE_MISMATCH", {
      where: "the tabular sampling client",
      expected: `at least one token, each below ${this.#policy.vocabulary}`,
      got: bad === undefined ? "none" : String(bad),
    });
  }
}

const chunkOf = (sequence: SampledSequence, from: number, to: number): SampledChunk => ({
  tokens: sequence.tokens.slice(from, to),
  logProbs: sequence.logProbs.slice(from, to),
  samplingLogProbs: sequence.samplingLogProbs.slice(from, to),
  ...(sequence.kept === undefined ? {} : { kept: sequence.kept.slice(from, to) }),
});

function draw(policy: TabularPolicy, row: number, params: SamplingParams, u: number): Draw {
  const { temperature = 1 } = params;
  const full = policy.logProbsAt(row);
  if (temperature === 0) {
    const token = full.indexOf(Math.max(...full));
    return { token, logProb: full[token]!, samplingLogProb: 0, kept: "" };
  }
  const kept = keptTokens(policy.logProbsAt(row, temperature), params);
  const mass = kept.reduce((sum, { p }) => sum + p, 0);
  let cumulative = 0;
  const hit = kept.find(({ p }) => (cumulative += p / mass) > u) ?? kept.at(-1)!;
  return {
    token: hit.token,
    logProb: full[hit.token]!,
    samplingLogProb: Math.log(hit.p / mass),
    kept: packKept(Int32Array.from(kept, ({ token }) => token)),
  };
}

/** Tokens left by top-k, then top-p, then min-p, in order of their ids. */
function keptTokens(
  logProbs: Float64Array,
  params: SamplingParams,
): { token: number; p: number }[] {
  const { topK = 0, topP = 1, minP = 0 } = params;
  const ranked = [...logProbs]
    .map((logProb, token) => ({ token, p: Math.exp(logProb) }))
    .toSorted((a, b) => b.p - a.p)
    .slice(0, topK === 0 ? logProbs.length : topK);
  const mass = ranked.reduce((sum, { p }) => sum + p, 0);
  let before = 0;
  return ranked
    .filter(({ p }) => {
      const keep = before / mass < topP && p >= minP * ranked[0]!.p;
      before += p;
      return keep;
    })
    .toSorted((a, b) => a.token - b.token);
}
