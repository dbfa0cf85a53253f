/** The continuation of a prompt without a template: its tokens as they come, and their text. */
import { HoneError } from "../core/errors.ts";
import type { KeptSet } from "../core/kept-tokens.ts";
import type { StopReason, TokenIds } from "../core/rollout.ts";
import type { SamplingParams } from "../ports/sampling-client.ts";
import type { PlainModel } from "./served-models.ts";

/** A continuation of a prompt, or what it has more than before. */
export interface PlainPiece {
  readonly text: string;
  readonly tokens: TokenIds;
  readonly logProbs: readonly number[];
  /** The log-probs under the distribution that was sampled from. */
  readonly samplingLogProbs: readonly number[];
  /** The tokens that filters left, where the request asks for them. */
  readonly kept?: readonly KeptSet[];
  /** Why it ended; on the last piece only. */
  readonly stopReason?: StopReason;
}

/** What is continued, and how. */
export interface PlainRequest {
  readonly prompt: TokenIds;
  readonly params: SamplingParams;
  readonly decode: (tokens: TokenIds) => Promise<string>;
  readonly signal: AbortSignal;
}

/**
 * Continues a prompt piece by piece. A piece ends with a whole character; the text behind a stop string, and the string itself,
 * are left out.
 * @throws CANCELLED when the signal aborts
 */
export async function* plainPieces(
  model: PlainModel,
  { prompt, params, decode, signal }: PlainRequest,
): AsyncGenerator<PlainPiece> {
  const { stopStrings = [], stopTokens = [] } = params;
  const tokens: number[] = [];
  let waiting = nothing();
  let sent = "";
  for await (const chunk of model.stream(prompt, params, signal)) {
    if (chunk.stopReason === "cancelled") break;
    tokens.push(...chunk.tokens);
    waiting.tokens.push(...chunk.tokens);
    waiting.logProbs.push(...chunk.logProbs);
    waiting.samplingLogProbs.push(...chunk.samplingLogProbs);
    if (chunk.kept !== undefined) waiting.kept = [...(waiting.kept ?? []), ...chunk.kept];
    const { stopReason } = chunk;
    const end = stopTokens.includes(tokens.at(-1) ?? -1) ? -1 : tokens.length;
    const whole = await decode(tokens.slice(0, end));
    const text = textUntil(whole, stopStrings, stopReason !== undefined);
    if (text.length <= sent.length && stopReason === undefined) continue;
    const piece = { text: text.slice(sent.length), ...waiting };
    yield stopReason === undefined ? piece : { ...piece, stopReason };
    sent = text;
    waiting = nothing();
    if (stopReason !== undefined) return;
  }
  throw new HoneError("CANCELLED", { what: "A completion" });
}

/** What was sampled since the last piece. */
interface WaitingTokens {
  readonly tokens: number[];
  readonly logProbs: number[];
  readonly samplingLogProbs: number[];
  kept?: readonly KeptSet[];
}

const nothing = (): WaitingTokens => ({ tokens: [], logProbs: [], samplingLogProbs: [] });

/** The text that is certain: before the first stop string, without what may be the beginning of one or of a character. */
function textUntil(text: string, stops: readonly string[], isLast: boolean): string {
  const places = stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
  if (places.length > 0) return text.slice(0, Math.min(...places));
  if (isLast) return text;
  const longest = Math.max(0, ...stops.map((stop) => stop.length - 1));
  for (let held = Math.min(longest, text.length); held > 0; held--) {
    const end = text.slice(-held);
    if (stops.some((stop) => stop.startsWith(end))) return text.slice(0, -held);
  }
  // U+FFFD at the end stands for a character of which only some bytes have come.
  return text.replace(/\uFFFD+$/u, "");
}
