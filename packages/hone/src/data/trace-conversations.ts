/**
 * The conversations of a trace, or of the traces of one session, as `hone train sft --data` reads them.
 *
 * An agent sends the whole conversation with each call. So when one call continues another, only the later one is taken: a loop
 * of ten calls is one conversation, the calls of two agents are two, the turns of a chat are one. A prompt span that stands for
 * an agent, around calls that are recorded as spans, too, gives no conversation.
 *
 * Where a person corrected the answer of a trace, the corrected answer stands in its place. Where the conversation went on
 * after the answer, the answer that was really given stays as context and is not learned.
 */
import { agentPrompts } from "../core/agent-prompts.ts";
import type { CorrectionFeedback } from "../core/feedback.ts";
import type { Message } from "../core/message.ts";
import type { PromptSpan, PromptText } from "../core/span.ts";
import type { Trace } from "../core/trace.ts";
import { chatTools } from "./chat-tools.ts";
import { type ArgumentsForm, lineMessage } from "./line-message.ts";

/** What becomes of what a model thought: it is left out and counted, kept, or not allowed. */
export type ReasoningChoice = "keep" | "drop" | "error";

/** How traces become conversations. */
export interface ConversationOptions {
  /** Default "keep". */
  readonly reasoning?: ReasoningChoice;
  /** Whether people's corrections replace the answers they correct. Default true. */
  readonly corrections?: boolean;
  /** Whether a conversation lists the tools that its calls offered. Default true. */
  readonly tools?: boolean;
  /** How arguments of calls are written. Default "text". */
  readonly argumentsAs?: ArgumentsForm;
}

/** One line of the file, as JSON. */
export interface ConversationLine {
  readonly messages: readonly object[];
  readonly tools?: readonly object[];
}

/** The conversations of traces, and what of them is not as it was recorded. */
export interface TraceConversations {
  readonly lines: readonly ConversationLine[];
  /** Number of conversations with pictures, which the file cannot hold. */
  readonly withPictures: number;
  /** Number of messages whose reasoning is in the traces: kept or left out, as the options say. */
  readonly withReasoning: number;
  /** Number of answers that a correction replaced. */
  readonly corrected: number;
  /** Number of corrections that a later one of the same trace replaced. */
  readonly correctionsReplaced: number;
  /** Number of tools that the file cannot describe, such as a provider's own search. */
  readonly toolsLeftOut: number;
}

/** A conversation before it becomes a line. */
export interface Draft {
  readonly messages: readonly Message[];
  /** What tells its messages apart. */
  readonly keys: readonly string[];
  /** The tools that the call offered, as they were recorded. */
  readonly offered: unknown;
}

/** The conversations of traces that belong together: one trace, or all of a session in the order of their start. */
export function conversationsOf(
  traces: Trace | readonly Trace[],
  options: ConversationOptions = {},
): TraceConversations {
  const all = "id" in traces ? [traces] : traces;
  const recorded = all.map(draftsOf);
  const kept = withoutContinued(recorded.flat());
  const { drafts, corrected, replaced } =
    options.corrections === false
      ? { drafts: kept, corrected: 0, replaced: 0 }
      : correctedDrafts(kept, all, recorded);
  const thoughts = reasoningByKey(recorded.flat());
  const plain = drafts.filter(({ messages }) =>
    messages.every(({ images = [] }) => !images.length),
  );
  const whole = plain.map((draft) => withThoughts(draft, thoughts));
  const tools = options.tools === false ? [] : plain.map(({ offered }) => chatTools(offered));
  return {
    lines: whole.map((messages, i) => ({
      messages: messages.map((message) =>
        lineMessage(message, {
          keepsReasoning: options.reasoning !== "drop",
          argumentsAs: options.argumentsAs ?? "text",
        }),
      ),
      ...(tools[i] !== undefined && tools[i].known.length > 0 && { tools: tools[i].known }),
    })),
    withPictures: drafts.length - plain.length,
    withReasoning: whole.flat().filter(({ reasoning = "" }) => reasoning !== "").length,
    corrected,
    correctionsReplaced: replaced,
    toolsLeftOut: tools.reduce((sum, { leftOut }) => sum + leftOut, 0),
  };
}

/** An answered call of a model, and the conversation up to its answer. */
export interface AnsweredCall {
  readonly span: PromptSpan;
  readonly draft: Draft;
}

/** The conversations of the answered model calls of a trace. */
const draftsOf = (trace: Trace): readonly Draft[] =>
  answeredCallsOf(trace).map(({ draft }) => draft);

/** The answered calls of models of a trace, without those that stand for an agent around others. */
export function answeredCallsOf(trace: Trace): readonly AnsweredCall[] {
  const answered = trace.spans.flatMap((span) => {
    if (span.kind !== "prompt" || span.output === undefined || span.error !== undefined) return [];
    const output = messagesOf(span.output, "assistant");
    if (!output.some(({ role }) => role === "assistant")) return [];
    return [{ span, draft: draftOf([...messagesOf(span.input, "user"), ...output], span) }];
  });
  const around = agentPrompts(
    trace.spans,
    answered.map(({ span }) => span),
  );
  return answered.filter(({ span }) => !around.has(span.id));
}

