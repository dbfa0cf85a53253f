/** Traces made from a seed, of all six span kinds: for contract suites, demonstrations and benchmarks. */
import { checkOptions, type OptionNames } from "../core/known-options.ts";
import { Random } from "../core/random.ts";
import type { Span } from "../core/span.ts";
import type { Trace, TraceReward } from "../core/trace.ts";

/** Which traces are made. */
export interface SampleTraceOptions {
  /** Seed of everything random in the traces. Default 0. */
  readonly seed?: number;
  /** Number of the first trace. Default 0. */
  readonly first?: number;
  /** Start of trace 0 in Unix milliseconds; the others start one minute apart. Default 9 January 2025, 12:00 UTC. */
  readonly startedAt?: number;
  /** Characters of each prompt's output. Default 40. */
  readonly textLength?: number;
}

const optionNames: OptionNames<SampleTraceOptions> = {
  seed: true,
  first: true,
  startedAt: true,
  textLength: true,
};

const agents = ["agent_1", "agent_2", "planner"] as const;
const statuses = ["completed", "completed", "completed", "failed", "cancelled"] as const;
const topics = ["quantum computing", "tidal energy", "bridge loads", "seed storage"] as const;
const words = "wave particle load tide grain steel root energy measure result".split(" ");

/**
 * Makes traces with spans of all kinds; the same options give the same traces.
 * @example sampleTraces(3).map((trace) => trace.id); // ["sample-0", "sample-1", "sample-2"]
 */
export function sampleTraces(count: number, options: SampleTraceOptions = {}): Trace[] {
  checkOptions("sampleTraces", options, optionNames);
  const first = options.first ?? 0;
  return Array.from({ length: count }, (_, i) => sampleTrace(first + i, options));
}

/** Makes one trace, with the number that its id ends with. @example sampleTrace(7).id; // "sample-7" */
export function sampleTrace(number: number, options: SampleTraceOptions = {}): Trace {
  const random = new Random("sample trace", options.seed ?? 0, number);
  const startedAt = (options.startedAt ?? Date.UTC(2025, 0, 9, 12)) + number * 60_000;
  const id = `sample-${number}`;
  const topic = random.pick(topics);
  const status = random.pick(statuses);
  const spans = sampleSpans(id, startedAt, topic, random, options.textLength ?? 40);
  return {
    id,
    agent: random.pick(agents),
    agentVersion: random.pick(["v1", "v2"]),
    task: `Analyze ${topic}`,
    taskId: topic.replace(" ", "-"),
    attempt: random.integer(1, 3),
    status,
    startedAt,
    endedAt: spans.at(-1)!.endedAt!,
    tags: random.uniform() < 0.5 ? ["nightly"] : ["nightly", "held-out"],
    metadata: { number },
    rewards: random.uniform() < 0.75 ? [sampleReward(random, startedAt)] : [],
    ...(status === "failed" ? { error: { message: "the tool gave up", type: "ToolError" } } : {}),
    spans,
  };
}

/** A reward in steps of 1/8, so that sums are exact. */
function sampleReward(random: Random, at: number): TraceReward {
  const total = random.integer(-8, 8) / 8;
  return { id: "rule", total, components: { success: total }, source: "rule", at, by: "sample" };
}

function sampleSpans(
  traceId: string,
  startedAt: number,
  topic: string,
  random: Random,
  textLength: number,
): Span[] {
  let time = startedAt;
  let sequence = 0;
  const base = (parentId?: string) => {
    const start = time;
    time += random.integer(1, 4000) / 8;
    return {
      id: `span-${sequence}`,
      traceId,
      ...(parentId === undefined ? {} : { parentId }),
      sequence: sequence++,
      startedAt: start,
      endedAt: time,
      attributes: { step: sequence },
    };
  };
  const text = (): string => sampleText(random, textLength);
  const usage = { input: random.integer(10, 500), output: random.integer(1, 200) };
  const call = { id: "call-1", name: "web_search", arguments: `{"query":"${topic}"}` };
  const ask = [{ role: "user", content: `Analyze ${topic}` }] as const;
  const answer = [
    { role: "assistant", content: text(), reasoning: "search first", toolCalls: [call] },
  ] as const;
  const prompt = { ...base(), kind: "prompt", input: ask, output: answer } as const;
  const isBroken = random.uniform() < 0.2;
  return [
    { ...prompt, model: "gpt-4o", provider: "openai", usage },
    { ...base("span-0"), kind: "reasoning", content: text() },
    {
      ...base("span-0"),
      kind: "tool",
      toolName: "web_search",
      callId: "call-1",
      arguments: { query: topic, limit: 3 },
      ...(isBroken
        ? { error: { message: "timed out", code: "ETIMEDOUT" } }
        : { result: { hits: [text(), null, 2.5, true] } }),
    },
    {
      ...base("span-2"),
      kind: "reward",
      reward: isBroken ? -1 : 1,
      rewardType: "tool",
      source: "rule",
      targetId: "span-2",
    },
    { ...base(), kind: "coordination", event: "vote", details: { for: "answer 1", round: 1 } },
    { ...base(), kind: "content", content: text(), agent: "planner" },
  ];
}

function sampleText(random: Random, length: number): string {
  let text = random.pick(words);
  while (text.length < length) text += ` ${random.pick(words)}`;
  return text.slice(0, length);
}
