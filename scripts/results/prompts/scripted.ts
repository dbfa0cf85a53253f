/** `hone train apo` as a user starts it, with a scripted provider as what does the tasks, as the critic and as the judge of the reward. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commandLine } from "../../../test/doubles/command-line.ts";
import { startModelEndpoint } from "../../../test/doubles/model-endpoint.ts";

/** What the command printed. */
export interface ScriptedRun {
  /** The command line, without addresses of this machine. */
  readonly command: string;
  readonly output: string;
}

const prompt = "Answer the customer: {question}";

/** Rewards of a judge: the score that the scripted model gives an answer. */
const rewardFile = (root: string, url: string): string => `
import { namedChatModel } from ${JSON.stringify(`${root}/packages/hone/src/agents.ts`)};
import { absoluteJudge } from ${JSON.stringify(`${root}/packages/hone/src/rewards.ts`)};
const judge = absoluteJudge({ model: await namedChatModel("${url}#judge"), criteria: { polite: "0: curt; 1: friendly" } });
export default async ({ task, answer }) => {
  const verdict = await judge.score({ task: task.question, answer });
  const total = verdict.status === "scored" ? verdict.total : 0;
  return { total, components: { success: total === 1 ? 1 : 0 }, source: "judge" };
};
`;

/** The agent: a program in plain Node that fills in the prompt and asks the model. */
const program = `
const { question } = JSON.parse(process.env.HONE_TASK);
const content = process.env.HONE_PROMPT.replace("{question}", question);
const reply = await fetch(process.env.OPENAI_BASE_URL + "/chat/completions", {
  method: "POST",
  headers: { "content-type": "application/json", authorization: "Bearer " + process.env.OPENAI_API_KEY },
  body: JSON.stringify({ model: "policy", messages: [{ role: "user", content }] }),
});
console.log((await reply.json()).choices[0].message.content);
`;

/** Runs it in a folder. */
export async function scriptedRun(folder: string): Promise<ScriptedRun> {
  const endpoint = await startModelEndpoint(({ body, text }) => {
    const [last] = (body["messages"] as readonly { content: string }[]).slice(-1);
    if (body["model"] === "judge") {
      const polite = /Thank you/.test(text) ? 0.6 : 0.1;
      const total = polite + (/glad to help/.test(text) ? 0.4 : 0);
      return {
        text: JSON.stringify({ scores: { polite: total }, polite: total, reason: "scripted" }),
      };
    }
    if (body["model"] === "critic") {
      if (!last!.content.includes("<prompt> and </prompt>"))
        return { text: "The replies are curt." };
      const isThanking = last!.content.includes("thank them");
      const better = isThanking
        ? "Answer the customer, thank them, and offer more help: {question}"
        : "Answer the customer and thank them: {question}";
      return { text: `<prompt>${better}</prompt>` };
    }
    const thanks = text.includes("thank them") ? "Thank you for asking. " : "";
    const offer = text.includes("offer more help") ? " I am glad to help with more." : "";
    return { text: `${thanks}It ships tomorrow.${offer}` };
  });
  const root = join(import.meta.dirname, "../../..");
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  write("start.txt", `${prompt}\n`);
  write("agent.mjs", program);
  write("reward.ts", rewardFile(root, endpoint.url));
  const tasks = Array.from({ length: 28 }, (_, i) => {
    const split = i < 8 ? "train" : "test";
    return JSON.stringify({ id: `order-${i}`, question: `When does order ${i} ship?`, split });
  });
  write("tasks.jsonl", tasks.join("\n"));
  rmSync(join(folder, "run"), { recursive: true, force: true });
  const words = ["train", "apo", "--policy", "#policy", "--critic", "#critic"];
  const rest = [
    ...["--agent", "node agent.mjs", "--tasks", "tasks.jsonl", "--reward", "reward.ts"],
    ...["--prompt", "start.txt", "--steps", "2", "--beam-width", "1", "--branch-factor", "1"],
    ...["--validation-size", "4", "--concurrency", "2", "--out", "run"],
  ];
  const given = words.map((word) => (word.startsWith("#") ? endpoint.url + word : word));
  try {
    const { code, stdout, stderr } = await commandLine([...given, ...rest], { folder });
    if (code !== 0) throw new Error(`hone ended with ${code}: ${stderr}`);
    const quoted = [...words, ...rest].map((word) => (word.includes(" ") ? `"${word}"` : word));
    const command = `npx hone ${quoted.join(" ")}`.replaceAll(" #", " http://127.0.0.1:8080/v1#");
    return { command, output: stdout.replaceAll(endpoint.url, "http://127.0.0.1:8080/v1") };
  } finally {
    await endpoint.close();
  }
}
