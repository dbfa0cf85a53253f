/** Functions of users' files as agents: processes that answer task after task. */
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { ProgramOutput, Task } from "../../core/rollout.ts";
import type { ReplayedCall } from "../../core/tool-replay.ts";
import type { AgentContext } from "../../ports/agent.ts";
import { type Script, ScriptedChatModel } from "../../server/scripted-server-fixture.ts";
import { startAgentProcess } from "./agent-process.ts";
import { fileAgent, type FileAgent } from "./file-agent.ts";
import { addressVariables } from "./program-variables.ts";
import type { ProgramReplay } from "./replayed-program.ts";

const folder = await mkdtemp(join(tmpdir(), "hone-function-"));
const open: FileAgent[] = [];
afterAll(async () => {
  for (const one of open) await one.close();
  await rm(folder, { recursive: true, force: true });
});

async function fileOf(name: string, source: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, source);
  return file;
}

async function agentOf(name: string, source: string): Promise<FileAgent> {
  const made = fileAgent(await fileOf(name, source), { hidden: ["answer"] });
  open.push(made);
  return made;
}

interface Tried {
  readonly question: string;
  readonly script?: Script;
  readonly signal?: AbortSignal;
  /** What an agent's context has beside its model. */
  readonly context?: Partial<AgentContext>;
}

/** The language model is not asked for: functions call the model by its address. */
const contextOf = (model: ScriptedChatModel, signal = new AbortController().signal): AgentContext =>
  ({ model, signal, seed: 7, prompts: {} }) satisfies Omit<AgentContext, "languageModel"> as never;

function tried({ agent }: FileAgent, { question, script = () => ({}), signal, context }: Tried) {
  const model = new ScriptedChatModel(script);
  const task: Task = { id: "t", question, answer: "hidden" } as Task;
  return {
    answer: Promise.resolve(agent(task, { ...contextOf(model, signal), ...context })),
    model,
  };
}

const counting = `
let count = 0;
const ask = async (content) => {
  const { OPENAI_BASE_URL: base, OPENAI_API_KEY: key } = process.env;
  const headers = { authorization: "Bearer " + key, "content-type": "application/json" };
  const body = JSON.stringify({ model: "any", messages: [{ role: "user", content }] });
  const answer = await fetch(base + "/chat/completions", { method: "POST", headers, body });
  return (await answer.json()).choices[0].message.content;
};
export default async ({ question, answer }, { seed }) => {
  count++;
  if (question === "throw") throw new TypeError("no order of this name");
  if (question === "exit") process.exit(3);
  if (question === "hang") console.log("hanging");
  if (question === "hang") await ask(question);
  if (question === "hang") await new Promise((resolve) => setTimeout(resolve, 1e6));
  if (question === "number") return 4;
  const said = await ask(question);
  return [count, said, seed, process.env.HONE_QUESTION, answer ?? "none"].join(" ");
};`;

it("answers task after task in one process, each with its own model", async () => {
  const agent = await agentOf("counting.mjs", counting);
  for (const [count, question] of ["one", "two"].entries()) {
    const { answer, model } = tried(agent, { question, script: () => ({ content: "ok" }) });
    expect(await answer).toBe(`${count + 1} ok 7 ${question} none`);
    expect(model.calls.map(({ messages }) => messages[0]!.content)).toEqual([question]);
  }
});

it("gives a task none of the variables of the one before", async () => {
  const said = "export default () => process.env.HONE_QUESTION ?? 'none';";
  const { agent } = await agentOf("variables.mjs", said);
  const ask = (task: object) =>
    agent({ id: "t", ...task }, contextOf(new ScriptedChatModel(() => ({}))));
  expect(await ask({ question: "one" })).toBe("one");
  expect(await ask({})).toBe("none");
});

it("goes on after an error, in a new process after the end of one", async () => {
  const agent = await agentOf("failing.mjs", counting);
  const ask = (question: string) =>
    tried(agent, { question, script: () => ({ content: "ok" }) }).answer;
  await expect(ask("throw")).rejects.toThrow(/threw: no order of this name.*TypeError/s);
  // Frames of hone's own program say nothing of the function.
  await expect(ask("throw")).rejects.not.toThrow("agent-runner");
  await expect(ask("number")).rejects.toThrow(/returned number in the place of a text/);
  expect(await ask("one")).toMatch(/^4 ok/);
  await expect(ask("exit")).rejects.toThrow(/ended with exit code 3/);
  expect(await ask("one")).toMatch(/^1 ok/);
});

it("ends a process that a rollout's deadline has met, and keeps what it wrote", async () => {
  const agent = await agentOf("hanging.mjs", counting);
  const stop = new AbortController();
  let output: ProgramOutput | undefined;
  let atDeadline: ProgramOutput | undefined;
  const end = (): void => {
    stop.abort();
    atDeadline = output;
  };
  const { answer } = tried(agent, {
    ...{ question: "hang", signal: stop.signal },
    script: () => (setTimeout(end, 100), { content: "ok" }),
    context: { keepOutput: (kept) => (output = kept) },
  });
  await expect(answer).rejects.toThrow("CANCELLED");
  expect(atDeadline?.stdout).toBe("hanging\n");
  const next = tried(agent, { question: "one", script: () => ({ content: "ok" }) });
  expect(await next.answer).toMatch(/^1 ok/);
});

