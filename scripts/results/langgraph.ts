/**
 * A LangGraph agent of others, end to end, by the commands of examples/langgraph/README.md: recorded, imitated, its traces learned by their
 * rewards, and the same program on both models by their address. Prints what each command says of it.
 *
 *     npm run results:langgraph -- --seed 0 --out runs/langgraph
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

/**
 * Settings of LightningRL on the traces of a support agent. What is wrong in them is the answer, the last call; the calls of tools before it are right in good
 * and bad tries alike, and a price of drifting keeps them.
 */
const learningOfLastCalls = [
  ...["--credit", "discounted", "--credit-discount", "0"],
  ...["--kl-coefficient", "0.1", "--kl-place", "loss", "--kl-estimator", "k2"],
  ...["--clip-low", "0", "--clip-high", "100", "--minibatches-per-batch", "4"],
  ...["--steps", "24", "--groups-per-step", "12"],
  ...["--learning-rate", "3e-4", "--schedule", "linear", "--warm-up-steps", "4"],
] as const;

const { values: flags } = parseArgs({
  options: {
    seed: { type: "string", default: "0" },
    out: { type: "string", default: "runs/langgraph" },
    threads: { type: "string", default: "2" },
    steps: { type: "string", default: "1500" },
  },
});
const out = resolve(flags.out);
mkdirSync(out, { recursive: true });
const hone = resolve(import.meta.dirname, "../../packages/hone/bin/hone.js");
const environment = {
  ...process.env,
  HONE_STORE: `sqlite:${join(out, "hone.db")}`,
  // Programs that are started as `node` are to run on this Node.
  PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
};

/** Runs a command to its end, whose output is shown. */
function run(words: readonly string[], more: NodeJS.ProcessEnv = {}): void {
  const env = { ...environment, ...more };
  const { status } = spawnSync(process.execPath, words, { stdio: "inherit", env });
  if (status !== 0) throw new Error(`node ${words.join(" ")} ended with ${status}`);
}

/** Serves a run under the name that the agent asks for, while the held-out questions are asked. */
async function ask(model: string): Promise<void> {
  const words = ["serve", model, "--name", "gpt-4o-mini", "--port", "0", "--json"];
  const server = spawn(process.execPath, [hone, ...words], {
    stdio: ["ignore", "pipe", "inherit"],
    env: environment,
  });
  try {
    const [line] = await firstLine(server.stdout);
    const { baseUrl } = JSON.parse(line) as { readonly baseUrl: string };
    run(["examples/langgraph/ask.ts", join(model, "tasks.jsonl")], { OPENAI_BASE_URL: baseUrl });
  } finally {
    server.kill("SIGINT");
  }
}

async function firstLine(stream: NodeJS.ReadableStream): Promise<readonly [string]> {
  for await (const line of createInterface({ input: stream })) return [line];
  throw new Error("hone serve ended before it listened");
}

const { seed, threads } = flags;
const agent = [
  ...["--where", "agent=desk", "--agent-file", "examples/langgraph/answer-task.ts"],
  ...["--reward", "examples/support/reward.ts", "--held-out", "0.3", "--max-tokens", "60"],
  ...["--concurrency", "6", "--threads", threads, "--seed", seed],
];
const [imitates, better] = [join(out, "imitates"), join(out, "better")];
run([hone, "record", "--", "node", "examples/langgraph/day.ts", "400", seed]);
const imitating = [
  ...["--algorithm", "sft", "--steps", flags.steps, "--model", "tiny"],
  ...["--learning-rate", "1e-3", "--schedule", "linear", "--warm-up-steps", "30"],
];
run([hone, "train", "traces", ...agent, ...imitating, "--out", imitates]);
await ask(imitates);
const learning = ["--algorithm", "lightningrl", ...learningOfLastCalls];
const from = ["--model", imitates, "--weights", "all"];
run([hone, "train", "traces", ...agent, ...learning, ...from, "--out", better]);
await ask(better);
