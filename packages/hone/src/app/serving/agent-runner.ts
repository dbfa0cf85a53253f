/**
 * The program of a process that answers task after task by the function of a user's file. Its first argument is the file; tasks
 * come and replies go as messages.
 */
import { messageOf } from "../../core/errors.ts";
import { fieldsOf } from "../../core/json.ts";
import type { Prompts } from "../../core/prompts.ts";
import { takeNextReplay } from "../replay/next-replay.ts";
import { defaultExportOf } from "../user-module.ts";
import type { AgentJob, AgentOutcome, AgentReply } from "./agent-job.ts";
import { refuseLateCalls } from "./late-calls.ts";
import { taskVariableNames } from "./program-variables.ts";

type AnswerTask = (
  task: unknown,
  context: { readonly seed: number; readonly prompts: Prompts },
) => unknown;

const file = process.argv[2]!;
const ownVariables = { ...process.env };
// Before the file is loaded, whose clients may keep the `fetch` that they find.
const tries = refuseLateCalls(new URL(".", process.env["OPENAI_BASE_URL"]!).href);
const loaded = loadAgent();
// Its failure is the reply to the first task.
loaded.catch(() => undefined);

process.on("message", (job) => {
  // Messages come from hone alone.
  void replyTo(job as AgentJob).then((reply) => process.send!(reply));
});
process.on("disconnect", () => process.exit());

async function replyTo({ number, ...job }: AgentJob): Promise<AgentReply> {
  const outcome = await tries.run(() => outcomeOf(job));
  return { replyTo: number, lateCalls: tries.takeLate(), ...outcome };
}

async function outcomeOf({
  task,
  seed,
  prompts,
  variables,
}: Omit<AgentJob, "number">): Promise<AgentOutcome> {
  try {
    setVariables(variables);
    await takeNextReplay();
    const answer = await (await loaded)(task, { seed, prompts });
    if (typeof answer === "string") return { answer: answer.trim() };
    return { problem: `returned ${typeof answer} in the place of a text`, stack: "" };
  } catch (error) {
    return { problem: `threw: ${messageOf(error)}`, stack: stackOf(error) };
  }
}

/** Where an error was thrown, without the frames of this file: they say nothing of the user's, and would push its first line out of a message. */
function stackOf(error: unknown): string {
  const stack = fieldsOf(error)["stack"];
  if (typeof stack !== "string") return "";
  const lines = stack.split("\n").filter((line) => !line.includes(import.meta.url));
  return lines.join("\n");
}

/** A variable that this task has not is as the process was started with it, not as the task before had it. */
function setVariables(variables: AgentJob["variables"]): void {
  for (const name of taskVariableNames) {
    const value = variables[name] ?? ownVariables[name];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
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
