import { afterEach, describe, expect, it } from "vitest";
import {
  type ModelEndpoint,
  type ModelScript,
  startModelEndpoint,
} from "../../../../test/doubles/model-endpoint.ts";
import { namedChatModel } from "./named-chat-model.ts";

let endpoint: ModelEndpoint;
afterEach(async () => endpoint?.close());

const hello = [{ role: "user", content: "hello" }] as const;

async function ask(
  script: ModelScript,
  name: (url: string) => string,
  environment: Record<string, string> = {},
) {
  endpoint = await startModelEndpoint(script);
  const seen: unknown[] = [];
  const all = { OPENAI_BASE_URL: endpoint.url, ...environment };
  const model = await namedChatModel(name(endpoint.url), {
    environment: all,
    onRequest: () => seen.push("request"),
    onUsage: (usage) => seen.push(usage),
    onEnd: () => seen.push("end"),
  });
  return { reply: await model.chat(hello), seen };
}

describe("a model by name", () => {
  it("is asked at its address, with its own key, and its tokens are counted", async () => {
    const { reply, seen } = await ask([{ text: "hi" }], (url) => `${url}/#judge-1`, {
      OPENAI_API_KEY: "secret",
      HONE_MODEL_API_KEY: "other",
    });
    expect(reply.content).toBe("hi");
    const [request] = endpoint.requests;
    expect(request).toMatchObject({ path: "/v1/chat/completions", body: { model: "judge-1" } });
    expect(request!.headers.authorization).toBe("Bearer other");
    expect(seen).toEqual([
      "request",
      { inputTokens: expect.any(Number) as number, outputTokens: expect.any(Number) as number },
      "end",
    ]);
  });

  it("is the provider's, with the key of its variable", async () => {
    await ask([{ text: "hi" }], () => "openai/gpt-4o-mini", { OPENAI_API_KEY: "secret" });
    expect(endpoint.requests[0]!.body["model"]).toBe("gpt-4o-mini");
    expect(endpoint.requests[0]!.headers.authorization).toBe("Bearer secret");
  });

  it("is asked again after a refusal for a while, each request counted, and not after another one", async () => {
    const { reply, seen } = await ask([{ status: 429 }, { text: "hi" }], (url) => `${url}#judge`);
    expect(reply.content).toBe("hi");
    expect(seen.filter((one) => one === "request")).toHaveLength(2);
    await endpoint.close();
    await expect(ask([{ status: 401 }], (url) => `${url}#judge`)).rejects.toThrow("scripted 401");
    expect(endpoint.requests).toHaveLength(1);
  });

  it("has ended a request before it waits for the next one", async () => {
    endpoint = await startModelEndpoint([{ status: 429 }, { text: "hi" }]);
    const stop = new AbortController();
    let requests = 0;
    const model = await namedChatModel(`${endpoint.url}#judge`, {
      environment: {},
      onRequest: () => requests++,
      onEnd: () => stop.abort(),
    });
    await expect(model.chat(hello, { signal: stop.signal })).rejects.toThrow("scripted 429");
    expect(requests).toBe(1);
  });

  it("does not show the password of an address", async () => {
    const error: unknown = await namedChatModel("https://me:hush@models.example.com/v1#judge", {
      environment: {},
    }).catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(
      /MODEL_NAME_INVALID: "https:\/\/models\.example\.com\/v1#judge" names no model: its address holds/,
    );
    expect(JSON.stringify(error)).not.toContain("hush");
  });

  it.each([
    ["openai/gpt-4o-mini", /MODEL_KEY_MISSING: .*openai\/gpt-4o-mini.*OPENAI_API_KEY is not set/],
    ["google/gemini", /MODEL_KEY_MISSING: .*GOOGLE_GENERATIVE_AI_API_KEY/],
    [
      "gpt-4o-mini",
      /MODEL_NAME_INVALID: "gpt-4o-mini" names no model.*\n.*openai, anthropic, google, ollama/,
    ],
    ["http://127.0.0.1:1/v1", /MODEL_NAME_INVALID/],
    ["mistral/large", /MODEL_NAME_INVALID/],
  ])("%s is refused with the way out", async (name, error) => {
    await expect(namedChatModel(name, { environment: {} })).rejects.toThrow(error);
  });

  it("says which package is missing", async () => {
    const environment = { GOOGLE_GENERATIVE_AI_API_KEY: "k" };
    await expect(namedChatModel("google/gemini", { environment })).rejects.toThrow(
      /PACKAGE_MISSING: The model google\/gemini needs the package @ai-sdk\/google.*\n.*npm install @ai-sdk\/google/,
    );
  });
});
