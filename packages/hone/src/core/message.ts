/** Messages between a user, a model and its tools. Plain data. */

/** Who a message is from: instructions, the user, the model, or a tool's result. */
export type Role = "system" | "user" | "assistant" | "tool";

/** A call of a tool that a model asks for. */
export interface ToolCall {
  /** Names the call, so that the tool's message can refer to it. */
  readonly id: string;
  /** The name of the tool. */
  readonly name: string;
  /** The arguments as the model wrote them: JSON text, possibly malformed. */
  readonly arguments: string;
}

/** A picture in a message. */
export interface MessageImage {
  /** Address of the picture, or its bytes as a `data:` URL. */
  readonly url: string;
  /** For example "image/png"; absent when it is not known. */
  readonly mediaType?: string;
}

/** One message of a conversation. */
export interface Message {
  /** Who the message is from. */
  readonly role: Role;
  /** The text; empty when the message has only pictures or tool calls. */
  readonly content: string;
  /** Pictures that belong to the content, in order. */
  readonly images?: readonly MessageImage[];
  /** What the model thought before it answered; absent when its format does not separate thinking from the answer. */
  readonly reasoning?: string;
  /** Tools that the model asks to call, in order. Only for role "assistant". */
  readonly toolCalls?: readonly ToolCall[];
  /** The id of the tool call whose result this message is. Only for role "tool". */
  readonly toolCallId?: string;
}
