/**
 * A trace as JSON, format hone.trace: the seed tree's keys `trace_id agent_id task spans total_reward status` as they are,
 * everything else under `hone`.
 *
 * Version 0 is a trace without `hone`, as other writers of that tree make it; keys unknown here are kept as metadata.
 */
import { z } from "zod";
import { HoneError } from "../core/errors.ts";
import type { JsonValue } from "../core/json.ts";
import {
  mergeFeedback,
  mergeRewards,
  orderSpans,
  type Trace,
  type TraceHead,
  type TraceStatus,
  traceStatuses,
} from "../core/trace.ts";
import {
  type CountedReward,
  rewardsOfSpans,
  sumOfRewards,
  totalReward,
} from "../core/trace-reward.ts";
import { feedbackSchema } from "./feedback-format.ts";
import { jsonObject, numberObject, problemsOf, withoutUndefined } from "./json-value.ts";
import {
  readSpan,
  rewardSource,
  type SpanJson,
  spanSchema,
  traceError,
  unknownVersion,
  versionOf,
  writeSpan,
} from "./span-format.ts";

export const traceVersion = 1 as const;

export const rewardSchema = z.strictObject({
  id: z.string().min(1),
  total: z.number(),
  components: numberObject,
  source: rewardSource,
  reason: z.string().optional(),
  at: z.number().describe("Unix milliseconds"),
  by: z.string().optional(),
});

const hone = z.strictObject({
  version: z.literal(traceVersion),
  agentVersion: z.string().optional(),
  taskId: z.string().optional(),
  rolloutId: z.string().optional(),
  attempt: z.int().min(1),
  startedAt: z.number().describe("Unix milliseconds"),
  endedAt: z.number().optional().describe("Unix milliseconds; absent when no end was seen"),
  error: traceError.optional(),
  session: z.string().optional().describe("the conversation that the trace is a turn of"),
  user: z.string().optional().describe("whom the agent worked for"),
  tags: z.array(z.string()).optional(),
  metadata: jsonObject.optional(),
  rewards: z.array(rewardSchema).optional(),
  totalReward: z
    .number()
    .optional()
    .describe("where it is given and does not follow from the rewards"),
  feedback: z.array(feedbackSchema).optional().describe("what people said; see hone.feedback"),
  checksum: z
    .string()
    .optional()
    .describe("of the file's text without this line, where a files store wrote it; may be deleted"),
});

/** A trace without its spans, as databases store it. */
export const headSchema = z.strictObject({
  trace_id: z.string().min(1),
  agent_id: z.string(),
  task: z.string(),
  total_reward: z.number().optional(),
  status: z.enum(traceStatuses),
  hone,
});
export const traceSchema = headSchema.extend({ spans: z.array(spanSchema) });

/** Fields of a head that the JSON leaves out when they are empty. */
type LeftOutWhenEmpty = "tags" | "metadata" | "rewards";

/** A trace without its spans as JSON. */
export interface HeadJson {
  readonly trace_id: string;
  readonly agent_id: string;
  readonly task: string;
  readonly total_reward?: number;
  readonly status: TraceStatus;
  readonly hone: { readonly version: typeof traceVersion } & Omit<
    TraceHead,
    "id" | "agent" | "task" | "status" | LeftOutWhenEmpty
  > &
    Partial<Pick<TraceHead, LeftOutWhenEmpty>>;
}

export interface TraceJson extends HeadJson {
  readonly spans: readonly SpanJson[];
}

/**
 * The head as JSON.
 * @param ofSpans  the rewards that spans of the trace give, for the total. Default: none
 */
export function writeHead(head: TraceHead, ofSpans: readonly CountedReward[] = []): HeadJson {
  const { id, agent, task, status, tags, metadata, rewards: given, feedback, ...rest } = head;
  const rewards = mergeRewards(given);
  const inside = {
    version: traceVersion,
    ...rest,
    ...(tags.length === 0 ? {} : { tags }),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
    ...(rewards.length === 0 ? {} : { rewards }),
    ...mergeFeedback(feedback),
  };
  return withoutUndefined({
    trace_id: id,
    agent_id: agent,
    task,
    total_reward: totalReward({ ...head, rewards }, ofSpans),
    status,
    hone: withoutUndefined(inside),
  });
}

/** The trace as JSON, its spans in order. */
export function writeTrace(trace: Trace): TraceJson {
  const { spans, ...head } = trace;
  const { trace_id, agent_id, task, ...rest } = writeHead(head, rewardsOfSpans(spans));
  return { trace_id, agent_id, task, spans: orderSpans(spans).map(writeSpan), ...rest };
}

