/** Traces to take pictures of: the examples of examples/record/, run with the preload against a scripted model, and a team of three. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { runTeam, scriptedMember } from "../../packages/hone/src/agents.ts";
import { openStore } from "../../packages/hone/src/app/open-store.ts";
import { teamRewards } from "../../packages/hone/src/rewards.ts";
import { openTracing } from "../../packages/hone/src/tracing.ts";
import {
  type ModelScript,
  startModelEndpoint,
  toolThenText,
} from "../../test/doubles/model-endpoint.ts";
import { preload } from "../../test/doubles/own-code.ts";

const root = join(import.meta.dirname, "../..");

const weather = { name: "weather", arguments: { city: "Oslo" } };

/** What the model says to each example. */
const examples: Readonly<Record<string, ModelScript>> = {
  "ai-sdk": toolThenText(
    { name: "lookUpOrder", arguments: { number: "A-17" } },
    "Your kettle has shipped.",
  ),
  fetch: toolThenText(weather, "Yes, take one along."),
  langgraph: toolThenText(
    [
      { name: "temperature_in", arguments: { city: "Oslo" } },
      { name: "temperature_in", arguments: { city: "Rome" } },
    ],
    "It is colder in Oslo.",
  ),
  "openai-agents": [
    { calls: [{ name: "transfer_to_order_desk", arguments: {}, id: "hand_over" }] },
    { calls: [{ name: "look_up_order", arguments: { number: "B-1" }, id: "look_up" }] },
    { text: "There is no such order." },
  ],
  "openai-chat": toolThenText(weather, "Yes, take one along."),
  "openai-responses": toolThenText(weather, "Yes, take one along."),
};

/** Records all of them into a store. @returns what they are called */
export async function recordExamples(store: string): Promise<readonly string[]> {
  for (const [name, script] of Object.entries(examples)) await recordExample(name, script, store);
  return Object.keys(examples);
}

async function recordExample(name: string, script: ModelScript, store: string): Promise<void> {
  const model = await startModelEndpoint(script);
  const program = join(root, "examples/record", `${name}.ts`);
  const child = spawn(process.execPath, ["--import", preload, program], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      ...process.env,
      ...{ HONE_STORE: store, OPENAI_BASE_URL: model.url, OPENAI_API_KEY: "none" },
    },
  });
  const [code] = (await once(child, "close")) as [number | null];
  await model.close();
  if (code !== 0) throw new Error(`examples/record/${name}.ts ended with ${String(code)}`);
}

/** The team of examples/team.ts, recorded with what it and each member earned. */
export async function recordTeam(store: string): Promise<void> {
  const tracing = openTracing({ store });
  const outcome = await runTeam({
    ...{ task: "Name a prime above 100.", seed: 2, concurrency: 1, tracer: tracing.tracer },
    members: {
      ada: scriptedMember([
        { answer: "101, as far as I can tell" },
        { voteFor: "103" },
        { voteFor: "107" },
      ]),
      ben: scriptedMember([{ answer: "103 has no divisor up to eleven" }, { voteFor: "103" }]),
      cleo: scriptedMember([
        { answer: "perhaps one hundred and five" },
        { answer: "107: not divisible by 2, 3, 5, 7" },
        { voteFor: "107" },
      ]),
    },
  });
  await tracing.close();
  const quality = { "101": 0.5, "103": 0.6, "107": 0.8 };
  const { team, members } = teamRewards(outcome, {
    quality: ({ text }) => quality[text.slice(0, 3) as keyof typeof quality] ?? 0,
    credit: "contribution",
  });
  const components = Object.fromEntries(
    Object.entries(members).map(([name, { total }]) => [name, total]),
  );
  const opened = await openStore(store);
  const { traces } = await opened.query({ tag: "team" });
  const reward = {
    id: "team",
    total: team.total,
    components,
    source: "rule",
    at: Date.now(),
  } as const;
  await opened.append({ rewards: [{ traceId: traces[0]!.id, reward }] });
  await opened.close();
}
