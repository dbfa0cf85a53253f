/** Traces whose texts are as uneven as language: words drawn by Zipf's law, the same ones for the same number. */
import { Random, randomBits } from "../../packages/hone/src/core/random.ts";
import type { Span } from "../../packages/hone/src/core/span.ts";
import type { Trace } from "../../packages/hone/src/core/trace.ts";

export const spansPerTrace = 10;
/** About 1.8 KB of JSON a span. */
const wordsPerSpan = 235;
const vocabulary = 20_000;
const agents = ["planner", "writer", "critic", "researcher"] as const;
const statuses = ["completed", "completed", "completed", "failed"] as const;
const firstStart = Date.UTC(2026, 0, 1);

/** Word of a rank: 0 is in every text, 19,999 in hardly any. */
export const wordOf = (rank: number): string => `w${rank.toString(36)}`;

/** Words as often as Zipf's law says, to draw from: rank r with probability in proportion to 1 / (r + 1). */
const drawn = zipfTable(1 << 18);

/** The trace of a number. One starts every ten seconds. */
export function zipfTrace(number: number): Trace {
  const random = new Random("bench trace", number);
  const id = traceId(number);
  const startedAt = firstStart + number * 10_000;
  const spans = Array.from({ length: spansPerTrace }, (_, i) => spanOf(id, startedAt, i, random));
  const total = random.integer(0, 16) / 16;
  return {
    id,
    agent: random.pick(agents),
    agentVersion: `v${random.integer(1, 4)}`,
    task: `Task ${number % 1000}`,
    taskId: `task-${number % 1000}`,
    attempt: 1,
    status: random.pick(statuses),
    startedAt,
    endedAt: startedAt + random.integer(500, 30_000),
    tags: number % 50 === 0 ? ["nightly", "held-out"] : ["nightly"],
    metadata: {},
    rewards: [{ id: "rule", total, components: { success: total }, source: "rule", at: startedAt }],
    spans,
  };
}

export const traceId = (number: number): string => `bench-${number.toString().padStart(7, "0")}`;

function spanOf(traceId: string, start: number, sequence: number, random: Random): Span {
  const base = {
    id: `span-${sequence}`,
    traceId,
    sequence,
    startedAt: start + 40 * sequence,
    endedAt: start + 40 * sequence + 35,
    attributes: {},
    ...(sequence === 0 ? {} : { parentId: "span-0" }),
  };
  const text = textOf(start, sequence);
  switch (sequence % 10) {
    case 3:
    case 7:
      return {
        ...base,
        kind: "tool",
        toolName: "search",
        arguments: { page: sequence },
        result: text,
      };
    case 4:
      return { ...base, kind: "reasoning", content: text };
    case 5:
      return { ...base, kind: "content", content: text };
    case 8:
      return { ...base, kind: "coordination", event: "new_answer", details: { answer: text } };
    case 9:
      return { ...base, kind: "reward", reward: 1, rewardType: "tool", reason: text };
    default:
      return {
        ...base,
        kind: "prompt",
        input: `Step ${sequence}`,
        output: [{ role: "assistant", content: text }],
        model: "bench",
        usage: { input: random.integer(10, 900), output: random.integer(10, 300) },
      };
  }
}

function textOf(start: number, sequence: number): string {
  const words: string[] = [];
  for (let i = 0; i < wordsPerSpan; i++) {
    words.push(drawn[randomBits(start, sequence, i) % drawn.length]!);
  }
  return words.join(" ");
}

function zipfTable(size: number): readonly string[] {
  const weights = Array.from({ length: vocabulary }, (_, rank) => 1 / (rank + 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.flatMap((weight, rank) =>
    Array.from({ length: Math.max(1, Math.round((size * weight) / total)) }, () => wordOf(rank)),
  );
}
