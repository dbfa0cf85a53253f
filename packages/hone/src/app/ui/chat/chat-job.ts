/** What a dashboard and the process of the model that people chat with say to each other. */
import type { Message } from "../../../core/message.ts";
import type { UiChatEvent } from "../../../server/ui/chat-library.ts";

/** The model of a process, which it is told first. */
export interface ChatJob {
  /** The folder of a run. */
  readonly run: string;
  /** The name of a checkpoint. Default: what the run ended with, else its latest. */
  readonly checkpoint?: string;
}

/** A conversation that is to be answered. */
export interface ChatQuestion {
  /** What was sampled in a conversation of this name before keeps its exact tokens. */
  readonly conversation: string;
  readonly messages: readonly Message[];
  /** Longest reply, in tokens. */
  readonly maxTokens: number;
  readonly temperature: number;
  readonly seed: number;
}

/** What the process is told after its job. */
export type ChatOrder =
  | { readonly kind: "answer"; readonly number: number; readonly question: ChatQuestion }
  | { readonly kind: "stop"; readonly number: number };

/** What the process says: an event of the answer with this number, or of all of them where it has none. */
export interface ChatReport {
  readonly number?: number;
  readonly event: UiChatEvent;
}
