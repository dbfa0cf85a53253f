/**
 * A LangGraph agent that knows nothing of hone: recorded by the preload, its traces learned by a new model, and the same program on that
 * model by its address.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, it } from "vitest";
import { openStore } from "../../packages/hone/src/app/open-store.ts";
import { runCommandLine } from "../../packages/hone/src/cli/run-command.ts";
import { testStreams } from "../../packages/hone/src/cli/terminal/streams-fixture.ts";
import { commandLine } from "../doubles/command-line.ts";
import { bin } from "../doubles/own-code.ts";

const examples = join(import.meta.dirname, "../../examples");
const folder = mkdtempSync(join(tmpdir(), "hone-foreign-agent-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program of Node to its end. */
async function program(words: readonly string[], environment: NodeJS.ProcessEnv): Promise<string> {
  const { NODE_ENV: _, VITEST: __, ...inherited } = process.env;
  const env = { ...inherited, OPENAI_API_KEY: "none", ...environment };
  return (await promisify(execFile)(process.execPath, words, { cwd: folder, env })).stdout;
}

/** What a program prints that asks a model of `hone serve`, and how many tokens that model sampled for it. */
async function askedOf(model: string, words: readonly string[]) {
  const streams = testStreams();
  const place = ["--name", "gpt-4o-mini", "--port", "0", "--threads", "1", "--json"];
  const ended = runCommandLine(["serve", model, ...place], streams);
  await expect.poll(() => streams.written.stdout, { timeout: 60_000 }).toContain("\n");
  const [line] = streams.written.stdout.split("\n");
  const { url, baseUrl } = JSON.parse(line!) as { readonly url: string; readonly baseUrl: string };
  const stdout = await program(words, { OPENAI_BASE_URL: baseUrl });
  const metrics = await (await fetch(`${url}/metrics`)).text();
  process.emit("SIGINT");
  await ended;
  const sampled = /^hone_sampled_tokens_total\{.*\} (\d+)$/m.exec(metrics)?.[1];
  return { stdout, sampled: Number(sampled) };
}

/** The tools beside the recorded conversations that the model learned. */
function learnedTools(): string {
  const [line] = readFileSync(join(folder, "run/data.jsonl"), "utf8").split("\n");
  return JSON.stringify((JSON.parse(line!) as { readonly tools: unknown }).tools);
}

/** The tools that the agent offered to the policy, each of their texts once: a prompt is made of it letter by letter. */
async function offeredToPolicy(path: string): Promise<readonly unknown[]> {
  const store = await openStore(`sqlite:${path}`);
  const offered = new Set<unknown>();
  for await (const span of store.spans())
    if (span.kind === "prompt") offered.add(span.attributes["gen_ai.tool.definitions"]);
  await store.close();
  return [...offered];
}

it("is recorded, learned from, and answered by what learned from it, without a change", async () => {
  const day = join(examples, "langgraph/day.ts");
  const recording = [bin, "record", "--", process.execPath, day, "8", "1"];
  expect(await program(recording, { OPENAI_BASE_URL: "" })).toMatch(/^\d+ of \d+ questions/);
  const trained = await commandLine(
    [
      ...["train", "traces", "--where", "agent=desk", "--algorithm", "sft", "--model", "tiny"],
      ...["--agent-file", join(examples, "langgraph/answer-task.ts"), "--steps", "2"],
      ...["--reward", join(examples, "support/reward.ts"), "--held-out", "0.2"],
      ...["--max-tokens", "8", "--concurrency", "1", "--threads", "1", "--out", "run"],
    ],
    { folder },
  );
  expect(trained.code, trained.stderr).toBe(0);
  expect(await offeredToPolicy(join(folder, "run/rollouts.db"))).toEqual([learnedTools()]);
  const tasks = join(folder, "run/tasks.jsonl");
  const heldOut = readFileSync(tasks, "utf8").split('"split":"test"').length - 1;
  expect(heldOut).toBeGreaterThan(0);
  const run = join(folder, "run");
  const { stdout, sampled } = await askedOf(run, [join(examples, "langgraph/ask.ts"), tasks]);
  expect(stdout).toMatch(
    new RegExp(`^\\d+ of ${heldOut} held-out questions were answered right$`, "m"),
  );
  expect(sampled).toBeGreaterThan(0);
});
