/** The entrance `hone-rl/tracing`: record what agents do, into a store. Loads no store until the first span. */
export {
  openTracing,
  TracedAgent,
  TracedOrchestrator,
  withTraces,
  type AgentTracingOptions,
  type TracingOptions,
} from "./app/recording/traced-agents.ts";
export { rlTracing } from "./app/recording/rl-tracing.ts";
export type { LiveRewards } from "./rewards/live-rewards.ts";
export {
  coordination,
  reward,
  span,
  tool,
  trace,
  type RewardFacts,
} from "./recording/manual-spans.ts";
export type { Tracing } from "./recording/start-tracing.ts";
export type { RedactionOptions } from "./recording/cleaning/redaction.ts";
export type { AgentClass } from "./recording/traced-classes.ts";
export type { Span, SpanKind } from "./core/span.ts";
export type { Trace } from "./core/trace.ts";
export type { OpenSpan, OpenTrace, SinkReport, SpanSink, Tracer } from "./ports/tracer.ts";
export type { TraceStore } from "./ports/trace-store.ts";
