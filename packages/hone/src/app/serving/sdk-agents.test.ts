/**
 * Agents of SDKs with the policy as their model: every call is recorded with the very tokens that were sampled and the engine's
 * own log-probs, and its turns, through a tool's result, are one row for training.
 */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HumanMessage, ToolMessage } from "@langchain/core/messages";
import { tool as langChainTool } from "@langchain/core/tools";
import { END, MessagesAnnotation, START, StateGraph } from "@langchain/langgraph";
import { ToolNode, toolsCondition } from "@langchain/langgraph/prebuilt";
import { ChatOpenAI } from "@langchain/openai";
import { Agent as SdkAgent, OpenAIProvider, Runner, tool as agentsTool } from "@openai/agents";
import * as sdk7 from "ai";
import * as sdk6 from "ai-6";
import { createOpenAI } from "ai-openai-3";
import { afterAll, describe, expect, it } from "vitest";
import { toolSettings } from "../../agents/call-options.ts";
import { policyChatModels } from "../../agents/policy-chat-model.ts";
import { supervisedDatum } from "../../algorithms/blocks/datums.ts";
import { trajectoriesOf } from "../../algorithms/blocks/trajectories.ts";
import type { Message } from "../../core/message.ts";
import type { Rollout, Task } from "../../core/rollout.ts";
import { openEngine } from "../../engine/engine.ts";
import type { Agent } from "../../ports/agent.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import { rolloutRunner } from "../../rollouts/rollout-runner.ts";
import { scriptedModels, startScripted } from "../../server/scripted-server-fixture.ts";
import { policyEndpoint } from "./policy-endpoint.ts";

/** The tool, as every SDK is told of it. */
const name = "look";
const description = "The weather.";
const parameters = {
  type: "object" as const,
  properties: { city: { type: "string" as const } },
  required: ["city" as const],
  additionalProperties: false as const,
};
interface Asked {
  readonly city: string;
}
const execute = ({ city }: Asked): string => (city === "Oslo" ? "cold" : "warm");

const question = "Oslo?";
/** The reply that calls the tool, with white space in its arguments that no SDK keeps. */
const calling = '<call>\n{"name": "look", "arguments": {"city":  "Oslo"}}\n</call>';
const answer = "It is cold.";

const folder = await mkdtemp(join(tmpdir(), "hone-sdk-agents-"));
await cp(join(import.meta.dirname, "../../../../../test/golden/models/qwen2"), folder, {
  recursive: true,
});
// The definition of a tool takes more tokens than the tiny model's context has.
const config = join(folder, "config.json");
const longer = (await readFile(config, "utf8")).replace(
  '"max_position_embeddings": 256',
  '"max_position_embeddings": 1024',
);
await writeFile(config, longer);
const engine = await openEngine(folder, { threads: 1 });
const policy = await taught();
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

/** The tiny model, which has learned to call the tool and to say what it returned. */
async function taught(): Promise<SamplingClient> {
  const row = supervisedDatum(await lesson(), 1);
  const training = await engine.createTrainingClient({ lora: false });
  for (let step = 0; step < 45; step++) {
    await training.forwardBackward([row], "cross_entropy");
    await training.optimStep({ learningRate: 0.01 });
  }
  return training.saveWeightsForSampler();
}

/** The tokens of a rollout that goes well. */
async function lesson(): Promise<{ readonly tokens: number[]; readonly mask: number[] }> {
  const { renderer: render } = engine;
  const [turnEnd] = render.stopTokens;
  const settings = toolSettings([{ name, description, parameters }]);
  const asked: Message = { role: "user", content: question };
  const prompt = await render.prompt([asked], settings);
  const called = [...(await render.encode(calling)), turnEnd!];
  const reply = await render.parse(called, { prompt, settings });
  const result: Message = { role: "tool", toolCallId: reply.toolCalls![0]!.id, content: "cold" };
  const before = [...prompt, ...called];
  const next = await render.extend(before, [result], [asked, reply], settings);
  const said = [...(await render.encode(answer)), turnEnd!];
  const tokens = [...next, ...said];
  const isSampled = (_: number, i: number): boolean =>
    (i >= prompt.length && i < before.length) || i >= next.length;
  return { tokens, mask: tokens.map((token, i) => Number(isSampled(token, i))) };
}

