/** A prediction as text: "0.63 topic_alignment shared=two" is a probability, a reason, and the facts that it claims. */
import { type Factor, factors } from "./model.ts";

/** What is predicted of a meeting. */
export interface Prediction {
  /** How likely the meeting is to succeed, 0 to 1. */
  readonly probability: number;
  /** What moves it most. */
  readonly reason: Factor;
  /** Facts that it states as its evidence, such as "shared=two". */
  readonly claims: readonly string[];
}

/**
 * The text of a prediction.
 * @example formatPrediction({ probability: 0.63, reason: "energy", claims: [] }); // "0.63 energy"
 */
export const formatPrediction = ({ probability, reason, claims }: Prediction): string =>
  [probability.toFixed(2), reason, ...claims].join(" ");

/** The prediction of a text; undefined for a probability outside [0, 1], an unknown reason, or anything else that is none. */
export function parsePrediction(text: string): Prediction | undefined {
  const [number = "", reason = "", ...claims] = text.trim().split(/\s+/);
  const factor = factors.find((name) => name === reason);
  const isNumber = /^(?:0(?:\.\d+)?|1(?:\.0+)?)$/.test(number);
  if (!isNumber || factor === undefined) return undefined;
  if (!claims.every((claim) => /^[a-z_]+=\w+$/.test(claim))) return undefined;
  return { probability: Number(number), reason: factor, claims };
}
