/** Programs outside as agents: recorded token-exactly by their address, failed with their reasons, killed with all they started. */
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import { commandAnswer } from "../../agents/command-process.ts";
import { policyChatModels } from "../../agents/policy-chat-model.ts";
import type { ProgramOutput, Task } from "../../core/rollout.ts";
import { openEngine } from "../../engine/engine.ts";
import { rolloutRunner } from "../../rollouts/rollout-runner.ts";
import { command } from "./command-agent.ts";

const folder = await mkdtemp(join(tmpdir(), "hone-command-"));
const engine = await openEngine(
  join(import.meta.dirname, "../../../../../test/golden/models/qwen2"),
  {
    threads: 1,
  },
);
const policy = await engine.createSamplingClient();
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

/** Two turns of a conversation, streamed and whole, by plain requests. */
const program = `
const { OPENAI_BASE_URL: base, OPENAI_API_KEY: key, HONE_TASK } = process.env;
const { text } = JSON.parse(HONE_TASK);
const ask = async (messages, stream) => {
  const body = JSON.stringify({ model: "any", messages, stream, max_tokens: 5 });
  const headers = { authorization: "Bearer " + key, "content-type": "application/json" };
  const answer = await fetch(base + "/chat/completions", { method: "POST", headers, body });
  if (!answer.ok) throw new Error(await answer.text());
  if (!stream) return (await answer.json()).choices[0].message;
  const events = (await answer.text()).split("\\n\\n").filter((one) => one.startsWith("data: {"));
  const deltas = events.map((one) => JSON.parse(one.slice(6)).choices[0].delta.content ?? "");
  return { role: "assistant", content: deltas.join("") };
};
const first = [{ role: "user", content: text }];
const reply = await ask(first, true);
await ask([...first, reply, { role: "user", content: text }], false);
console.log("thinking aloud");
console.log("answer of " + text);
`;
await writeFile(join(folder, "agent.mjs"), program);

const node = JSON.stringify(process.execPath);

/** One rollout of a command. */
async function rollout(
  line: string,
  options: {
    readonly deadlineMs?: number;
    readonly text?: string;
    readonly hidden?: readonly string[];
    readonly answer?: string;
  } = {},
) {
  const { deadlineMs = 60_000, text = "one two", hidden, answer: right } = options;

  const { renderer, architecture } = engine;
  const runner = rolloutRunner<Task, string>({
    agent: command(line, { folder, environment: { NODE_OPTIONS: "" }, ...(hidden && { hidden }) }),
    reward: ({ answer }) => answer.length,
    chatModel: policyChatModels({
      renderer,
      sampling: { maxTokens: 5 },
      contextLength: architecture.contextLength,
    }),
    deadlineMs,
    retries: 0,
  });
  const task = { id: "t", text, ...(right !== undefined && { answer: right }) };
  const jobs = [{ id: "r", task, seed: 3 }];
  const [done] = await runner.run({ policy, jobs });
  return done!;
}

it("records the calls of a program with the engine's own log-probs, as one row", async () => {
  const { answer, turns, failure } = await rollout(`${node} agent.mjs`);
  expect(failure).toBeUndefined();
  expect(answer).toBe("answer of one two");
  expect(turns).toHaveLength(2);
  for (const { promptTokens, tokens, logProbs } of turns) {
    const expected = (await policy.logProbs([...promptTokens, ...tokens])).slice(
      promptTokens.length,
    );
    logProbs.forEach((logProb, t) => expect(Math.abs(logProb - expected[t]!)).toBeLessThan(1e-4));
  }
  const [first, second] = turns;
  const before = [...first!.promptTokens, ...first!.tokens];
  expect(second!.promptTokens.slice(0, before.length)).toEqual(before);
});

it("lets Node keep what it compiled of the program, where the user has named no folder for that", async () => {
  const shown = async (cache: string | undefined): Promise<unknown> => {
    vi.stubEnv("NODE_COMPILE_CACHE", cache);
    return (await rollout('echo "$NODE_COMPILE_CACHE"')).answer;
  };
  try {
    expect(await shown("/theirs")).toBe("/theirs");
    expect(await shown(undefined)).toMatch(/hone.compiled$/);
  } finally {
    vi.unstubAllEnvs();
  }
});

