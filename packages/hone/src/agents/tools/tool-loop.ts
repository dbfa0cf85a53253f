/**
 * The agent for those who have none: it asks the model, makes the calls that the reply asks for, shows the model what they
 * return, and asks again, until a reply calls nothing.
 */
import { HoneError, isError, messageOf } from "../../core/errors.ts";
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Message, ToolCall } from "../../core/message.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { Task } from "../../core/rollout.ts";
import type { AgentContext, ChatAgent } from "../../ports/agent.ts";
import { checkCall, type CallProblem } from "./check-call.ts";
import { runTool, type ToolText } from "./run-tool.ts";
import type { Tool } from "./tool.ts";

/** How an agent with tools works. */
export interface ToolLoopOptions<T extends Task = Task> {
  /** The tools that the model may call. */
  readonly tools: readonly Tool[];
  /** Replies of the model at most. Default 8. */
  readonly maxSteps?: number;
  /** Whether the calls of one reply run side by side; their results are in the order of the calls in any case. Default true. */
  readonly parallel?: boolean;
  /** What the model is told before the task; the prompt "system", where the agent is given one, instead. Default: nothing. */
  readonly system?: string;
  /** The conversation of a task, or the user's words. Default: the task's `messages`, else its `prompt`, `question` or `text`. */
  readonly ask?: (task: T) => readonly Message[] | string;
  /** Time limit of one call, in ms. Default 60,000. */
  readonly toolTimeoutMs?: number;
  /** Characters of a result that the model is shown at most. Default 20,000. */
  readonly maxResultCharacters?: number;
  /**
   * What becomes of a tool that throws or takes too long: "fail" fails the rollout at the boundary "tool", "tell" shows the
   * model the error and counts it. Default "fail".
   */
  readonly toolErrors?: "fail" | "tell";
  /** Tokens of one reply at most. Default: the model's own limit. */
  readonly maxTokens?: number;
}

/** What of the calls went wrong, by kind. None of these fails a rollout. Each is a metric of the rollout, too: "tools/schema". */
export interface ToolLoopCounts {
  /** Calls of a tool that there is not. */
  readonly unknownTool: number;
  /** Calls that the limit of tokens cut. */
  readonly cut: number;
  /** Calls whose arguments are no JSON object. */
  readonly notJson: number;
  /** Calls whose arguments break the schema. */
  readonly schema: number;
  /** Repairs of names and arguments, see docs/tools.md. */
  readonly repaired: number;
  /** Results that were cut to `maxResultCharacters`. */
  readonly cutResult: number;
  /** Calls whose tool failed, with `toolErrors: "tell"`. */
  readonly toolFailed: number;
}

/** What an agent with tools returns. */
export interface ToolLoopAnswer {
  /** The words of the last reply. */
  readonly text: string;
  /** Why it ended: the model answered without a call, or the steps were used up. */
  readonly ending: "answer" | "maxSteps";
  /** The whole conversation, the last reply included. */
  readonly messages: readonly Message[];
  /** Replies of the model. */
  readonly steps: number;
  /** Calls that the model asked for. */
  readonly calls: number;
  /** What went wrong with them, by kind. */
  readonly counts: ToolLoopCounts;
}

const optionNames: OptionNames<ToolLoopOptions> = {
  tools: true,
  maxSteps: true,
  parallel: true,
  system: true,
  ask: true,
  toolTimeoutMs: true,
  maxResultCharacters: true,
  toolErrors: true,
  maxTokens: true,
};

/**
 * Makes an agent that calls tools until it has an answer. A call that cannot be made (no such tool, arguments that are cut, no
 * JSON, or against the schema) is answered to the model with what is wrong, and counted.
 *
 * @throws OPTION_INVALID
 * @example
 * const agent = toolLoop({ tools: [add], maxSteps: 4 });
 * const result = await train({ model: "tiny", agent, tasks, reward: ({ answer, task }) => Number(answer.text === task.sum), algorithm });
 */
