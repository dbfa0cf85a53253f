/** One conversation with a model: what was said, the reply that is coming, and how it is stopped. */
import { useEffect, useReducer, useRef } from "react";
import { ServerProblem } from "../api/client.ts";
import { type ChatEvent, type ChatRequest, replyEvents } from "./chat-api.ts";

/** Something that was said. */
export interface ChatTurn {
  readonly role: "user" | "assistant";
  readonly text: string;
  /** What the model thought before it spoke, where its template tells the two apart. */
  readonly reasoning: string;
  /** How a reply is: it comes, it is whole, or it was stopped, by the person or by a problem. */
  readonly state: "coming" | "whole" | "stopped";
  /** What is known of a whole reply. */
  readonly end?: Extract<ChatEvent, { readonly kind: "done" }>;
}

/** How the next reply is sampled. */
export interface ChatSettings {
  readonly run: string;
  readonly checkpoint: string | undefined;
  /** What the model is told first; an empty text is nothing. */
  readonly system: string;
  readonly temperature: number;
  readonly maxTokens: number;
  readonly seed: number;
}

interface ChatState {
  readonly turns: readonly ChatTurn[];
  /** What the server does before the first token, such as loading the model. */
  readonly progress: Extract<ChatEvent, { readonly kind: "progress" }> | undefined;
  readonly error: Error | undefined;
  /** What was asked last, where no reply came to it. */
  readonly unanswered: string | undefined;
}

export interface Chat extends ChatState {
  readonly isBusy: boolean;
  readonly say: (text: string) => void;
  readonly stop: () => void;
  /** Forgets what was said. */
  readonly clear: () => void;
}

type Change =
  | { readonly kind: "said"; readonly text: string }
  | { readonly kind: "event"; readonly event: ChatEvent }
  | { readonly kind: "failed"; readonly error: Error | undefined }
  | { readonly kind: "cleared" };

const nothing: ChatState = {
  ...{ turns: [], progress: undefined },
  ...{ error: undefined, unanswered: undefined },
};

/** A conversation with what the settings name. Another checkpoint goes on with what was said. */
export function useChat(settings: ChatSettings): Chat {
  const [state, change] = useReducer(changed, nothing);
  const conversation = useRef(newName());
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const isBusy = state.turns.at(-1)?.state === "coming";
  const answer = async (text: string): Promise<void> => {
    const stop = new AbortController();
    running.current = stop;
    change({ kind: "said", text });
    const request = requestOf(settings, state.turns, text, conversation.current);
    try {
      for await (const event of replyEvents(request, stop.signal)) change({ kind: "event", event });
    } catch (error) {
      change({ kind: "failed", error: stop.signal.aborted ? undefined : (error as Error) });
    }
  };
  return {
    ...state,
    isBusy,
    say: (text) => {
      if (!isBusy && text.trim() !== "") void answer(text);
    },
    stop: () => running.current?.abort(),
    clear: () => {
      running.current?.abort();
      conversation.current = newName();
      change({ kind: "cleared" });
    },
  };
}

/** Pages that come by plain HTTP from another machine have no crypto.randomUUID. */
const newName = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16)).join("");

function requestOf(
  { system, checkpoint, ...sampling }: ChatSettings,
  before: readonly ChatTurn[],
  text: string,
  conversation: string,
): ChatRequest {
  const first = system.trim() === "" ? [] : [{ role: "system" as const, content: system }];
  const said = before.map(({ role, text: content }) => ({ role, content }));
  const messages = [...first, ...said, { role: "user" as const, content: text }];
  return { ...sampling, conversation, messages, ...(checkpoint !== undefined && { checkpoint }) };
}

function changed(state: ChatState, change: Change): ChatState {
  const { turns } = state;
  switch (change.kind) {
    case "cleared":
      return nothing;
    case "said": {
      const reply = turn("assistant", "", "coming");
      return { ...nothing, turns: [...turns, turn("user", change.text, "whole"), reply] };
    }
    case "failed":
      return { ...state, ...stopped(turns), progress: undefined, error: change.error };
    case "event":
      return withEvent(state, change.event);
  }
}

const turn = (role: ChatTurn["role"], text: string, state: ChatTurn["state"]): ChatTurn => ({
  role,
  text,
  reasoning: "",
  state,
});

function withEvent(state: ChatState, event: ChatEvent): ChatState {
  const { turns } = state;
  const last = turns.at(-1);
  // What was forgotten meanwhile gets no reply.
  if (last?.state !== "coming") return state;
  const withLast = (more: Partial<ChatTurn>): ChatState => ({
    ...{ turns: [...turns.slice(0, -1), { ...last, ...more }], progress: undefined },
    ...{ error: undefined, unanswered: undefined },
  });
  switch (event.kind) {
    case "progress":
      return { ...state, progress: event };
    case "text":
      return withLast({ text: last.text + event.text });
    case "reasoning":
      return withLast({ reasoning: last.reasoning + event.text });
    case "done":
      return withLast({ state: "whole", end: event });
    case "problem": {
      const error = new ServerProblem(event.code, event.message, true);
      return { ...stopped(turns), progress: undefined, error };
    }
  }
}

/** A reply that is cut off stays as far as it came. One that had not begun leaves nothing, and what was asked can be sent again. */
function stopped(turns: readonly ChatTurn[]): Pick<ChatState, "turns" | "unanswered"> {
  const last = turns.at(-1);
  if (last?.state !== "coming") return { turns, unanswered: undefined };
  if (last.text === "" && last.reasoning === "")
    return { turns: turns.slice(0, -2), unanswered: turns.at(-2)?.text };
  return { turns: [...turns.slice(0, -1), { ...last, state: "stopped" }], unanswered: undefined };
}
