// An agent on the AI SDK, 6 or 7, that knows nothing of hone. To record it:
//   OPENAI_API_KEY=… node --import hone-rl/register examples/record/ai-sdk.ts [--chat] [--stream [--abort | --stop]]
import { openai } from "@ai-sdk/openai";
import { ToolLoopAgent, tool } from "ai";
import { z } from "zod";

const orders = new Map([["A-17", { item: "kettle", shipped: true }]]);

const lookUpOrder = tool({
  description: "Looks up an order by its number.",
  inputSchema: z.object({ number: z.string() }),
  execute: async ({ number }) => {
    const order = orders.get(number);
    if (order === undefined) throw new Error(`There is no order ${number}.`);
    return order;
  },
});

async function main(): Promise<void> {
  const has = (flag: string): boolean => process.argv.includes(flag);
  const desk = new ToolLoopAgent({
    model: has("--chat") ? openai.chat("gpt-5-mini") : openai("gpt-5-mini"),
    instructions: "Look the order up and answer in one sentence.",
    tools: { lookUpOrder },
    maxOutputTokens: 200,
    maxRetries: 1,
  });
  const prompt = "Where is my order A-17?";
  if (!has("--stream")) {
    const { text, totalUsage } = await desk.generate({ prompt });
    console.log(text, totalUsage.totalTokens);
    return;
  }
  const controller = new AbortController();
  const { textStream } = await desk.stream({ prompt, abortSignal: controller.signal });
  for await (const text of textStream) {
    process.stdout.write(text);
    if (has("--stop")) break;
    if (has("--abort")) controller.abort();
  }
  console.log();
}

await main();
