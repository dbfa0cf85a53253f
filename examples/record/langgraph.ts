// A LangGraph graph of a model and its tools; nothing in here knows of hone:
//   OPENAI_API_KEY=… node --import hone-rl/register examples/record/langgraph.ts [--stream]
import { HumanMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { END, MessagesAnnotation, START, StateGraph } from "@langchain/langgraph";
import { ToolNode } from "@langchain/langgraph/prebuilt";
import { ChatOpenAI } from "@langchain/openai";
import { z } from "zod";

const temperatures = new Map([["Oslo", 4]]);

const temperatureIn = tool(
  ({ city }) => {
    const degrees = temperatures.get(city);
    if (degrees === undefined) throw new Error(`Nobody measures in ${city}.`);
    return `${degrees} °C`;
  },
  {
    name: "temperature_in",
    description: "The temperature in a city now.",
    schema: z.object({ city: z.string() }),
  },
);

const model = new ChatOpenAI({ model: "gpt-5-mini", maxRetries: 0 }).bindTools([temperatureIn]);

const graph = new StateGraph(MessagesAnnotation)
  .addNode("think", async ({ messages }) => ({ messages: [await model.invoke(messages)] }))
  .addNode("look", new ToolNode([temperatureIn]))
  .addEdge(START, "think")
  .addConditionalEdges("think", ({ messages }) => {
    const last = messages.at(-1) as { tool_calls?: readonly unknown[] } | undefined;
    return last?.tool_calls?.length ? "look" : END;
  })
  .addEdge("look", "think")
  .compile({ name: "weather" });

async function main(): Promise<void> {
  const question = { messages: [new HumanMessage("How cold is it in Oslo?")] };
  const options = { configurable: { thread_id: "thread-1" } };
  if (process.argv.includes("--stream")) {
    const parts = await graph.stream(question, { ...options, streamMode: "messages" as const });
    for await (const [message] of parts) process.stdout.write(message.text);
    console.log();
  } else {
    const { messages } = await graph.invoke(question, options);
    console.log(messages.at(-1)?.text);
  }
}

await main();
