/** What the dashboard is measured with: traces of sessions, users and models, and a run of many steps with a long rollout. */
import { join } from "node:path";
import { openStore } from "../../packages/hone/src/app/open-store.ts";
import { Random } from "../../packages/hone/src/core/random.ts";
import type { Span } from "../../packages/hone/src/core/span.ts";
import { headOf, type Trace } from "../../packages/hone/src/core/trace.ts";
import { makeTokenRun } from "../../test/doubles/token-run.ts";
import { zipfTrace } from "../stores/zipf-traces.ts";

const models = ["openai/gpt-4o", "openai/gpt-4o-mini", "anthropic/claude", "qwen/qwen3"] as const;

/** A trace of the stores' bench with what pages show besides: five traces a session, 3,000 users, tools that fail. */
export function shownTrace(number: number): Trace {
  const trace = zipfTrace(number);
  const random = new Random("shown trace", number);
  return {
    ...trace,
    session: `session-${Math.floor(number / 5)}`,
    user: `user-${random.integer(0, 2999)}`,
    spans: trace.spans.map((span) => shownSpan(span, random)),
  };
}

function shownSpan(span: Span, random: Random): Span {
  if (span.kind === "prompt") return { ...span, model: random.pick(models) };
  if (span.kind !== "tool" || random.uniform() > 0.1) return span;
  return { ...span, error: { message: `no answer after ${random.integer(1, 900)} ms` } };
}

/** Fills a store with these traces. */
export async function fillShown(url: string, traces: number): Promise<void> {
  const store = await openStore(url);
  const batch = 100;
  for (let first = 0; first < traces; first += batch) {
    const some = Array.from({ length: Math.min(batch, traces - first) }, (_, i) =>
      shownTrace(first + i),
    );
    await store.append({ heads: some.map(headOf), spans: some.flatMap(({ spans }) => spans) });
    if (first % 10_000 === 0 && first > 0) console.error(`dashboard: ${first} traces`);
  }
  await store.close();
}

/** The runs "long" and "other" in a folder of runs: both of so many steps, the first with a rollout of so many tokens. */
export async function makeShownRuns(runs: string, steps: number, tokens: number): Promise<void> {
  await makeTokenRun(join(runs, "long"), { steps, tokens });
  await makeTokenRun(join(runs, "other"), { steps, tokens: 100 });
}
