/** The contract of critics: models that read what went wrong with a prompt, and write a better one. */
import type { Message } from "../core/message.ts";
import type { ResponseFormat } from "../core/response-format.ts";

/** One question to a critic. */
export interface CriticRequest {
  readonly messages: readonly Message[];
  /** Decides the draws of the reply where the model takes a seed; the same question of the same run has the same seed. */
  readonly seed: number;
  /** The form that the reply is bound to. Given only to a critic that `bindsReplies`. */
  readonly responseFormat?: ResponseFormat;
  /** Aborts the call. */
  readonly signal?: AbortSignal;
}

/** A critic's reply. */
export interface CriticReply {
  /** What it says. */
  readonly text: string;
  /** Tokens of question and reply together; undefined where the model does not say. */
  readonly tokens: number | undefined;
}

/** A model that criticises and rewrites prompts. */
export interface Critic {
  /** Names it in records and errors. */
  readonly name: string;
  /** Whether it can bind a reply to a schema, so that even a small model answers in the form that it is asked for. Default false. */
  readonly bindsReplies?: boolean;
  /** Asks once. An error that it throws stops the search. */
  ask(request: CriticRequest): Promise<CriticReply>;
}