export function toolLoop<T extends Task = Task>(
  options: ToolLoopOptions<T>,
): ChatAgent<T, ToolLoopAnswer> {
  checkOptions("toolLoop", options, optionNames);
  const { maxSteps = 8, toolTimeoutMs = 60_000, maxResultCharacters = 20_000 } = options;
  const { toolErrors = "fail", parallel = true } = options;
  const check = optionChecks("toolLoop");
  check.list("tools", options.tools);
  check.whole("maxSteps", maxSteps, { min: 1 });
  check.milliseconds("toolTimeoutMs", toolTimeoutMs);
  check.whole("maxResultCharacters", maxResultCharacters, { min: 1 });
  check.oneOf("toolErrors", toolErrors, ["fail", "tell"]);
  check.flag("parallel", parallel);
  const limits = { maxSteps, toolTimeoutMs, maxResultCharacters, toolErrors, parallel };
  return (task, context) => new Loop({ ...options, ...limits }, context).run(task);
}

const CALLS = "tools/calls";

/** The names of the counts among the metrics of a rollout. */
const metricNames: Readonly<Record<keyof ToolLoopCounts, string>> = {
  unknownTool: "tools/unknown_tool",
  cut: "tools/cut",
  notJson: "tools/not_json",
  schema: "tools/schema",
  repaired: "tools/repaired",
  cutResult: "tools/cut_result",
  toolFailed: "tools/failed",
};

/** Options with their defaults. */
type Settings<T extends Task> = ToolLoopOptions<T> &
  Required<
    Pick<
      ToolLoopOptions<T>,
      "maxSteps" | "toolTimeoutMs" | "maxResultCharacters" | "toolErrors" | "parallel"
    >
  >;

/** What the loop needs of an agent's context. */
type LoopContext = Pick<AgentContext, "model" | "signal" | "addMetrics"> &
  Partial<Pick<AgentContext, "prompts">>;

