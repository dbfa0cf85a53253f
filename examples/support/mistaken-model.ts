// A model behind Chat Completions on 127.0.0.1 that looks things up and answers, often wrongly where an order is late or lost.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { orders, pick, rightAnswer, rightAnswers, seededNumbers } from "./shop.ts";

/** How often it is right about late and lost orders, of which it mostly says that they are on their way, and about the rest. */
const RIGHT_SHARE = { late: 0.3, other: 0.92 };
/** How often it asks for the wrong order. */
const SLIP_RATE = 0.03;

interface Message {
  readonly role: string;
  readonly content: string;
}

type Reply = { readonly content: string } | { readonly tool_calls: readonly object[] };

/** @param random  numbers in [0, 1) that decide its mistakes */
export async function startMistakenModel(
  random = seededNumbers(0),
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  let [calls, replies] = [0, 0];
  const reply = (messages: readonly Message[]): Reply => {
    const question = messages.findLast(({ role }) => role === "user")!.content;
    if (messages.at(-1)!.role === "tool") return { content: answerTo(question, random) };
    const call = callFor(question, random);
    return { tool_calls: [{ id: `call_${++calls}`, type: "function", function: call }] };
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { messages } = JSON.parse(await text(request)) as { readonly messages: Message[] };
    const message = { role: "assistant", content: null, ...reply(messages) };
    const finish_reason = "tool_calls" in message ? "tool_calls" : "stop";
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify({
        ...{
          id: `chatcmpl-${++replies}`,
          object: "chat.completion",
          created: 0,
          model: "mistaken",
        },
        choices: [{ index: 0, message, finish_reason }],
        usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
      }),
    );
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function callFor(question: string, random: () => number): object {
  const about = /(\w+)\?/u.exec(question)![1]!;
  if (!orders.has(about)) return { name: "stock", arguments: JSON.stringify({ item: about }) };
  const name = random() < SLIP_RATE ? pick([...orders.keys()], random) : about;
  return { name: "order", arguments: JSON.stringify({ name }) };
}

function answerTo(question: string, random: () => number): string {
  const right = rightAnswer(question);
  const isBad = right === rightAnswers.delayed || right === rightAnswers.lost;
  if (random() < (isBad ? RIGHT_SHARE.late : RIGHT_SHARE.other)) return right;
  return isBad && random() < 0.8 ? rightAnswers.shipped : pick(Object.values(rightAnswers), random);
}
