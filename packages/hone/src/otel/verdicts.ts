/**
 * Reads verdicts in telemetry: `gen_ai.evaluation.result` events and attributes, and OpenInference's annotations and
 * evaluations of a span or a trace. A verdict with a label and no number is no reward and stays an attribute or an event.
 */
import { isObject, type JsonValue } from "../core/json.ts";
import type { OtlpAttributes, OtlpSpan } from "../core/otlp.ts";
import type { RewardSource } from "../core/rollout.ts";
import { AttributeBag } from "./attribute-bag.ts";
import { known } from "./meaning.ts";

/** A judgement of a span or of its trace, with a number. */
export interface Verdict {
  /** What was judged, such as "correctness". */
  readonly name: string;
  readonly score: number;
  readonly reason?: string;
  readonly source?: RewardSource;
  /** True when it judges the whole trace, false when it judges the span it was found on. */
  readonly isOfTrace: boolean;
  /** When it was given, in nanoseconds since 1970. */
  readonly time: bigint;
}

export const evaluation = {
  event: "gen_ai.evaluation.result",
  name: "gen_ai.evaluation.name",
  score: "gen_ai.evaluation.score.value",
  label: "gen_ai.evaluation.score.label",
  explanation: "gen_ai.evaluation.explanation",
  source: "hone.reward.source",
} as const;

/** The verdicts in a span's events. */
export const eventVerdicts = ({ events }: OtlpSpan): Verdict[] =>
  events
    .filter(({ name }) => isEvaluation(name))
    .flatMap(({ attributes, time }) => attributeVerdict(new AttributeBag(attributes), time) ?? []);

/** True for an event's name that announces a verdict; "gen_ai.evaluation" is the older one. */
export const isEvaluation = (name: string): boolean =>
  name === evaluation.event || name === "gen_ai.evaluation";

/** Takes the verdict in attributes `gen_ai.evaluation.*`. Undefined where they have no number. */
export function attributeVerdict(bag: AttributeBag, time: bigint): Verdict | undefined {
  const score = bag.number(evaluation.score, "gen_ai.evaluation.score");
  if (score === undefined) return undefined;
  const source = bag.see(evaluation.source);
  if (isSource(source)) bag.drop(evaluation.source);
  return {
    name: bag.text(evaluation.name) ?? "evaluation",
    score,
    ...known({ reason: bag.text(evaluation.explanation) }),
    ...(isSource(source) ? { source } : {}),
    isOfTrace: false,
    time,
  };
}

const isSource = (value: JsonValue | undefined): value is RewardSource =>
  value === "rule" || value === "judge" || value === "human";

const annotators: Readonly<Record<string, RewardSource>> = {
  HUMAN: "human",
  LLM: "judge",
  CODE: "rule",
};

/** The verdicts in OpenInference's annotations, which stay attributes as well, since they may hold more. */
export function annotationVerdicts(attributes: OtlpAttributes, time: bigint): Verdict[] {
  if (!Object.keys(attributes).some((key) => /^(trace\.)?(annotations|evaluations)\./.test(key))) {
    return [];
  }
  const bag = new AttributeBag(attributes);
  return ["", "trace."].flatMap((scope) =>
    ["annotation", "evaluation"].flatMap((word) => {
      const list = bag.tree(`${scope}${word}s`);
      return (Array.isArray(list) ? (list as JsonValue[]) : []).flatMap((one) => {
        const facts = isObject(one) ? one[word] : undefined;
        return annotation(facts, scope !== "", time) ?? [];
      });
    }),
  );
}

function annotation(facts: unknown, isOfTrace: boolean, time: bigint): Verdict | undefined {
  if (!isObject(facts) || typeof facts["score"] !== "number") return undefined;
  const { name, explanation, annotator_kind: kind } = facts;
  return {
    name: typeof name === "string" ? name : "annotation",
    score: facts["score"],
    ...(typeof explanation === "string" ? { reason: explanation } : {}),
    ...known({ source: annotators[String(kind)] }),
    isOfTrace,
    time,
  };
}
