// Two agents of OpenAI Agents JS, one of which hands over to the other; nothing in here knows of hone:
//   OPENAI_API_KEY=… node --import hone-rl/register examples/record/openai-agents.ts [--chat] [--stream]
import { Agent, Runner, setOpenAIAPI, tool } from "@openai/agents";
import { z } from "zod";

const orders = new Map([["A-17", { item: "kettle", shipped: true }]]);

const lookUpOrder = tool({
  name: "look_up_order",
  description: "Looks up an order by its number.",
  parameters: z.object({ number: z.string() }),
  execute: async ({ number }) => {
    const order = orders.get(number);
    if (order === undefined) throw new Error(`There is no order ${number}.`);
    return order;
  },
});

const orderDesk = new Agent({
  name: "order desk",
  handoffDescription: "Knows all orders.",
  instructions: "Look the order up and answer in one sentence.",
  tools: [lookUpOrder],
});

const reception = new Agent({
  name: "reception",
  instructions: "Hand over to whoever knows.",
  handoffs: [orderDesk],
});

async function main(): Promise<void> {
  if (process.argv.includes("--chat")) setOpenAIAPI("chat_completions");
  const runner = new Runner({ model: "gpt-5-mini" });
  const question = "Where is my order A-17?";
  if (process.argv.includes("--stream")) {
    const result = await runner.run(reception, question, { stream: true });
    for await (const text of result.toTextStream()) process.stdout.write(text);
    await result.completed;
    console.log(`\n${result.lastAgent?.name} answered.`);
  } else {
    const result = await runner.run(reception, question);
    console.log(result.finalOutput);
    console.log(`${result.lastAgent?.name} answered.`);
  }
}

await main();