class Loop<T extends Task> {
  readonly #settings: Settings<T>;
  readonly #context: LoopContext;
  readonly #counts: Record<keyof ToolLoopCounts, number> = {
    unknownTool: 0,
    cut: 0,
    notJson: 0,
    schema: 0,
    repaired: 0,
    cutResult: 0,
    toolFailed: 0,
  };
  #calls = 0;

  constructor(settings: Settings<T>, context: LoopContext) {
    this.#settings = settings;
    this.#context = context;
  }

  async run(task: T): Promise<ToolLoopAnswer> {
    const { tools, maxSteps, maxTokens } = this.#settings;
    const { model, signal, prompts } = this.#context;
    const system = prompts?.["system"] ?? this.#settings.system;
    // Zeros as well: a mean counts the rollouts in which all went well.
    const zeros = [CALLS, ...Object.values(metricNames)].map((name) => [name, 0] as const);
    this.#context.addMetrics?.(Object.fromEntries(zeros));
    const messages: Message[] = system === undefined ? [] : [{ role: "system", content: system }];
    messages.push(...asked(task, this.#settings));
    for (let steps = 1; ; steps++) {
      const limit = maxTokens !== undefined && { maxTokens };
      const reply = await model.chat(messages, { signal, tools, ...limit });
      messages.push(reply);
      const wanted = reply.toolCalls ?? [];
      this.#calls += wanted.length;
      this.#context.addMetrics?.({ [CALLS]: wanted.length });
      const ending = wanted.length === 0 ? "answer" : "maxSteps";
      if (ending === "answer" || steps === maxSteps) {
        const counted = { calls: this.#calls, counts: this.#counts };
        return { text: reply.content, ending, messages, steps, ...counted };
      }
      messages.push(...(await this.#results(reply, wanted)));
    }
  }

  /** The results of a reply's calls, in their order. */
  async #results(reply: Message, wanted: readonly ToolCall[]): Promise<Message[]> {
    const isCut = this.#isCut(reply);
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#context.signal, stop.signal]);
    const run = async (call: ToolCall, i: number): Promise<Message> => ({
      role: "tool",
      toolCallId: call.id,
      // A reply that reached its limit of tokens was cut in its last call; the calls before it are whole.
      content: await this.#result(call, isCut && i === wanted.length - 1, signal),
    });
    try {
      if (this.#settings.parallel) return await Promise.all(wanted.map(run));
      const results: Message[] = [];
      for (const [i, call] of wanted.entries()) results.push(await run(call, i));
      return results;
    } finally {
      stop.abort();
    }
  }

  async #result(call: ToolCall, isCut: boolean, signal: AbortSignal): Promise<string> {
    const { tools, toolTimeoutMs, maxResultCharacters, toolErrors } = this.#settings;
    const checked = checkCall(call, tools, isCut);
    if (checked.kind !== "ready") return this.#refused(checked.kind, checked.message);
    const accepted = await acceptedBy(checked.tool, checked.given);
    if (typeof accepted === "string") return this.#refused("schema", accepted);
    this.#count("repaired", checked.repairs);
    const limits = { timeoutMs: toolTimeoutMs, maxCharacters: maxResultCharacters };
    try {
      const result = await runTool(checked.tool, accepted, {
        callId: call.id,
        signal,
        ...limits,
      });
      return this.#shown(result);
    } catch (error) {
      if (!isError(error, "TOOL_FAILED")) throw error;
      this.#count("toolFailed");
      if (toolErrors === "fail") throw error;
      return `Error: ${error.facts.problem}`;
    }
  }

  #refused(kind: CallProblem, message: string): string {
    this.#count(kind);
    return message;
  }

  /** Counts for the answer and, at once, so that a rollout that is ended early has its counts, for the rollout. */
  #count(kind: keyof ToolLoopCounts, by = 1): void {
    this.#counts[kind] += by;
    if (by > 0) this.#context.addMetrics?.({ [metricNames[kind]]: by });
  }

  #shown({ text, isCut }: ToolText): string {
    this.#count("cutResult", Number(isCut));
    return text;
  }

  /** Whether a reply ended at its limit of tokens, which a model that records its turns tells. */
  #isCut(reply: Message): boolean {
    const { model } = this.#context;
    const turns = "turns" in model ? (model.turns as readonly TurnEnd[]) : [];
    return turns.find((turn) => turn.reply === reply)?.stopReason === "length";
  }
}

/** The arguments that a tool accepts, or what the model is told of them. */
async function acceptedBy(tool: Tool, given: JsonObject): Promise<JsonObject | string> {
  try {
    return (await tool.accept?.(given)) ?? given;
  } catch (error) {
    return `Error: the arguments of ${tool.name} do not fit its schema: ${messageOf(error)}`;
  }
}

/** What is asked of a recorded turn. */
interface TurnEnd {
  readonly reply: Message;
  readonly stopReason: string;
}

/** The conversation that a task begins with. */
function asked<T extends Task>(task: T, { ask }: ToolLoopOptions<T>): readonly Message[] {
  const given: unknown = ask === undefined ? ownWords(task) : ask(task);
  if (typeof given === "string") return [{ role: "user", content: given }];
  if (Array.isArray(given) && given.length > 0) return given as readonly Message[];
  throw new HoneError("OPTION_INVALID", {
    where: "toolLoop",
    option: "ask",
    got: ask === undefined ? "nothing" : "a function that returns neither",
    expected: `a function that gives the messages of a task, or its words: task ${task.id} has no messages, prompt, question or text`,
  });
}

function ownWords(task: Task): unknown {
  const fields: JsonObject = isObject(task) ? task : {};
  return ["messages", "prompt", "question", "text"]
    .map((name) => fields[name])
    .find((value) => typeof value === "string" || Array.isArray(value));
}
