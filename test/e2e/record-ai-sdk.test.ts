/** Unmodified programs on the AI SDK, 6 and 7, run with the preload and without. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { PromptSpan } from "../../packages/hone/src/core/span.ts";
import type { ModelScript } from "../doubles/model-endpoint.ts";
import {
  type AppRun,
  runRecordedApp,
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

const lookUp = (number: string): ModelScript => [
  { calls: [{ name: "lookUpOrder", arguments: { number } }] },
  { text: answer },
];

/** Each run has a model of its own, whose address stands in the SDK's errors with the time of its answer. */
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

describe.each(versions)("AI SDK $version under the preload", { timeout: 90_000 }, (sdk) => {
  /** A run whose user sees the same with the preload and without. */
  async function runSame(app: Partial<AppRun> & Pick<AppRun, "model">) {
    const script = "examples/record/ai-sdk.ts";
    const run = await runRecordedApp({ script, environment: sdk.environment, ...app });
    expect(comparable(run.recorded)).toEqual(comparable(run.plain));
    expect(run.traces).toHaveLength(1);
    const trace = run.traces[0]!;
    return { seen: run.plain, trace, prompts: withBodies(trace) };
  }

  it.each([
    { form: "esm", flags: [] },
    { form: "esm", flags: ["--chat", "--stream"] },
    { form: "cjs", flags: ["--stream"] },
    { form: "cjs", flags: ["--chat"] },
  ] as const)("records an agent and its tool, $form $flags", async ({ form, flags }) => {
    const { seen, trace, prompts } = await runSame({ form, flags, model: lookUp("A-17") });
    const isStream = (flags as readonly string[]).includes("--stream");
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
    const isChat = (flags as readonly string[]).includes("--chat");
    expect(prompts[1]).toMatchObject({
      input: [
        { role: "system", content: "Look the order up and answer in one sentence." },
        { role: "user", content: "Where is my order A-17?" },
        {
          role: "assistant",
          toolCalls: [{ id: "call_1", name: "lookUpOrder", arguments: '{"number":"A-17"}' }],
        },
        { role: "tool", content: '{"item":"kettle","shipped":true}', toolCallId: "call_1" },
      ],
      model: "gpt-5-mini",
      provider: "openai",
      usage: { input: 21, output: 7, reasoning: 3, cached: 4 },
      attributes: {
        "ai.step": 1,
        "ai.provider": isChat ? "openai.chat" : "openai.responses",
        "gen_ai.request.max_tokens": 200,
        "gen_ai.response.id": isChat ? "chatcmpl-2" : "resp_2",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.tool.definitions": [
          { name: "lookUpOrder", inputSchema: { properties: { number: { type: "string" } } } },
        ],
      },
    });
  });

  it("records a tool that throws, and goes on with the agent", async () => {
    const { trace } = await runSame({ model: lookUp("B-1") });
    expect(trace.status).toBe("completed");
    expect(trace.spans.map(spanLine)).toEqual([
      'prompt lookUpOrder({"number":"B-1"})',
      'tool lookUpOrder {"number":"B-1"} → undefined failed: There is no order B-1.',
      `prompt ${answer}`,
    ]);
  });

  it.each([[], ["--chat", "--stream"]])(
    "makes one span of a call that succeeds at the second try, %s",
    async (...flags) => {
      const model = [{ status: 500, message: "overloaded" }, { text: answer }];
      const { seen, trace, prompts } = await runSame({ flags, model });
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

  it.each([[], ["--stream"]])("fails with a call that fails to the end, %s", async (...flags) => {
    const { seen, trace } = await runSame({ flags, model: [{ status: 500, message: "down" }] });
    expect(seen.requests).toHaveLength(2);
    expect(seen.code).toBe(flags.length === 0 ? 1 : 0);
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

  it("records an abort in the middle of a stream as one, with what was said until then", async () => {
    const flags = ["--stream", "--abort"];
    const { seen, trace } = await runSame({ flags, model: [{ text: long, hangsAfter: 5 }] });
    expect(trace).toMatchObject({ status: "cancelled", error: { type: "AbortError" } });
    const [prompt] = trace.spans as PromptSpan[];
    expect(prompt).toMatchObject({ error: { type: "AbortError" } });
    const said = (prompt!.output as readonly { content: string }[])[0]!.content;
    expect(said.startsWith(seen.stdout.trim())).toBe(true);
    expect(long.startsWith(said)).toBe(true);
  });

  it("records a stream that the program leaves at its first piece", async () => {
    const { seen, trace } = await runSame({
      flags: ["--stream", "--stop"],
      model: [{ text: long }],
    });
    expect(trace.status).toBe("cancelled");
    const [prompt] = trace.spans as PromptSpan[];
    expect(prompt!.attributes).toMatchObject({ "hone.stopped": "not read to its end" });
    const said = (prompt!.output as readonly { content: string }[])[0]!.content;
    expect(said.startsWith(seen.stdout.trim())).toBe(true);
  });

  it("puts an agent that is a tool of another, and a reward in it, into one trace", async () => {
    const model: ModelScript = [
      { calls: [{ name: "ask", arguments: { question: "1 + 2" } }] },
      { calls: [{ name: "add", arguments: { a: 1, b: 2 } }] },
      { text: "3" },
      { text: "It is three." },
    ];
    const script = "test/e2e/apps/nested-ai-agents.ts";
    const { trace, prompts } = await runSame({ script, model });
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

  const forms = "test/e2e/apps/ai-sdk-forms.ts";

  it("tells calls apart that run at the same time, each with its own bodies", async () => {
    const model: ModelScript = ({ body }) => ({
      text: `${JSON.stringify(body).length} characters`,
    });
    const run = { script: forms, flags: ["parallel"], environment: sdk.environment, model };
    const { traces } = await runRecordedApp(run);
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

  it("is heard beside an app's own list of integrations", async () => {
    const { seen, trace } = await runSame({
      script: forms,
      flags: ["own-list"],
      model: [{ text: "3" }],
    });
    expect(seen.stdout).toBe('["3",["start"]]\n');
    expect(trace.tags).toEqual(["ai-sdk"]);
  });

  it("leaves out what the program keeps out of telemetry", async () => {
    const model = [{ text: "It is three." }];
    const { seen, trace } = await runSame({ script: forms, flags: ["hidden"], model });
    expect(seen.stdout).toBe('"It is three."\n');
    expect(trace).toMatchObject({ tags: ["ai-sdk"], status: "completed" });
    expect(trace.spans).toHaveLength(1);
    expect(JSON.stringify(trace)).not.toMatch(/1 \+ 2|three/);
  });

  it("fails with a model that prepareStep chose, and shows it the program's own", async () => {
    const model = [{ status: 400, message: "no such model" }];
    const { seen, trace } = await runSame({ script: forms, flags: ["prepared"], model });
    expect(seen.stdout).toBe('[[true],"no such model"]\n');
    expect(seen.requests).toHaveLength(1);
    expect(trace).toMatchObject({ status: "failed", tags: ["ai-sdk"] });
  });
});

describe("what the AI SDK keeps from integrations", { timeout: 90_000 }, () => {
  const [six, seven] = versions;

  it.each([
    { form: "object", sdk: seven, tag: "ai-sdk" },
    { form: "stream-object", sdk: seven, tag: "ai-sdk" },
    { form: "object", sdk: six, tag: "fetch" },
    { form: "quiet", sdk: six, tag: "ai-sdk" },
    { form: "quiet", sdk: seven, tag: "fetch" },
    { form: "own-integration", sdk: six, tag: "ai-sdk" },
    { form: "own-integration", sdk: seven, tag: "fetch" },
  ])("is recorded once all the same: $form in $sdk.version", async ({ form, sdk, tag }) => {
    const text = '{"sum":3}';
    const { environment } = sdk;
    const script = "test/e2e/apps/ai-sdk-forms.ts";
    const app = { script, flags: [form], environment, model: [{ text }] };
    const { plain, recorded, traces } = await runRecordedApp(app);
    expect(recorded.stdout).toBe(plain.stdout);
    expect(traces).toHaveLength(1);
    expect(traces[0]).toMatchObject({ task: "1 + 2?", tags: [tag], status: "completed" });
    expect(traces[0]!.spans.map(spanLine)).toEqual([`prompt ${text}`]);
    expect(withBodies(traces[0]!)).toHaveLength(1);
  });

  it("is recorded as a request where it asks for embeddings, which the SDK does not tell of", async () => {
    const script = "test/e2e/apps/ai-sdk-forms.ts";
    const { traces } = await runRecordedApp({ script, flags: ["embed"], model: [{ text: "" }] });
    const spans = traces.flatMap((trace) => trace.spans);
    expect(spans.length).toBeGreaterThan(0);
    for (const span of spans) expect(span.name).toMatch(/^embeddings /);
  });
});