const draftOf = (messages: readonly Message[], { attributes }: PromptSpan): Draft => ({
  messages,
  keys: messages.map((one) => keyOf(one)),
  offered: attributes["gen_ai.tool.definitions"],
});

/** The drafts that no other one continues. */
export const withoutContinued = (drafts: readonly Draft[]): readonly Draft[] =>
  drafts.filter(
    ({ keys }, i) => !drafts.some((other, j) => j !== i && continues(other.keys, keys, j > i)),
  );

/** Whether a conversation begins with all of another one. Of two equal ones only the later continues the other. */
export function continues(longer: readonly string[], shorter: readonly string[], isLater: boolean) {
  if (longer.length < shorter.length || (longer.length === shorter.length && !isLater))
    return false;
  return shorter.every((key, i) => key === longer[i]);
}

/** The drafts with the last correction of each trace. */
function correctedDrafts(
  kept: readonly Draft[],
  traces: readonly Trace[],
  recorded: readonly (readonly Draft[])[],
): { readonly drafts: readonly Draft[]; readonly corrected: number; readonly replaced: number } {
  let drafts = kept;
  let [corrected, replaced] = [0, 0];
  for (const [i, trace] of traces.entries()) {
    const said = (trace.feedback ?? []).filter((one) => one.kind === "correction");
    const last = said.toSorted((a, b) => a.at - b.at).at(-1);
    if (last === undefined) continue;
    replaced += said.length - 1;
    const answer = answerDraft(trace, recorded[i]!);
    if (answer.messages.at(-1)?.content.trim() === last.answer.trim()) continue;
    corrected++;
    drafts = withCorrection(drafts, answer, last);
  }
  return { drafts, corrected, replaced };
}

/** The conversation that gave a trace's answer: of its last call that said something, else of what the model was asked. */
function answerDraft(trace: Trace, drafts: readonly Draft[]): Draft {
  const said = drafts.findLast(({ messages }) => messages.at(-1)!.content.trim() !== "");
  const answered = said ?? drafts.at(-1);
  if (answered !== undefined) return answered;
  const asked = trace.spans.findLast((span) => span.kind === "prompt");
  if (asked !== undefined) return draftOf(messagesOf(asked.input, "user"), asked);
  const task: Message = { role: "user", content: trace.task };
  return { messages: [task], keys: [keyOf(task)], offered: undefined };
}

/** Puts a corrected answer in the place of the recorded one, and makes the recorded one context where more follows it. */
function withCorrection(
  drafts: readonly Draft[],
  answer: Draft,
  { answer: content }: CorrectionFeedback,
): readonly Draft[] {
  const at = answer.messages.findLastIndex(({ role }) => role === "assistant");
  const end = at < 0 || at < answer.messages.length - 1 ? answer.messages.length : at;
  const before = answer.messages.slice(0, end);
  const prefix = answer.keys.slice(0, end + 1);
  const follows = ({ keys }: Draft): boolean =>
    end < answer.keys.length && keys.length > prefix.length && continues(keys, prefix, true);
  const isShared = drafts.some(follows);
  const reply: Message = { role: "assistant", content };
  const corrected: Draft = {
    ...answer,
    // What a longer conversation teaches already is not learned a second time.
    messages: [...(isShared ? before.map(asContext) : before), reply],
    keys: [...answer.keys.slice(0, end), keyOf(reply)],
  };
  const others = drafts.flatMap((draft) => {
    if (follows(draft)) {
      const given = asContext(draft.messages[end]!);
      return [{ ...draft, messages: draft.messages.with(end, given) }];
    }
    return draft.keys.length === answer.keys.length && continues(draft.keys, answer.keys, true)
      ? []
      : [draft];
  });
  return [...others, corrected];
}

const asContext = (message: Message): Message =>
  message.role === "assistant" ? { ...message, weight: 0 } : message;

/** What was thought before a message, by the message and all before it: later calls often do not repeat it. */
function reasoningByKey(drafts: readonly Draft[]): ReadonlyMap<string, string> {
  const thoughts = new Map<string, string>();
  for (const { messages, keys } of drafts) {
    for (const [i, { reasoning = "" }] of messages.entries()) {
      if (reasoning !== "") thoughts.set(JSON.stringify(keys.slice(0, i + 1)), reasoning);
    }
  }
  return thoughts;
}

function withThoughts({ messages, keys }: Draft, thoughts: ReadonlyMap<string, string>): Message[] {
  if (thoughts.size === 0) return [...messages];
  return messages.map((message, i) => {
    if (message.role !== "assistant" || message.reasoning !== undefined) return message;
    const reasoning = thoughts.get(JSON.stringify(keys.slice(0, i + 1)));
    return reasoning === undefined ? message : { ...message, reasoning };
  });
}

const messagesOf = (text: PromptText, role: "user" | "assistant"): readonly Message[] =>
  typeof text === "string" ? [{ role, content: text }] : text;

/** What tells messages apart. Reasoning is left out, since some senders do not repeat it. */
const keyOf = ({ role, content, toolCalls = [], toolCallId }: Message): string =>
  JSON.stringify([role, content, toolCalls.map((call) => [call.id, call.name]), toolCallId]);