it("fails where the program fails, with the end of its stderr", async () => {
  const { failure, output } = await rollout(`echo begun; echo out of luck >&2; exit 3`);
  expect(output).toEqual({ stdout: "begun\n", stderr: "out of luck\n" });
  expect(failure).toMatchObject({ boundary: "agent" });
  expect(failure!.message).toMatch(/COMMAND_FAILED.*exit code 3.*out of luck/s);
  // What Node says of itself after a syntax error is longer than what is shown.
  const frames = `yes "    at internal (node:internal/modules/cjs/loader:1861:18)" | head -40`;
  const long = await rollout(`(echo bad word; ${frames}) >&2; exit 1`);
  expect(long.failure!.message).toMatch(/exit code 1.*bad word/s);
});

it("kills the program at the deadline, and what it has started", async () => {
  const started = join(folder, "started");
  const { failure } = await rollout(`sleep 600 & echo $! > started; wait`, { deadlineMs: 1000 });
  expect(failure).toMatchObject({ boundary: "deadline" });
  const isRunning = (): boolean => {
    try {
      return process.kill(Number(readFileSync(started, "utf8")), 0);
    } catch {
      return false;
    }
  };
  await expect.poll(isRunning).toBe(false);
});

it("fails where the file of its answer cannot be read, and does not take a line of stdout for it", async () => {
  // A link to itself leads nowhere, for root as well.
  const { failure } = await rollout(`ln -s answer "$HONE_ANSWER_FILE"; echo begun`);
  expect(failure).toMatchObject({ boundary: "agent" });
  expect(failure!.message).toMatch(
    /COMMAND_FAILED.*wrote an answer that cannot be read \(.*ELOOP/s,
  );
});

it("keeps at once what the program has written when it is ended", async () => {
  const stop = new AbortController();
  const kept: ProgramOutput[] = [];
  const ended = commandAnswer({
    command: "echo begun; touch began; sleep 30",
    ...{ folder, input: "", environment: process.env, answerFile: join(folder, "none") },
    keepOutput: (output) => kept.push(output),
    signal: stop.signal,
  });
  // The text is in the pipe before the file is there, so the next rounds of the event loop read it.
  do await sleep(20);
  while (!existsSync(join(folder, "began")));
  await sleep(20);
  stop.abort();
  expect(kept).toEqual([{ stdout: "begun\n", stderr: "" }]);
  await expect(ended).rejects.toThrow("CANCELLED");
});

it("keeps little of what a program writes without end, says how much is left out, and takes its last line", async () => {
  const { answer, output } = await rollout("yes | head -c 100000000; echo; echo done");
  expect(answer).toBe("done");
  expect(output!.stdout).toMatch(/^… 99995910 characters before\n(?:y\n)+\ndone\n$/);
});

it("takes the answer from the file where the program writes one", async () => {
  const answer = "two\nlines";
  expect((await rollout(`printf '${answer}' > "$HONE_ANSWER_FILE"; echo chatter`)).answer).toBe(
    answer,
  );
  const { failure } = await rollout('head -c 70000 /dev/zero > "$HONE_ANSWER_FILE"');
  expect(failure!.message).toContain("wrote an answer of more than 65536 bytes");
});

it("gives the task on stdin, in a variable and as an argument, without the fields that are hidden", async () => {
  const shown = (given: object) => JSON.stringify(given);
  const whole = { id: "t", text: "one two", answer: "right" };
  expect((await rollout("cat", { answer: "right" })).answer).toBe(
    shown({ id: "t", text: "one two" }),
  );
  expect((await rollout("cat", { answer: "right", hidden: [] })).answer).toBe(shown(whole));
  expect((await rollout(`printf %s "$HONE_TASK"`, { hidden: ["text"] })).answer).toBe(
    shown({ id: "t" }),
  );
});

it("counts an error of the policy as the policy's, where the program ends because of it", async () => {
  const { failure } = await rollout(`${node} agent.mjs`, { text: "long ".repeat(2000) });
  expect(failure!.message).toMatch(
    /exit code 1 after a call of the model failed \(PROMPT_TOO_LONG/,
  );
  expect(failure).toMatchObject({ boundary: "policy" });
});

it("answers calls of a rollout that is over with 404", async () => {
  const { answer } = await rollout('echo "$OPENAI_BASE_URL $OPENAI_API_KEY"');
  const [base, key] = answer!.split(" ");
  const response = await fetch(`${base}/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "any", messages: [{ role: "user", content: "late" }] }),
  });
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ error: { code: "rollout_over" } });
});