const { renderer } = engine;

/** One greedy rollout of an agent. */
async function rollout(agent: Agent<Task, string>): Promise<Rollout<Task, string>> {
  const runner = rolloutRunner<Task, string>({
    agent,
    reward: ({ answer: said }) => Number(said === answer),
    chatModel: policyChatModels({ renderer, sampling: { maxTokens: 100 }, contextLength: 1024 }),
    retries: 0,
  });
  const jobs = [{ id: "r", task: { id: "t" }, seed: 3 }];
  const [done] = await runner.run({ policy, jobs, temperature: 0 });
  return done!;
}

const generated: Agent<Task, string> = async (_, { languageModel: model }) => {
  const inputSchema = sdk7.jsonSchema<Asked>(parameters);
  const tools = { [name]: sdk7.tool({ description, inputSchema, execute }) };
  const stopWhen = sdk7.isStepCount(3);
  return (await sdk7.generateText({ model, prompt: question, tools, stopWhen })).text;
};

const streamed: Agent<Task, string> = (_, { languageModel: model }) => {
  const inputSchema = sdk7.jsonSchema<Asked>(parameters);
  const tools = { [name]: sdk7.tool({ description, inputSchema, execute }) };
  return sdk7.streamText({ model, prompt: question, tools, stopWhen: sdk7.isStepCount(3) }).text;
};

const generated6: Agent<Task, string> = async (_, { languageModel: model }) => {
  const inputSchema = sdk6.jsonSchema<Asked>(parameters);
  const tools = { [name]: sdk6.tool({ description, inputSchema, execute }) };
  const stopWhen = sdk6.stepCountIs(3);
  return (await sdk6.generateText({ model, prompt: question, tools, stopWhen })).text;
};

const streamed6: Agent<Task, string> = (_, { languageModel: model }) => {
  const inputSchema = sdk6.jsonSchema<Asked>(parameters);
  const tools = { [name]: sdk6.tool({ description, inputSchema, execute }) };
  return sdk6.streamText({ model, prompt: question, tools, stopWhen: sdk6.stepCountIs(3) }).text;
};

const agentsJs =
  (useResponses: boolean): Agent<Task, string> =>
  async (_, context) => {
    using endpoint = await policyEndpoint(context);
    const { baseURL, apiKey } = endpoint;
    const modelProvider = new OpenAIProvider({ baseURL, apiKey, useResponses });
    const runner = new Runner({ modelProvider, tracingDisabled: true });
    const look = agentsTool({
      name,
      description,
      parameters,
      strict: true,
      execute: (asked) => execute(asked as Asked),
    });
    const agent = new SdkAgent({ name: "weather", model: "policy", tools: [look] });
    return (await runner.run(agent, question)).finalOutput ?? "";
  };

/** A graph of a model and its tools. The model is streamed where somebody listens to its messages. */
const langGraph =
  (streamMode: readonly ["values"] | readonly ["values", "messages"]): Agent<Task, string> =>
  async (_, context) => {
    using endpoint = await policyEndpoint(context);
    const { baseURL, apiKey } = endpoint;
    const look = langChainTool(execute, { name, description, schema: parameters });
    const model = new ChatOpenAI({ model: "policy", apiKey, configuration: { baseURL } });
    const llm = model.bindTools([look]);
    const graph = new StateGraph(MessagesAnnotation)
      .addNode("think", async ({ messages }) => ({ messages: [await llm.invoke(messages)] }))
      .addNode("act", new ToolNode([look]))
      .addEdge(START, "think")
      .addConditionalEdges("think", toolsCondition, { tools: "act", [END]: END })
      .addEdge("act", "think")
      .compile();
    const asked = { messages: [new HumanMessage(question)] };
    let last = "";
    for await (const [mode, state] of await graph.stream(asked, { streamMode: [...streamMode] })) {
      if (mode === "values") last = state.messages.at(-1)!.text;
    }
    return last;
  };

