// A support agent on the AI SDK that knows nothing of hone.
import { appendFileSync } from "node:fs";
import { openai } from "@ai-sdk/openai";
import { generateText, isStepCount, tool } from "ai";
import { z } from "zod";
import { orders, stock } from "./shop.ts";

/** Each run of a tool adds a line to the file that SUPPORT_LOG names. */
const ran = (line: string): void => {
  const file = process.env["SUPPORT_LOG"];
  if (file !== undefined) appendFileSync(file, `${line}\n`);
};

const tools = {
  order: tool({
    description: "What became of an order.",
    inputSchema: z.object({ name: z.string() }),
    execute: ({ name }) => {
      ran(`order ${name}`);
      return orders.get(name) ?? "unknown";
    },
  }),
  stock: tool({
    description: "How many of an item there are.",
    inputSchema: z.object({ item: z.string() }),
    execute: ({ item }) => {
      ran(`stock ${item}`);
      return stock.get(item) ?? "unknown";
    },
  }),
};

/** Answers a customer's question. */
export async function answer(question: string, customer?: string): Promise<string> {
  const { text } = await generateText({
    model: openai.chat("gpt-5-mini"),
    system: "You answer the customers of a shop.",
    prompt: question,
    tools,
    stopWhen: isStepCount(3),
    maxOutputTokens: 60,
    ...(customer !== undefined && {
      runtimeContext: { sessionId: customer },
      telemetry: { includeRuntimeContext: { sessionId: true } },
    }),
  });
  return text;
}
