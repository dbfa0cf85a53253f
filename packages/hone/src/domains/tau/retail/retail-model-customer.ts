/** A customer of τ²-bench's shop who is played by a model, as the benchmark has it; its instructions are in our own words. */
import { namedChatModel } from "../../../agents/named-chat-model.ts";
import type { Message } from "../../../core/message.ts";
import { HoneError } from "../../../core/errors.ts";
import { randomBits } from "../../../core/random.ts";
import type { RetailTask } from "../../../data/tau2/retail-task.ts";

/** The variable of the environment in which a user names the model that may play customers. */
const VARIABLE = "HONE_CUSTOMER";

/** Time limit of one answer of the customer, its repeated requests included, in ms. */
const ANSWER_MS = 120_000;

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
  /**
   * What the customer says next.
   * @param to.said    the agent's words; without them it says what it says first
   * @param to.signal  ends the question, with its error
   */
  answer(to: {
    readonly said?: string | undefined;
    readonly signal?: AbortSignal | undefined;
  }): Promise<CustomerWords>;
}

/**
 * Looks at who plays the customers of tasks. A file of tasks may come from elsewhere, and a model is asked with the user's own key, so
 * that it must be named by the user, too.
 * @returns the name of the model; undefined where all are played by rules
 * @throws CUSTOMER_NOT_NAMED for a model that HONE_CUSTOMER does not name
 */
export function checkCustomers(tasks: readonly RetailTask[]): string | undefined {
  const models = new Set(tasks.flatMap(({ customer: { model } }) => model ?? []));
  for (const model of models)
    if (model !== process.env[VARIABLE])
      throw new HoneError("CUSTOMER_NOT_NAMED", { model, variable: VARIABLE });
  return [...models][0];
}

/**
 * Opens the customer of a task.
 * @param model  its name, as `namedChatModel` takes it
 * @param seed   passed on to the model, for providers that draw tokens even at temperature 0
 * @throws as `checkCustomers` and `namedChatModel`; `answer` as the model's `chat`
 */
export async function modelCustomer(
  task: RetailTask,
  model: string,
  seed: number,
): Promise<ModelCustomer> {
  checkCustomers([task]);
  const chatModel = await namedChatModel(model);
  const messages: Message[] = [{ role: "system", content: instructionsOf(task) }];
  return {
    async answer({ said = GREETING, signal }) {
      const limit = AbortSignal.timeout(ANSWER_MS);
      messages.push({ role: "user", content: said });
      const reply = await chatModel.chat(messages, {
        signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
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
