/**
 * A member of a team from any chat model: a local policy, or a model of an SDK behind one function.
 *
 * The port has no tools, so a model says what it does as JSON in its text: {"tool":"vote","agent":"agent 2"}. Tool calls
 * that its message carries are taken as well. A reply without a usable call is answered with what is wrong, a few times.
 */
import { isObject } from "../../core/json.ts";
import type { Message } from "../../core/message.ts";
import type { ChatModel } from "../../ports/chat-model.ts";
import type { TeamMember, TeamTool, TeamTurn } from "../../ports/team-member.ts";
import { jsonObjectsIn } from "../../core/json-in-text.ts";

export interface ChatModelMemberOptions {
  /** Stands before everything else: who the member is, what it is good at. */
  readonly system?: string;
  /** Calls of the model in one turn. Default 3. */
  readonly maxCalls?: number;
  readonly maxTokens?: number;
  readonly temperature?: number;
}

/** @example runTeam({ task, members: { small: chatModelMember(policy), large: chatModelMember(other) } }) */
export function chatModelMember(
  model: ChatModel,
  options: ChatModelMemberOptions = {},
): TeamMember {
  const { system, maxCalls = 3, ...sampling } = options;
  return async function* member(turn) {
    const messages: Message[] = [
      ...(system === undefined ? [] : [{ role: "system" as const, content: system }]),
      ...turn.messages,
    ];
    for (let call = 0; call < maxCalls && !turn.signal.aborted; call++) {
      const asked = withInstructions([...messages, ...turn.updates()], turn.tools);
      const reply = await model.chat(asked, { ...sampling, signal: turn.signal });
      if (reply.reasoning) yield { type: "reasoning", text: reply.reasoning };
      if (reply.content) yield { type: "content", text: reply.content };
      const problem = act(reply, turn);
      if (problem === undefined) return;
      messages.push(
        { role: "assistant", content: reply.content },
        { role: "user", content: `${problem} Make one call.` },
      );
    }
  };
}

/** Carries out what the reply asks for; what was wrong, or undefined when it was taken. */
function act(reply: Message, turn: TeamTurn): string | undefined {
  const calls = [
    ...(reply.toolCalls ?? []).map(({ name, arguments: args }) => ({
      name,
      args: args as unknown,
    })),
    ...jsonObjectsIn(reply.content).flatMap((value) =>
      isObject(value) && typeof value["tool"] === "string"
        ? [{ name: value["tool"], args: value }]
        : [],
    ),
  ];
  let problem = "Your reply holds no call.";
  for (const { name, args } of calls) {
    const tool = turn.tools.find((one) => one.name === name);
    if (tool === undefined) {
      problem = `The tool ${JSON.stringify(name)} cannot be called now.`;
      continue;
    }
    const { isAccepted, message } = tool.execute(args);
    if (isAccepted) return undefined;
    problem = message;
  }
  return problem;
}

function withInstructions(messages: readonly Message[], tools: readonly TeamTool[]): Message[] {
  const lines = tools.map((tool) =>
    tool.name === "vote"
      ? '{"tool":"vote","agent":"<label>","reason":"<why>"}'
      : '{"tool":"new_answer","content":"<the whole answer>"}',
  );
  const content = `Make your call as JSON, one of:\n${lines.join("\n")}`;
  const last = messages.at(-1);
  return last?.role === "user"
    ? [...messages.slice(0, -1), { ...last, content: `${last.content}\n\n${content}` }]
    : [...messages, { role: "user", content }];
}
