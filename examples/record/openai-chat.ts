// An app on the OpenAI SDK's Chat Completions that knows nothing of hone, with a tool and a stream. To record it:
//   OPENAI_API_KEY=… node --import hone-rl/register examples/record/openai-chat.ts
import OpenAI from "openai";

const client = new OpenAI();
const model = process.env["OPENAI_MODEL"] ?? "gpt-5-mini";

const tools: OpenAI.Chat.ChatCompletionTool[] = [
  {
    type: "function",
    function: {
      name: "weather",
      description: "The weather in a city",
      parameters: {
        type: "object",
        properties: { city: { type: "string" } },
        required: ["city"],
      },
    },
  },
];

const weather = (given: string): string => {
  const { city } = JSON.parse(given) as { city: string };
  return `Rain in ${city}, 7 °C`;
};

const messages: OpenAI.Chat.ChatCompletionMessageParam[] = [
  { role: "system", content: "Answer in one sentence." },
  { role: "user", content: "Do I need an umbrella in Oslo?" },
];

for (let turn = 0; turn < 5; turn++) {
  const { choices } = await client.chat.completions.create({ model, messages, tools });
  const { message } = choices[0]!;
  messages.push(message);
  if (message.tool_calls === undefined) {
    console.log(message.content);
    break;
  }
  for (const call of message.tool_calls) {
    if (call.type !== "function") continue;
    const content = weather(call.function.arguments);
    messages.push({ role: "tool", tool_call_id: call.id, content });
  }
}

const stream = await client.chat.completions.create({
  model,
  messages: [{ role: "user", content: "And in Bergen, as a haiku?" }],
  stream: true,
  stream_options: { include_usage: true },
});
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? "");
console.log();
