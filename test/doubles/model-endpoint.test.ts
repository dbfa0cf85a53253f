import OpenAI from "openai";
import { afterEach, expect, it } from "vitest";
import { type ModelEndpoint, startModelEndpoint, toolThenText } from "./model-endpoint.ts";

let endpoint: ModelEndpoint | undefined;
afterEach(() => endpoint?.close());

const client = (): OpenAI =>
  new OpenAI({ baseURL: endpoint!.url, apiKey: "sk-test", maxRetries: 0 });
const messages = [{ role: "user" as const, content: "weather?" }];
const call = { name: "weather", arguments: { city: "Oslo" } };

it("speaks Chat Completions to the real SDK, plain and streamed", async () => {
  endpoint = await startModelEndpoint([{ text: "Hello there." }, { calls: [call] }]);
  const plain = await client().chat.completions.create({ model: "m", messages });
  expect(plain.choices[0]!.message.content).toBe("Hello there.");
  const stream = client().chat.completions.stream({ model: "m", messages });
  const { choices } = await stream.finalChatCompletion();
  expect(choices[0]!.message.tool_calls).toMatchObject([
    { id: "call_1", function: { name: "weather", arguments: '{"city":"Oslo"}' } },
  ]);
  expect(endpoint.requests.map(({ path }) => path)).toEqual(Array(2).fill("/v1/chat/completions"));
});

it("speaks Responses to the real SDK, plain and streamed", async () => {
  endpoint = await startModelEndpoint(toolThenText(call, "Rain."));
  const first = await client().responses.create({ model: "m", input: "weather?" });
  expect(first.output).toMatchObject([{ type: "function_call", call_id: "call_1" }]);
  const output = { type: "function_call_output" as const, call_id: "call_1", output: "rain" };
  const stream = client().responses.stream({ model: "m", input: [output] });
  expect((await stream.finalResponse()).output_text).toBe("Rain.");
});

it("fails, breaks off and hangs on demand", async () => {
  endpoint = await startModelEndpoint([{ status: 429 }, { text: "Hello there.", breaksAfter: 2 }]);
  const ask = () => client().chat.completions.create({ model: "m", messages, stream: true });
  await expect(ask()).rejects.toMatchObject({ status: 429 });
  const stream = await ask();
  const readAll = async () => {
    for await (const _ of stream);
  };
  await expect(readAll()).rejects.toThrow("terminated");
});
