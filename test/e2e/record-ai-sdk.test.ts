/** Unmodified programs on the AI SDK, 6 and 7, run with the preload and without. */
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { PromptSpan } from "../../packages/hone/src/core/span.ts";
import type { ModelScript } from "../doubles/model-endpoint.ts";
import {
  type AppRun,
  type RecordedApp,
  runRecordedApps,
  type Seen,
  spanLine,
  withBodies,
} from "../doubles/recorded-app.ts";

const older = join(import.meta.dirname, "../doubles/ai-sdk-6.ts");

const versions = [
  { version: "6.0.322", environment: { NODE_OPTIONS: `--import=${older}` } },
  { version: "7.0.173", environment: {} },
] as const;

const answer = "The kettle has shipped.";

/** The id of the call is the run's own. */
const lookUp = (number: string, id: string): ModelScript => [
  { calls: [{ name: "lookUpOrder", arguments: { number }, id }] },
  { text: answer },
];

/** Each process has a model of its own, whose address stands in the SDK's errors with the time of its answer. */
const comparable = (seen: Seen): Seen => ({
  ...seen,
  stderr: seen.stderr
    .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1")
    .replaceAll(/date: '[^']*'/g, "date"),
});

/**
 * So long that a program which stops at its first piece ends. What it leaves unread must fill the buffers of its connection
 * (130 kB), as then nothing is read any more; an answer shorter than that and longer than one buffer (64 kB) keeps any program
 * alive, recorded or not, while the server holds the connection open.
 */
const long = "The kettle has shipped. ".repeat(1000);

const script = "examples/record/ai-sdk.ts";
const forms = "test/e2e/apps/ai-sdk-forms.ts";
const down = [{ status: 500, message: "down" }];
const sum = [{ text: '{"sum":3}' }];

/** In the order in which they run. What a program leaves open comes last, and the process ends by itself after it. */
const modules = {
  agent: { script, model: lookUp("A-17", "agent") },
  "chat stream": { script, flags: ["--chat", "--stream"], model: lookUp("A-17", "chat stream") },
  "a tool that throws": { script, model: lookUp("B-1", "throws") },
  again: { script, model: [{ status: 500, message: "overloaded" }, { text: answer }] },
  "again chat stream": {
    script,
    flags: ["--chat", "--stream"],
    model: [{ status: 500, message: "overloaded" }, { text: answer }],
  },
  "failing stream": { script, flags: ["--stream"], model: down },
  nested: {
    script: "test/e2e/apps/nested-ai-agents.ts",
    model: [
      { calls: [{ name: "ask", arguments: { question: "1 + 2" } }] },
      { calls: [{ name: "add", arguments: { a: 1, b: 2 } }] },
      { text: "3" },
      { text: "It is three." },
    ],
  },
  parallel: {
    script: forms,
    flags: ["parallel"],
    model: ({ body }) => ({ text: `${JSON.stringify(body).length} characters` }),
  },
  "own-list": { script: forms, flags: ["own-list"], model: [{ text: "3" }] },
  hidden: { script: forms, flags: ["hidden"], model: [{ text: "It is three." }] },
  prepared: {
    script: forms,
    flags: ["prepared"],
    model: [{ status: 400, message: "no such model" }],
  },
  object: { script: forms, flags: ["object"], model: sum },
  "stream-object": { script: forms, flags: ["stream-object"], model: sum },
  quiet: { script: forms, flags: ["quiet"], model: sum },
  "own-integration": { script: forms, flags: ["own-integration"], model: sum },
  embed: { script: forms, flags: ["embed"], model: [{ text: "" }] },
  aborted: {
    script,
    flags: ["--stream", "--abort"],
    model: [{ text: long, hangsAfter: 5 }],
  },
  stopped: { script, flags: ["--stream", "--stop"], model: [{ text: long }] },
} satisfies Readonly<Record<string, AppRun>>;

/** Its last run ends the process by an error. */
const required = {
  "required stream": { script, flags: ["--stream"], model: lookUp("A-17", "required stream") },
  "required chat": { script, flags: ["--chat"], model: lookUp("A-17", "required chat") },
  failing: { script, model: down },
} satisfies Readonly<Record<string, AppRun>>;

type Name = keyof typeof modules | keyof typeof required;