it("gives no task to a process that was ended, even one that answers meanwhile", async () => {
  const address = addressVariables({ baseURL: "http://127.0.0.1:9/r/a/v1", apiKey: "none" });
  const file = await fileOf("ending.mjs", counting);
  const one = startAgentProcess(file, { ...process.env, ...address });
  const { signal } = new AbortController();
  const job = { task: { question: "number" }, seed: 7, prompts: {}, variables: {} };
  const parts = { job, signal, keepOutput: () => undefined, countLate: () => undefined };
  await expect(one.answer(parts)).rejects.toThrow("returned number");
  one.end();
  expect(one.isRunning()).toBe(false);
});

it("starts no process after it was closed, or after the rollout has ended", async () => {
  const started = join(folder, "started");
  const source = `import { writeFileSync } from "node:fs"; writeFileSync(${JSON.stringify(started)}, "");`;
  const file = await fileOf("starting.mjs", `${source}; export default () => "ok";`);
  const calls: FileAgent[] = [];
  const replay: ProgramReplay = {
    ...{ match: "exact", unmatched: "error", allowed: [] },
    callsOf: () => (void calls[0]?.close(), []),
    onCalls: () => undefined,
  };
  const made = fileAgent(file, { hidden: [], replay });
  calls.push(made);
  await expect(tried(made, { question: "one" }).answer).rejects.toThrow("CANCELLED");
  expect(existsSync(started)).toBe(false);
  const stop = new AbortController();
  const aborting: ProgramReplay = { ...replay, callsOf: () => (stop.abort(), []) };
  const next = fileAgent(file, { hidden: [], replay: aborting });
  open.push(next);
  const { answer } = tried(next, { question: "one", signal: stop.signal });
  await expect(answer).rejects.toThrow("CANCELLED");
  expect(existsSync(started)).toBe(false);
});

const chatty = `
export default async ({ question }, { prompts }) => {
  process.send({ answer: "not hone's" });
  process.send("ready");
  await new Promise((resolve) => setTimeout(resolve, 20));
  const { HONE_QUESTION, HONE_PROMPT, HONE_TASK } = process.env;
  return [question, HONE_QUESTION, HONE_PROMPT, HONE_TASK?.length].map((one) => one ?? "none").join(" ");
};`;

it("takes only its own messages as answers, and leaves no variable of one task to the next", async () => {
  const agent = await agentOf("chatty.mjs", chatty);
  const first = tried(agent, { question: "one", context: { prompts: { system: "be" } } });
  expect(await first.answer).toBe("one one be 27");
  const long = "x".repeat(100_001);
  expect(await tried(agent, { question: long }).answer).toBe(`${long} none none none`);
});

const leaving = `
const ask = async (content) => {
  const { OPENAI_BASE_URL: base, OPENAI_API_KEY: key } = process.env;
  const headers = { authorization: "Bearer " + key, "content-type": "application/json" };
  const body = JSON.stringify({ model: "any", messages: [{ role: "user", content }] });
  return (await fetch(base + "/chat/completions", { method: "POST", headers, body })).status;
};
let left;
const next = Promise.withResolvers();
export default async ({ question }) => {
  if (question === "first") {
    left = next.promise.then(() => ask("left over"));
    return "first " + (await ask(question));
  }
  next.resolve();
  return [question, await left, await ask(question)].join(" ");
};`;

it("refuses and counts a call of the model that outlives its try", async () => {
  const agent = await agentOf("leaving.mjs", leaving);
  const ask = (question: string, context: Partial<AgentContext> = {}) =>
    tried(agent, { question, context, script: () => ({ content: "ok" }) });
  expect(await ask("first").answer).toBe("first 200");
  const metrics: unknown[] = [];
  const second = ask("second", { addMetrics: (some) => void metrics.push(some) });
  expect(await second.answer).toBe("second 410 200");
  expect(second.model.calls.map(({ messages }) => messages[0]!.content)).toEqual(["second"]);
  expect(metrics).toEqual([{ calls_of_earlier_tries: 1 }]);
});

it("says what is wrong with a file", async () => {
  const none = await agentOf("none.mjs", "export const agent = 1;");
  await expect(tried(none, { question: "one" }).answer).rejects.toThrow(
    /COMMAND_FAILED.*exports only agent/s,
  );
});

it.each([
  ["refund-function", {}],
  ["own-tools", { isOwn: true } as const],
  ["worker-tools", { isOwn: true } as const],
])(
  "answers the tools of each task from its own recording, and runs none: %s",
  async (app, kind) => {
    const calls: ReplayedCall[] = [];
    const file = join(import.meta.dirname, `../../../../../test/e2e/apps/${app}.ts`);
    const made = fileAgent(file, {
      hidden: [],
      replay: {
        ...{ match: "exact", unmatched: "error", allowed: [] },
        callsOf: (task) => [
          { name: "refund", arguments: { number: "A" }, result: `of ${task.id}`, ...kind },
        ],
        onCalls: (some) => calls.push(...some),
      },
    });
    open.push(made);
    const script: Script = ({ messages }) => {
      const told = messages.findLast(({ role }) => role === "tool");
      if (told !== undefined) return { content: told.content };
      return { toolCalls: [{ id: "1", name: "refund", arguments: '{"number":"A"}' }] };
    };
    const ask = (id: string) => {
      const task = { id, question: "Refund A." } as Task;
      return made.agent(task, contextOf(new ScriptedChatModel(script)));
    };
    expect(await ask("first")).toMatch(/of first/);
    expect(await ask("second")).toMatch(/of second/);
    expect(calls).toEqual([
      { tool: "refund", answer: "exact" },
      { tool: "refund", answer: "exact" },
    ]);
  },
);
