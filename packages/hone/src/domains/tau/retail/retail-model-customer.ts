/** A customer of τ²-bench's shop who is played by a model, as the benchmark has it; its instructions are in our own words. */
import { namedChatModel } from "../../../agents/named-chat-model.ts";
import type { Message } from "../../../core/message.ts";
import { randomBits } from "../../../core/random.ts";
import type { RetailTask } from "./retail-task.ts";

/** What the model writes when the customer wants nothing more. */
const END = "###END###";

/** What the agent is taken to have said first. */
const GREETING = "Hello, how can I help you?";

/** What the customer says next. */
interface CustomerWords {
  readonly words: string;
  /** Whether the customer ends the conversation. */
  readonly isEnd: boolean;
}

/** A customer in the middle of a conversation. */
export interface ModelCustomer {
  /** What the customer says to the agent's words; without words what it says first. */
  answer(said?: string): Promise<CustomerWords>;
}

/**
 * Opens the customer of a task.
 * @param model  its name, as `namedChatModel` takes it
 * @param seed   decides its draws, where the model has any at temperature 0
 * @throws as `namedChatModel`; `answer` as the model's `chat`
 */
export async function modelCustomer(
  task: RetailTask,
  model: string,
  seed: number,
): Promise<ModelCustomer> {
  const chatModel = await namedChatModel(model);
  const messages: Message[] = [{ role: "system", content: instructionsOf(task) }];
  return {
    async answer(said = GREETING) {
      messages.push({ role: "user", content: said });
      const reply = await chatModel.chat(messages, {
        temperature: 0,
        maxTokens: 256,
        seed: randomBits("customer", seed, messages.length),
      });
      messages.push({ role: "assistant", content: reply.content });
      const words = reply.content.replaceAll(END, "").trim();
      return { words: words || "Goodbye.", isEnd: reply.content.includes(END) };
    },
  };
}

const instructionsOf = ({ customer }: RetailTask): string =>
  [
    "You play a customer who writes to the agent of an online shop. Write only the customer's next message, one or two sentences.",
    "Say what you want step by step, not all at once, and in words of your own.",
    "You know what stands below and nothing else. If you are asked for more, say that you do not know it.",
    `When all that you wanted is done or refused, or you are handed over to somebody else, write ${END} and nothing else.`,
    ...[
      ["Why you write", customer.reason],
      ["What you know", customer.known],
      ["What you do not know", customer.unknown],
      ["How you behave", customer.instructions],
    ].flatMap(([title, text]) => (text === "" ? [] : [`${title}: ${text}`])),
  ].join("\n");
