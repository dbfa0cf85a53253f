// The shop's support agent on LangGraph; nothing in here knows of hone.
import { HumanMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { createReactAgent } from "@langchain/langgraph/prebuilt";
import { ChatOpenAI } from "@langchain/openai";
import { z } from "zod";
import { orders, stock } from "../support/shop.ts";

const order = tool(({ name }) => orders.get(name) ?? "unknown", {
  name: "order",
  description: "What became of an order.",
  schema: z.object({ name: z.string() }),
});
const inStock = tool(({ item }) => String(stock.get(item) ?? "unknown"), {
  name: "stock",
  description: "How many of an item there are.",
  schema: z.object({ item: z.string() }),
});

const agent = createReactAgent({
  llm: new ChatOpenAI({ model: "gpt-4o-mini", temperature: 0, maxTokens: 60, maxRetries: 0 }),
  tools: [order, inStock],
  prompt: "You answer the customers of a shop.",
  name: "desk",
});

/** Answers a customer's question. @param thread  the conversation that it belongs to */
export async function answer(question: string, thread = "1"): Promise<string> {
  const { messages } = await agent.invoke(
    { messages: [new HumanMessage(question)] },
    { configurable: { thread_id: thread }, recursionLimit: 7 },
  );
  return messages.at(-1)?.text ?? "";
}