describe("an agent of an SDK", () => {
  it.each<[string, Agent<Task, string>]>([
    ["generateText of AI SDK 7", generated],
    ["streamText of AI SDK 7", streamed],
    ["generateText of AI SDK 6", generated6],
    ["streamText of AI SDK 6", streamed6],
    ["Agents JS by responses", agentsJs(true)],
    ["Agents JS by chat completions", agentsJs(false)],
    ["LangGraph", langGraph(["values"])],
    ["LangGraph that streams", langGraph(["values", "messages"])],
  ])("%s is recorded with the tokens and log-probs of the engine, as one row", async (_, agent) => {
    const done = await rollout(agent);
    expect(done.failure).toBeUndefined();
    expect(done.isSuccess).toBe(true);
    expect(done.turns).toHaveLength(2);
    for (const { promptTokens, tokens, logProbs } of done.turns) {
      const all = await policy.logProbs([...promptTokens, ...tokens]);
      const expected = all.slice(promptTokens.length);
      logProbs.forEach((logProb, t) => expect(Math.abs(logProb - expected[t]!)).toBeLessThan(1e-4));
    }
    const { rows, splits } = trajectoriesOf(done);
    expect([rows.length, splits]).toEqual([1, 0]);
  });

  it("is given what a schema demands, and says so to training", async () => {
    const cities = { type: "object" as const, properties: { city: { enum: ["Oslo", "Rome"] } } };
    const schema = sdk7.jsonSchema<Asked>({ ...cities, required: ["city"] });
    const done = await rollout(async (_, { languageModel: model }) => {
      const output = sdk7.Output.object({ schema });
      return (await sdk7.generateText({ model, prompt: question, output })).output.city;
    });
    expect(["Oslo", "Rome"]).toContain(done.answer);
    expect(done.turns[0]!.bound).toBeDefined();
  });
});

describe("a client of an SDK at hone serve", async () => {
  const server = await startScripted(
    scriptedModels(({ messages }) =>
      messages.at(-1)!.role === "tool"
        ? { content: answer, pieces: ["It ", "is ", "cold."] }
        : { toolCalls: [{ id: "c1", name, arguments: '{"city": "Oslo"}' }] },
    ),
    { key: "secret" },
  );
  afterAll(() => server[Symbol.asyncDispose]());
  const [baseURL, apiKey] = [`${server.url}/v1`, "secret"];

  it.each(["chat", "responses"] as const)("calls tools with AI SDK 6 by %s", async (wire) => {
    const model = createOpenAI({ baseURL, apiKey })[wire]("scripted");
    const inputSchema = sdk6.jsonSchema<Asked>(parameters);
    const tools = { [name]: sdk6.tool({ description, inputSchema, execute }) };
    const options = { model, prompt: question, tools, stopWhen: sdk6.stepCountIs(3) };
    expect((await sdk6.generateText(options)).text).toBe(answer);
    expect(await sdk6.streamText(options).text).toBe(answer);
  });

  it.each([true, false])("calls tools with Agents JS, by responses: %s", async (useResponses) => {
    const modelProvider = new OpenAIProvider({ baseURL, apiKey, useResponses });
    const runner = new Runner({ modelProvider, tracingDisabled: true });
    const look = agentsTool({
      ...{ name, description, parameters, strict: true },
      execute: (asked) => execute(asked as Asked),
    });
    const agent = new SdkAgent({ name: "weather", model: "scripted", tools: [look] });
    expect((await runner.run(agent, question)).finalOutput).toBe(answer);
    const streamed = await runner.run(agent, question, { stream: true });
    let text = "";
    for await (const piece of streamed.toTextStream()) text += piece;
    expect(text).toBe(answer);
  });

  it("calls tools with LangChain, whole and streamed", async () => {
    const look = langChainTool(execute, { name, description, schema: parameters });
    const model = new ChatOpenAI({ model: "scripted", apiKey, configuration: { baseURL } });
    const llm = model.bindTools([look]);
    const first = await llm.invoke([new HumanMessage(question)]);
    expect(first.tool_calls).toMatchObject([{ id: "c1", name, args: { city: "Oslo" } }]);
    const result = new ToolMessage({ content: "cold", tool_call_id: "c1" });
    const pieces: string[] = [];
    for await (const { text } of await llm.stream([new HumanMessage(question), first, result])) {
      if (text !== "") pieces.push(text);
    }
    expect(pieces).toEqual(["It ", "is ", "cold."]);
  });
});
