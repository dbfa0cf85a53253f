/** Messages between a user, a model and its tools. Plain data. */
import type { JsonObject } from "./json.ts";

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
  /**
   * Whether training learns what the assistant says here: 0 makes it context, as `weight` in OpenAI's files. Default 1.
   * Only for role "assistant".
   */
  readonly weight?: 0 | 1;
  /**
   * The message as a file wrote it: the JSON text of an object in the form that chat templates read. A template then gets what
   * Python's would: null stays null, a missing field stays missing, arguments that are an object stay one, numbers keep their
   * digits. Where a field beside it says something else than this text, the field counts. Absent where the text would say no
   * more than `role` and `content`.
   */
  readonly written?: string;
}

/** What a conversation says besides its messages. */
export interface ConversationSettings {
  /** The tools it offers: JSON text of a list, as a chat template reads it. Default: the renderer's own. */
  readonly tools?: string;
  /** Further variables of the chat template, such as `enable_thinking`, beside the renderer's own. */
  readonly variables?: JsonObject;
  /**
   * True for texts without a chat template: the texts of the messages stand one behind the other, and the token that ends a
   * text follows. Default false.
   */
  readonly isPlain?: boolean;
  /**
   * True where the template may leave out parts of assistant messages that are not learned, as it does when the model answers:
   * many templates drop the reasoning of earlier turns. Default false: a part that is left out is an error.
   */
  readonly allowsCutContext?: boolean;
}

/** The settings of a conversation alone, without what else an object has. */
export const conversationSettings = ({
  tools,
  variables,
  isPlain,
  allowsCutContext,
}: ConversationSettings): ConversationSettings => ({
  ...(tools !== undefined && { tools }),
  ...(variables !== undefined && { variables }),
  ...(isPlain !== undefined && { isPlain }),
  ...(allowsCutContext !== undefined && { allowsCutContext }),
});
