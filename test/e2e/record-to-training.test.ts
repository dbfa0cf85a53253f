/**
 * From a recorded app to a trained model by three commands of the docs, with nothing written between them: the store holds
 * reasoning, tools, a session and a person's correction, and the model's template writes no reasoning.
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandLine } from "../doubles/command-line.ts";
import { bin } from "../doubles/own-code.ts";
import { openSqliteStore } from "../../packages/hone/src/store/sqlite/sqlite-store.ts";
import { type ModelEndpoint, startModelEndpoint } from "../doubles/model-endpoint.ts";

const arguments_ = { city: "Oslo", station: 42 };

/** Two turns of one chat, each of a call of a tool and an answer; then another chat. */
const app = `
const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object" } } }];
const ask = async (messages) => {
  const body = JSON.stringify({ model: "m", messages, tools });
  const headers = { "content-type": "application/json" };
  const reply = await fetch(process.env.OPENAI_BASE_URL + "/chat/completions", { method: "POST", headers, body });
  return (await reply.json()).choices[0].message;
};
const chat = [];
const turn = async (question) => {
  chat.push({ role: "user", content: question });
  let said = await ask(chat);
  chat.push(said);
  for (const call of said.tool_calls ?? []) chat.push({ role: "tool", tool_call_id: call.id, content: "4 degrees" });
  if (said.tool_calls) chat.push(said = await ask(chat));
};
await turn("How warm is Oslo?");
await turn("And tomorrow?");
chat.length = 0;
await turn("Thanks.");
`;

let folder = "";
let endpoint: ModelEndpoint;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-record-to-training-"));
  await writeFile(join(folder, "app.mjs"), app);
  endpoint = await startModelEndpoint([
    { reasoning: "ask the tool", calls: [{ name: "weather", arguments: arguments_ }] },
    { reasoning: "it said so", text: "It is 4 degree." },
    { text: "Colder." },
    { text: "You are welcome, because I like Oslo." },
  ]);
});
afterAll(async () => {
  await endpoint.close();
  await rm(folder, { recursive: true, force: true });
});

async function record(...program: readonly string[]): Promise<void> {
  const { NODE_ENV: _, VITEST: __, ...inherited } = process.env;
  const env = { ...inherited, OPENAI_BASE_URL: endpoint.url, OPENAI_API_KEY: "key-for-nobody" };
  const words = [bin, "record", "--write-rewards", "answer_quality", "--", ...program];
  await promisify(execFile)(process.execPath, words, { cwd: folder, env });
}

async function hone(...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await commandLine(words, { folder });
  expect(code, stderr).toBe(0);
  return stdout + stderr;
}

/** A person corrects the first answer, and the app's turns are one session. */
async function correctAndJoin(): Promise<void> {
  const store = await openSqliteStore(join(folder, "hone.db"));
  try {
    const heads = [];
    let corrected: string | undefined;
    for await (const { spans, ...head } of store.traces()) {
      heads.push({ ...head, session: "chat 1" });
      const isFirst = spans.some(
        (span) => span.kind === "prompt" && JSON.stringify(span.output ?? "").includes("4 degree."),
      );
      if (isFirst) corrected = head.id;
    }
    await store.append({
      heads,
      feedback: [
        {
          ...{ kind: "correction", id: "c1", author: "ada", at: Date.now() },
          traceId: corrected!,
          answer: "It is 4 degrees.",
        },
      ],
    });
  } finally {
    await store.close();
  }
}

describe("a store with reasoning, tools, a session and a correction", () => {
  it("is trained on by three commands", async () => {
    await record(process.execPath, "app.mjs");
    await correctAndJoin();
    const kept = join(folder, "kept.jsonl");
    await hone("traces", "export", kept, "--format", "messages");
    expect(await readFile(kept, "utf8")).toContain('"reasoning_content":"ask the tool"');

    const report = await hone(
      ...["traces", "export", "chats.jsonl", "--format", "messages", "--reasoning", "drop"],
    );
    expect(report).toMatch(/messages without their reasoning, 1 answers corrected/);
    const lines = (await readFile(join(folder, "chats.jsonl"), "utf8")).trim().split("\n");
    const conversations = lines.map((line) => JSON.parse(line) as Record<string, object[]>);
    const asked = conversations.map(({ messages }) => JSON.stringify(messages));
    expect(asked.some((text) => text.includes("It is 4 degrees."))).toBe(true);
    expect(JSON.stringify(conversations)).not.toContain("reasoning");
    expect(conversations.every(({ tools }) => tools?.length === 1)).toBe(true);
    // The answer that was corrected is context where the chat went on.
    const wrong = conversations
      .flatMap(({ messages }) => messages ?? [])
      .filter((message) => JSON.stringify(message).includes('"It is 4 degree."'));
    expect(wrong.every((message) => "weight" in message && message.weight === 0)).toBe(true);

    const trained = await hone(
      ...["train", "sft", "--data", "chats.jsonl", "--model", "tiny", "--steps", "2"],
      ...["--held-out", "0", "--out", "run"],
    );
    expect(trained).toMatch(/chats\.jsonl: \d to learn/);
    const result = JSON.parse(await readFile(join(folder, "run/result.json"), "utf8")) as object;
    expect(result).toMatchObject({ checkpoint: "model" });
  });

  it("is learned as traces of another agent, by the rewards that were written while it was recorded", async () => {
    const trained = await hone(
      ...["train", "traces", "--model", "run", "--steps", "2", "--groups-per-step", "3"],
      ...["--held-out", "0", "--out", "traces-run", "--threads", "1"],
    );
    expect(trained).toMatch(
      /3 rollouts in 3 groups, 0 with .*; 3 tokenised anew.*; 2 of these without their reasoning/,
    );
    expect(trained).toMatch(/\n +2 +-?0\.\d+/);
    const { code, stderr } = await commandLine(
      [
        "train",
        "traces",
        "--model",
        "run",
        "--algorithm",
        "grpo",
        "--steps",
        "1",
        "--held-out",
        "0",
      ],
      { folder },
    );
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/TRACES_INCOMPARABLE: grpo compares the tries at one task/);
  });
});
