/**
 * The program of a process that answers task after task by the function of a user's file. Its first argument is the file; tasks
 * come and replies go as messages.
 */
import { messageOf } from "../../core/errors.ts";
import { fieldsOf } from "../../core/json.ts";
import type { Prompts } from "../../core/prompts.ts";
import { takeNextReplay } from "../replay/next-replay.ts";
import { defaultExportOf } from "../user-module.ts";

/** A task to answer. */
export interface AgentJob {
  /** The task, without its hidden fields. */
  readonly task: unknown;
  readonly seed: number;
  /** The prompts that a search tries; empty elsewhere. */
  readonly prompts: Prompts;
  /** Variables of the environment that the process has from now on. */
  readonly variables: Readonly<Record<string, string>>;
}

/** What came of it. */
export type AgentReply =
  | { readonly answer: string }
  /** What went wrong, in words, and the stack where there is one. */
  | { readonly problem: string; readonly stack: string };

type AnswerTask = (
  task: unknown,
  context: { readonly seed: number; readonly prompts: Prompts },
) => unknown;

const file = process.argv[2]!;
const loaded = loadAgent();
// Its failure is the reply to the first task.
loaded.catch(() => undefined);

process.on("message", (job) => {
  // Messages come from hone alone.
  void replyTo(job as AgentJob).then((reply) => process.send!(reply));
});
process.on("disconnect", () => process.exit());

let current: AgentJob["variables"] = {};

/** The variables of a task, without those of the task before. */
function setVariables(variables: AgentJob["variables"]): void {
  for (const name of Object.keys(current)) delete process.env[name];
  Object.assign(process.env, variables);
  current = variables;
}

async function replyTo({ task, seed, prompts, variables }: AgentJob): Promise<AgentReply> {
  try {
    setVariables(variables);
    await takeNextReplay();
    const answer = await (await loaded)(task, { seed, prompts });
    if (typeof answer === "string") return { answer: answer.trim() };
    return { problem: `returned ${typeof answer} in the place of a text`, stack: "" };
  } catch (error) {
    const stack = fieldsOf(error)["stack"];
    return { problem: `threw: ${messageOf(error)}`, stack: typeof stack === "string" ? stack : "" };
  }
}

async function loadAgent(): Promise<AnswerTask> {
  const answer = await defaultExportOf(file, {
    what: "agent",
    example: "export default async ({ question }) => …",
  });
  if (typeof answer === "function") return (task, context) => answer(task, context) as unknown;
  throw new TypeError(`the default export of ${file} is no function`);
}
