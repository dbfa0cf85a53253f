/** `samples.jsonl` of a run folder: some rollouts for people to read, one a line. */
import { z } from "zod";
import type { Message } from "../core/message.ts";
import type { Rollout } from "../core/rollout.ts";
import { defineFormat } from "./format.ts";
import { anyNumber } from "./schema-parts.ts";

const toolCall = z.strictObject({ id: z.string(), name: z.string(), arguments: z.string() });
const message = z.strictObject({
  role: z.enum(["system", "user", "assistant", "tool"]),
  content: z.string(),
  reasoning: z.string().optional(),
  toolCalls: z.array(toolCall).optional(),
  toolCallId: z.string().optional(),
});

const row = z.strictObject({
  section: z.string(),
  step: z.int(),
  rolloutId: z.string(),
  taskId: z.string(),
  /** The messages of the last turn and its reply. */
  conversation: z.array(message),
  answer: z.unknown().optional(),
  reward: anyNumber.optional(),
  components: z.record(z.string(), anyNumber).optional(),
  isSuccess: z.boolean(),
  failure: z
    .strictObject({ boundary: z.string(), message: z.string(), place: z.string().optional() })
    .optional(),
  attempts: z.int(),
  seconds: z.number(),
});
export type SampleRow = z.infer<typeof row>;
export const samplesFormat = defineFormat("hone.samples", 1, row);

/** A rollout as a row of the samples file. */
export function sampleRow(section: string, step: number, rollout: Rollout): SampleRow {
  const last = rollout.turns.at(-1);
  const { reward, failure } = rollout;
  return {
    section,
    step,
    rolloutId: rollout.id,
    taskId: rollout.task.id,
    conversation: last === undefined ? [] : [...last.messages, last.reply].map(copyMessage),
    ...(rollout.answer === undefined ? {} : { answer: rollout.answer }),
    ...(reward === undefined ? {} : { reward: reward.total, components: { ...reward.components } }),
    isSuccess: rollout.isSuccess,
    ...(failure === undefined ? {} : { failure: { ...failure } }),
    attempts: rollout.attempts,
    seconds: rollout.seconds,
  };
}

function copyMessage(source: Message): SampleRow["conversation"][number] {
  // What only chat templates and training read has no place in a file for people.
  const { toolCalls, written: _, weight: __, ...rest } = source;
  return { ...rest, ...(toolCalls === undefined ? {} : { toolCalls: [...toolCalls] }) };
}
