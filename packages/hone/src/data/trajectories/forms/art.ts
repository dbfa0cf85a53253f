/**
 * Trajectories as OpenPipe's ART keeps them: a line is a group of tries at one task,
 *
 *     {"trajectories": [{"messages_and_choices": […], "tools": […], "reward": 1, "metrics": {…}, "metadata": {…}}]}
 *
 * A reply of the model is a choice (`{ finish_reason, index, message }`), other messages stand as they are. What ART has no key of its own
 * for is in `metadata`, whose values are texts, numbers and flags.
 */
import { z } from "zod";
import { fieldsOf, isObject, type JsonObject, parsedObject } from "../../../core/json.ts";
import type { UnifiedTrajectory } from "../../../core/unified-trajectory.ts";
import { problemsOf } from "../../../formats/json-value.ts";
import { readMessages } from "../../../messages/read-messages.ts";
import { type DataEntry, entryError } from "../../data-line-error.ts";
import { lineMessage } from "../../line-message.ts";
import { type LeftOutReason, type NotInForm } from "../left-out.ts";
import { messagesOfTrajectory } from "../../../core/messages-of-steps.ts";
import { stepsOfMessages } from "../steps-of-messages.ts";
import { toolsMember } from "./chat-rows.ts";

/** A trajectory of a group. */
export function artTrajectory(one: UnifiedTrajectory): object | NotInForm {
  if (one.reward === undefined) return "no reward";
  const { id, domain, task, split, outcome, provenance, rewards = {} } = one;
  const metadata = {
    ...{ id, domain, task_id: task.id, status: outcome.status },
    ...{ split, is_success: outcome.isSuccess, error: outcome.error },
    ...{ agent: provenance.agent, model: provenance.model },
    task_fields: task.fields === undefined ? undefined : JSON.stringify(task.fields),
  };
  return {
    reward: one.reward,
    metrics: rewards,
    metadata,
    messages_and_choices: messagesOfTrajectory(one).map((message) =>
      message.role !== "assistant"
        ? lineMessage(message)
        : {
            finish_reason: message.toolCalls === undefined ? "stop" : "tool_calls",
            ...{ index: 0, message: lineMessage(message) },
          },
    ),
    ...toolsMember(one.tools),
    logs: [],
  };
}

const trajectory = z.object({
  messages_and_choices: z.array(z.record(z.string(), z.unknown())).min(1),
  tools: z.array(z.record(z.string(), z.unknown())).nullish(),
  reward: z.number(),
  metrics: z.record(z.string(), z.union([z.number(), z.boolean()])).nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
  additional_histories: z.array(z.unknown()).nullish(),
});
const group = z.object({ trajectories: z.array(trajectory) });

/** Whether a line is of ART: a group, or a trajectory by itself. */
export const isArt = (json: JsonObject): boolean =>
  Array.isArray(json["messages_and_choices"]) || Array.isArray(json["trajectories"]);

/**
 * The trajectories of a line of ART; why there is none. Those of a group are tries at one task.
 * @throws DATA_LINE_INVALID
 */
export function trajectoriesOfArt(
  json: JsonObject,
  entry: DataEntry,
  domain: string,
): readonly (UnifiedTrajectory | LeftOutReason)[] {
  const result = group.safeParse("trajectories" in json ? json : { trajectories: [json] });
  if (!result.success) throw entryError(entry, problemsOf(result.error));
  const { trajectories } = result.data;
  const place = `${entry.file}:${entry.line}`;
  return trajectories.map((one, i) => {
    const where = trajectories.length === 1 ? place : `${place}:${i + 1}`;
    return unifiedOf(one, { place: where, taskId: place, domain });
  });
}

interface ArtPlace {
  readonly place: string;
  readonly taskId: string;
  readonly domain: string;
}

function unifiedOf(
  given: z.infer<typeof trajectory>,
  { place, taskId, domain }: ArtPlace,
): UnifiedTrajectory | LeftOutReason {
  if ((given.additional_histories ?? []).length > 0) return "additional histories";
  const steps = stepsOfMessages(readMessages(given.messages_and_choices.map(messageOf)));
  if (typeof steps === "string") return steps;
  const { question, instructions, answer } = steps;
  const { known, fields } = metadataOf(given.metadata ?? {});
  const metrics = Object.entries(given.metrics ?? {});
  return {
    id: known.id ?? place,
    domain: known.domain ?? domain,
    task: {
      id: known.task_id ?? taskId,
      ...(question !== undefined && { question }),
      ...(instructions !== undefined && { instructions }),
      ...(fields !== undefined && { fields }),
    },
    ...(known.split !== undefined && { split: known.split }),
    tools: (given.tools ?? []).map(functionOf),
    steps: steps.steps,
    ...(answer !== undefined && { answer }),
    outcome: {
      status: known.status ?? "completed",
      ...(known.is_success !== undefined && { isSuccess: known.is_success }),
      ...(known.error !== undefined && { error: known.error }),
    },
    reward: given.reward,
    ...(metrics.length > 0 && {
      rewards: Object.fromEntries(metrics.map(([name, value]) => [name, Number(value)])),
    }),
    provenance: {
      source: "art",
      ...(known.agent !== undefined && { agent: known.agent }),
      ...(known.model !== undefined && { model: known.model }),
      place,
    },
  };
}

const messageOf = (item: JsonObject): unknown => item["message"] ?? item;

const functionOf = (tool: JsonObject): JsonObject =>
  isObject(tool["function"]) ? tool["function"] : tool;

const text = z.string().min(1).optional().catch(undefined);
const knownMetadata = z.object({
  ...{ id: text, domain: text, task_id: text, error: text, agent: text, model: text },
  task_fields: text,
  split: z.enum(["train", "test"]).optional().catch(undefined),
  status: z.enum(["completed", "failed", "cancelled"]).optional().catch(undefined),
  is_success: z.boolean().optional().catch(undefined),
});

/** The metadata that `artTrajectory` writes; what others wrote says something of the task. */
function metadataOf(metadata: JsonObject) {
  const known = knownMetadata.parse(metadata);
  const own = Object.entries(fieldsOf(known));
  const used = new Set(own.flatMap(([key, value]) => (value === undefined ? [] : [key])));
  const others = Object.entries(metadata).filter(
    ([key, value]) => !used.has(key) && value !== undefined && value !== null,
  );
  const fields = {
    ...(known.task_fields === undefined ? {} : parsedObject(known.task_fields)),
    ...Object.fromEntries(others),
  };
  const hasFields = known.task_fields !== undefined || others.length > 0;
  return { known, fields: hasFields ? fields : undefined };
}