/** Where a trace comes from, and what to assume for what it leaves out. */
export interface TracePlace {
  /** For messages, such as a file's name. */
  readonly where: string;
  /** The start of a trace whose writer left it out, in Unix milliseconds. Default 0. */
  readonly startedAt?: number;
}

/** @throws FILE_DAMAGED, FORMAT_UNKNOWN_VERSION */
export function readHead(json: unknown, place: TracePlace): TraceHead {
  const { head, total } = parseHead(json, place);
  return withEdited(head, total, []);
}

/** The head in JSON that `headSchema` has checked. */
export function readCheckedHead(json: z.infer<typeof headSchema>): TraceHead {
  const { head, total } = partsOf(json);
  return withEdited(head, total, []);
}

interface HeadParts {
  readonly head: TraceHead;
  /** The total that is written beside the head. */
  readonly total: number | undefined;
}

function parseHead(json: unknown, place: TracePlace): HeadParts {
  const version = versionOf(json);
  if (version === undefined) return parseHead(upgradeSeedHead(json, place), place);
  if (version !== traceVersion) {
    throw unknownVersion("hone.trace", version, traceVersion, place.where);
  }
  const result = headSchema.safeParse(json);
  if (!result.success) throw damaged(place, problemsOf(result.error));
  return partsOf(result.data);
}

function partsOf(json: z.infer<typeof headSchema>): HeadParts {
  const { trace_id: id, agent_id: agent, task, status, total_reward, hone: inside } = json;
  const { version: _, checksum: __, tags = [], metadata = {}, rewards = [], ...rest } = inside;
  const head = {
    id,
    agent,
    task,
    status,
    tags,
    metadata,
    rewards,
    ...withoutUndefined(rest),
    // JSON has no undefined, which the schema's type allows in what is optional.
  } as TraceHead;
  return { head, total: total_reward };
}

/**
 * The head with `totalReward` set to the file's `total_reward`, where a person has changed that number by hand: hone itself
 * only writes it, for people and other programs.
 *
 * Earlier versions wrote the sum of all rewards of the head there, or that of its rewards of one source without those of
 * spans. Neither is an edit.
 */
function withEdited(
  head: TraceHead,
  total: number | undefined,
  ofSpans: readonly CountedReward[],
): TraceHead {
  const ofAllSources = head.rewards.length === 0 ? undefined : sumOfRewards(head.rewards);
  const known = [totalReward(head, ofSpans), totalReward(head, []), ofAllSources];
  const isEdited = total !== undefined && !known.includes(total);
  return isEdited ? { ...head, totalReward: total } : head;
}

/** @throws FILE_DAMAGED, FORMAT_UNKNOWN_VERSION */
export function readTrace(json: unknown, place: TracePlace): Trace {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw damaged(place, "it holds no JSON object");
  }
  const { spans, ...rest } = json as { spans?: unknown };
  if (!Array.isArray(spans)) throw damaged(place, "it has no list of spans");
  const { head, total } = parseHead(rest, place);
  const { id: traceId, startedAt } = head;
  const { where } = place;
  const read = spans.map((span, index) => readSpan(span, { traceId, where, index, startedAt }));
  return { ...withEdited(head, total, rewardsOfSpans(read)), spans: orderSpans(read) };
}

const damaged = ({ where }: TracePlace, problem: string): HoneError =>
  new HoneError("FILE_DAMAGED", { file: where, problem });

/** A head that another program wrote (version 0), as a head of version 1. */
function upgradeSeedHead(json: unknown, place: TracePlace): HeadJson {
  const given = jsonObject.safeParse(json);
  if (!given.success) throw damaged(place, problemsOf(given.error));
  const { trace_id, agent_id, task, total_reward, status, ...others } = given.data;
  if (typeof trace_id !== "string") throw damaged(place, "it has no trace_id");
  return withoutUndefined({
    trace_id,
    agent_id: typeof agent_id === "string" ? agent_id : "",
    task: asText(task ?? ""),
    total_reward: total_reward ?? undefined,
    status: asStatus(status),
    hone: withoutUndefined({
      version: traceVersion,
      attempt: 1,
      startedAt: place.startedAt ?? 0,
      totalReward: total_reward ?? undefined,
      metadata: asStatus(status) === status ? others : { ...others, status: status ?? null },
    }),
  }) as HeadJson;
}

const asText = (value: JsonValue): string =>
  typeof value === "string" ? value : JSON.stringify(value);

/** Other programs' words for how a trace ended. A word that is not among them is kept in the metadata. */
function asStatus(status: JsonValue | undefined): TraceStatus {
  if (traceStatuses.includes(status as TraceStatus)) return status as TraceStatus;
  return status === "error" || status === "failure" || status === "timeout"
    ? "failed"
    : "completed";
}
