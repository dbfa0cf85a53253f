/** What is said between a user, a model and its tools. Plain data. */
export type Role = "system" | "user" | "assistant" | "tool";

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** The arguments as the model wrote them: JSON text, possibly malformed. */
  readonly arguments: string;
}

/** A picture in a message: where it lies, or its bytes as a `data:` URL. */
export interface MessageImage {
  readonly url: string;
  /** For example "image/png", where it is known. */
  readonly mediaType?: string;
}

export interface Message {
  readonly role: Role;
  readonly content: string;
  /** Pictures that belong to the content, in order. */
  readonly images?: readonly MessageImage[];
  /** What the model thought before it answered, where its template separates that. */
  readonly reasoning?: string;
  readonly toolCalls?: readonly ToolCall[];
  /** For role "tool": the call this answers. */
  readonly toolCallId?: string;
}
