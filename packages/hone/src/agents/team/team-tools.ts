/** The two tools of a team, `new_answer` and `vote`: their schemas, and what a call of one means. */
import { isObject, type JsonValue } from "../../core/json.ts";
import type { TeamTool, TeamToolReply } from "../../ports/team-member.ts";

/** A call that makes sense. */
export type TeamAction =
  | { readonly tool: "new_answer"; readonly text: string }
  | { readonly tool: "vote"; readonly label: string; readonly reason: string | undefined };

/** What the tools of a turn depend on. */
export interface TeamToolsRequest {
  readonly mayAnswer: boolean;
  /** Labels that can be voted for now. */
  readonly labels: readonly string[];
  /** Carries out a call. */
  readonly call: (name: string, args: unknown) => TeamToolReply;
}

/** The tools that a member can call now. */
export function teamTools({ mayAnswer, labels, call }: TeamToolsRequest): TeamTool[] {
  const tools: TeamTool[] = [];
  if (mayAnswer) tools.push(newAnswerTool((args) => call("new_answer", args)));
  if (labels.length > 0) tools.push(voteTool(labels, (args) => call("vote", args)));
  return tools;
}

const newAnswerTool = (execute: TeamTool["execute"]): TeamTool => ({
  name: "new_answer",
  description: "Give an answer to the task that is better than every answer shown, in full.",
  parameters: objectSchema({ content: { type: "string", description: "The whole answer." } }, [
    "content",
  ]),
  execute,
});

const voteTool = (labels: readonly string[], execute: TeamTool["execute"]): TeamTool => ({
  name: "vote",
  description: "Vote for the best answer shown, when none better is left to give.",
  parameters: objectSchema(
    {
      agent: { type: "string", enum: labels, description: "Whose answer is the best." },
      reason: { type: "string", description: "Why, in a sentence." },
    },
    ["agent"],
  ),
  execute,
});

const objectSchema = (
  properties: Readonly<Record<string, JsonValue>>,
  required: readonly string[],
): JsonValue => ({ type: "object", properties, required, additionalProperties: false });

/** Reads a call, whose arguments may be an object or JSON text, or returns what is wrong with it. */
export function readCall(name: string, args: unknown): TeamAction | { readonly problem: string } {
  const fields = typeof args === "string" ? parsed(args) : args;
  if (name !== "new_answer" && name !== "vote") {
    return { problem: 'There is no such tool; call "new_answer" or "vote".' };
  }
  if (!isObject(fields)) return { problem: `The arguments of ${name} are no JSON object.` };
  if (name === "new_answer") {
    const { content } = fields;
    if (typeof content !== "string") return { problem: 'new_answer needs "content", a text.' };
    return { tool: name, text: content };
  }
  const { agent, reason } = fields;
  if (typeof agent !== "string") return { problem: 'vote needs "agent", a label shown.' };
  return { tool: name, label: agent, reason: typeof reason === "string" ? reason : undefined };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
