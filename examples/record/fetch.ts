// An app without any SDK that knows nothing of hone: `fetch`, a tool and a stream read by hand. To record it:
//   OPENAI_API_KEY=… node --import hone-rl/register examples/record/fetch.ts
const base = process.env["OPENAI_BASE_URL"] ?? "https://api.openai.com/v1";
const model = process.env["OPENAI_MODEL"] ?? "gpt-5-mini";

interface Message {
  role: string;
  content: string | null;
  tool_calls?: { id: string; function: { name: string; arguments: string } }[];
  tool_call_id?: string;
}

async function ask(body: object): Promise<Response> {
  const response = await fetch(`${base}/chat/completions`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${process.env["OPENAI_API_KEY"]}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ model, ...body }),
  });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return response;
}

const parameters = { type: "object", properties: { city: { type: "string" } } };
const tools = [{ type: "function", function: { name: "weather", parameters } }];
const messages: Message[] = [{ role: "user", content: "Do I need an umbrella in Oslo?" }];

const first = (await (await ask({ messages, tools })).json()) as {
  choices: { message: Message }[];
};
const { message } = first.choices[0]!;
messages.push(message);
for (const call of message.tool_calls ?? []) {
  const { city } = JSON.parse(call.function.arguments) as { city: string };
  messages.push({ role: "tool", tool_call_id: call.id, content: `Rain in ${city}, 7 °C` });
}

const answer = await ask({ messages, tools, stream: true });
let rest = "";
for await (const text of answer.body!.pipeThrough(new TextDecoderStream())) {
  const lines = (rest + text).split("\n");
  rest = lines.pop()!;
  for (const line of lines) {
    if (!line.startsWith("data: {")) continue;
    const { choices } = JSON.parse(line.slice(6)) as {
      choices: { delta: { content?: string | null } }[];
    };
    process.stdout.write(choices[0]?.delta.content ?? "");
  }
}
console.log();
