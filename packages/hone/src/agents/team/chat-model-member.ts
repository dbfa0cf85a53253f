/**
 * A member of a team made of a chat model: a local policy, or a model of an SDK.
 *
 * A chat model is offered no tools, so it says what it does as JSON in its text: {"tool":"vote","agent":"agent 2"}. Tool
 * calls of its message count as well. A reply without a usable call is sent back with what is wrong, a few times.
 */
import { isObject } from "../../core/json.ts";
import { jsonObjectsIn } from "../../core/json-in-text.ts";
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import type { Message } from "../../core/message.ts";
import { type OptionChecks, optionChecks } from "../../core/option-checks.ts";
import type { ChatModel } from "../../ports/chat-model.ts";
import type { TeamMember, TeamTool, TeamTurn } from "../../ports/team-member.ts";

/** How a chat model takes part in a team. */
export interface ChatModelMemberOptions {
  /** A system message before all others: who the member is, what it is good at. Default: none. */
  readonly system?: string;
  /** Calls of the model in one turn at most. Default 3. */
  readonly maxCalls?: number;
  /** Tokens of one reply at most. Default: the model's own limit. */
  readonly maxTokens?: number;
  /** Temperature of sampling. Default: the model's own. */
  readonly temperature?: number;
  /** Names the member in the turns that a policy records, so that credit can go by agents. Default: none. */
  readonly agent?: string;
}

/**
 * Makes a team's member of a chat model.
 *
 * @throws OPTION_INVALID
 * @example runTeam({ task, members: { small: chatModelMember(policy), large: chatModelMember(other) } })
 */
export function chatModelMember(
  model: ChatModel,
  options: ChatModelMemberOptions = {},
): TeamMember {
  checkOptions("chatModelMember", options, memberOptions);
  const { system, maxCalls = 3, ...sampling } = options;
  if (!isObject(model) || typeof model["chat"] !== "function") {
    throw check.invalid("model", model, "a chat model: an object with a method chat");
  }
  check.whole("maxCalls", maxCalls, { min: 1 });
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

const check: OptionChecks = optionChecks("chatModelMember");

const memberOptions: OptionNames<ChatModelMemberOptions> = {
  system: true,
  maxCalls: true,
  maxTokens: true,
  temperature: true,
  agent: true,
};

/** Carries out the calls of a reply; returns undefined when one was accepted, else what was wrong with the last. */
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
