// An app on the OpenAI SDK's Responses that knows nothing of hone, with a tool, its answer streamed. To record it:
//   OPENAI_API_KEY=… node --import hone-rl/register examples/record/openai-responses.ts
import OpenAI from "openai";

const client = new OpenAI();
const model = process.env["OPENAI_MODEL"] ?? "gpt-5-mini";

const tools: OpenAI.Responses.FunctionTool[] = [
  {
    type: "function",
    name: "weather",
    description: "The weather in a city",
    parameters: {
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
      additionalProperties: false,
    },
    strict: true,
  },
];

const weather = (given: string): string => {
  const { city } = JSON.parse(given) as { city: string };
  return `Rain in ${city}, 7 °C`;
};

const input: OpenAI.Responses.ResponseInput = [
  { role: "user", content: "Do I need an umbrella in Oslo?" },
];

for (let turn = 0; turn < 5; turn++) {
  const stream = client.responses.stream({
    model,
    instructions: "Answer in one sentence.",
    input,
    tools,
  });
  stream.on("response.output_text.delta", ({ delta }) => process.stdout.write(delta));
  const { output } = await stream.finalResponse();
  const calls = output.filter((item) => item.type === "function_call");
  if (calls.length === 0) break;
  for (const { name, arguments: given, call_id } of calls) {
    input.push({ type: "function_call", name, arguments: given, call_id });
    input.push({ type: "function_call_output", call_id, output: weather(given) });
  }
}
console.log();