describe.each(versions)("AI SDK $version under the preload", (sdk) => {
  let runs: Record<Name, RecordedApp>;
  beforeAll(async () => {
    const { environment } = sdk;
    runs = {
      ...(await runRecordedApps(modules, { environment })),
      ...(await runRecordedApps(required, { environment, form: "cjs" })),
    };
  });

  /** A run whose user sees the same with the preload and without. */
  function runSame(name: Name) {
    const run = runs[name];
    expect(comparable(run.recorded)).toEqual(comparable(run.plain));
    expect(run.traces).toHaveLength(1);
    const trace = run.traces[0]!;
    return { seen: run.plain, trace, prompts: withBodies(trace) };
  }

  it.each([
    { name: "agent", id: "agent" },
    { name: "chat stream", id: "chat stream" },
    { name: "required stream", id: "required stream" },
    { name: "required chat", id: "required chat" },
  ] as const)("records an agent and its tool: $name", ({ name, id }) => {
    const { seen, trace, prompts } = runSame(name);
    const isStream = name.includes("stream");
    expect(seen).toMatchObject({
      stdout: isStream ? `${answer}\n` : `${answer} 56\n`,
      stderr: "",
      code: 0,
      outside: [],
    });
    expect(trace).toMatchObject({
      agent: "ai-sdk",
      task: "Where is my order A-17?",
      status: "completed",
      tags: ["ai-sdk"],
      metadata: { sdk: { name: "ai", version: sdk.version } },
    });
    expect(trace.spans.map(spanLine)).toEqual([
      'prompt lookUpOrder({"number":"A-17"})',
      'tool lookUpOrder {"number":"A-17"} → {"item":"kettle","shipped":true}',
      `prompt ${answer}`,
    ]);
    expect(prompts.map((call) => call.attributes["http.request.body"])).toEqual(
      seen.requests.map(([, body]) => JSON.parse(body) as unknown),
    );
    const isChat = name.includes("chat");
    expect(prompts[1]).toMatchObject({
      input: [
        { role: "system", content: "Look the order up and answer in one sentence." },
        { role: "user", content: "Where is my order A-17?" },
        {
          role: "assistant",
          toolCalls: [{ id, name: "lookUpOrder", arguments: '{"number":"A-17"}' }],
        },
        { role: "tool", content: '{"item":"kettle","shipped":true}', toolCallId: id },
      ],
      model: "gpt-5-mini",
      provider: "openai",
      usage: { input: 21, output: 7, reasoning: 3, cached: 4 },
      attributes: {
        "ai.step": 1,
        "ai.provider": isChat ? "openai.chat" : "openai.responses",
        "gen_ai.request.max_tokens": 200,
        "gen_ai.response.id": `${isChat ? "chatcmpl-" : "resp_"}${seen.requestsBefore + 2}`,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.tool.definitions": [
          { name: "lookUpOrder", inputSchema: { properties: { number: { type: "string" } } } },
        ],
      },
    });
  });

  it("records a tool that throws, and goes on with the agent", () => {
    const { trace } = runSame("a tool that throws");
    expect(trace.status).toBe("completed");
    expect(trace.spans.map(spanLine)).toEqual([
      'prompt lookUpOrder({"number":"B-1"})',
      'tool lookUpOrder {"number":"B-1"} → undefined failed: There is no order B-1.',
      `prompt ${answer}`,
    ]);
  });

  it.each(["again", "again chat stream"] as const)(
    "makes one span of a call that succeeds at the second try: %s",
    (name) => {
      const { seen, trace, prompts } = runSame(name);
      expect(seen.requests).toHaveLength(2);
      expect(trace.spans.map(spanLine)).toEqual([`prompt ${answer}`]);
      expect(prompts[0]!.attributes).toMatchObject({
        "ai.attempts": 2,
        "ai.attempts.failed": ["overloaded"],
        "http.response.status_code": 200,
        "http.request.resend_count": 1,
      });
    },
  );

  it.each([
    { name: "failing", code: 1 },
    { name: "failing stream", code: 0 },
  ] as const)("fails with a call that fails to the end: $name", ({ name, code }) => {
    const { seen, trace } = runSame(name);
    expect(seen.requests).toHaveLength(2);
    expect(seen.code).toBe(code);
    expect(trace).toMatchObject({
      status: "failed",
      error: { message: expect.stringContaining("down") as string },
    });
    expect(trace.spans).toHaveLength(1);
    expect(trace.spans[0]).toMatchObject({
      error: { message: expect.stringContaining("down") as string },
      attributes: { "http.response.status_code": 500, "http.request.resend_count": 1 },
    });
  });

  it("records an abort in the middle of a stream as one, with what was said until then", () => {
    const { seen, trace } = runSame("aborted");
    expect(trace).toMatchObject({ status: "cancelled", error: { type: "AbortError" } });
    const [prompt] = trace.spans as PromptSpan[];
    expect(prompt).toMatchObject({ error: { type: "AbortError" } });
    const said = (prompt!.output as readonly { content: string }[])[0]!.content;
    expect(said.startsWith(seen.stdout.trim())).toBe(true);
    expect(long.startsWith(said)).toBe(true);
  });

  it("records a stream that the program leaves at its first piece", () => {
    const { seen, trace } = runSame("stopped");
    expect(seen.code).toBe(0);
    expect(trace.status).toBe("cancelled");
    const [prompt] = trace.spans as PromptSpan[];
    expect(prompt!.attributes).toMatchObject({ "hone.stopped": "not read to its end" });
    const said = (prompt!.output as readonly { content: string }[])[0]!.content;
    expect(said.startsWith(seen.stdout.trim())).toBe(true);
  });

  it("puts an agent that is a tool of another, and a reward in it, into one trace", () => {
    const { trace, prompts } = runSame("nested");
    expect(prompts).toHaveLength(4);
    expect(trace.spans.map(spanLine)).toEqual([
      'prompt ask({"question":"1 + 2"})',
      'tool ask {"question":"1 + 2"} → "3"',
      'prompt add({"a":1,"b":2})',
      'tool add {"a":1,"b":2} → 3',
      "reward 1",
      "prompt 3",
      "prompt It is three.",
    ]);
    const [, ask, , add] = trace.spans;
    const parents = trace.spans.map(({ parentId }) => parentId);
    expect(parents).toEqual([undefined, undefined, ask!.id, ask!.id, add!.id, ask!.id, undefined]);
  });

  it("tells calls apart that run at the same time, each with its own bodies", () => {
    const { traces } = runs.parallel;
    expect(traces.map(({ task }) => task).toSorted()).toEqual(["one", "three", "two"]);
    for (const trace of traces) {
      const [prompt, ...more] = withBodies(trace);
      expect(more).toEqual([]);
      const { "http.request.body": asked, "http.response.body": answered } = prompt!.attributes;
      expect(JSON.stringify(asked)).toContain(`"text":"${trace.task}"`);
      const id = prompt!.attributes["gen_ai.response.id"] as string;
      expect(JSON.stringify(answered)).toContain(`"id":"${id}"`);
    }
  });

  it("is heard beside an app's own list of integrations", () => {
    const { seen, trace } = runSame("own-list");
    expect(seen.stdout).toBe('["3",["start"]]\n');
    expect(trace.tags).toEqual(["ai-sdk"]);
  });

  it("leaves out what the program keeps out of telemetry", () => {
    const { seen, trace } = runSame("hidden");
    expect(seen.stdout).toBe('"It is three."\n');
    expect(trace).toMatchObject({ tags: ["ai-sdk"], status: "completed" });
    expect(trace.spans).toHaveLength(1);
    expect(JSON.stringify(trace)).not.toMatch(/1 \+ 2|three/);
  });

  it("fails with a model that prepareStep chose, and shows it the program's own", () => {
    const { seen, trace } = runSame("prepared");
    expect(seen.stdout).toBe('[[true],"no such model"]\n');
    expect(seen.requests).toHaveLength(1);
    expect(trace).toMatchObject({ status: "failed", tags: ["ai-sdk"] });
  });

  // What the SDK keeps from integrations is recorded as the request that it is.
  const isSix = sdk.version === "6.0.322";
  it.each([
    { form: "object", tag: isSix ? "fetch" : "ai-sdk" },
    { form: "stream-object", tag: isSix ? "fetch" : "ai-sdk" },
    { form: "quiet", tag: isSix ? "ai-sdk" : "fetch" },
    { form: "own-integration", tag: isSix ? "ai-sdk" : "fetch" },
  ] as const)("is recorded once in every form: $form, by $tag", ({ form, tag }) => {
    const { seen, trace, prompts } = runSame(form);
    expect(seen.code).toBe(0);
    expect(trace).toMatchObject({ task: "1 + 2?", tags: [tag], status: "completed" });
    expect(trace.spans.map(spanLine)).toEqual(['prompt {"sum":3}']);
    expect(prompts).toHaveLength(1);
  });

  it("is recorded as a request where it asks for embeddings, which the SDK does not tell of", () => {
    const spans = runs.embed.traces.flatMap((trace) => trace.spans);
    expect(spans.length).toBeGreaterThan(0);
    for (const span of spans) expect(span.name).toMatch(/^embeddings /);
  });
});
