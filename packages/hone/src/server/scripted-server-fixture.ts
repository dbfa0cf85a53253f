/** A server whose model says what a test has written. */
import type { Message } from "../core/message.ts";
import type { StopReason, Turn } from "../core/rollout.ts";
import { HoneError } from "../core/errors.ts";
import type { ChatOptions, ChatPart, RecordingChatModel } from "../ports/chat-model.ts";
import { servingApp } from "./app.ts";
import { ResponseMemory } from "./response-memory.ts";
import { RolloutRegistry } from "./rollout-registry.ts";
import { type RequestLimits, RunningRequests } from "./running-requests.ts";
import { noModels, type OpenModel, type ServedModels } from "./served-models.ts";
import { ServingMetrics } from "./serving-metrics.ts";
import type { Solver } from "./solver.ts";
import { solvingWith } from "./solving.ts";
import { listenFor } from "./serving-listener.ts";

/** What the model says. */
export interface ScriptedReply extends Omit<Partial<Message>, "role"> {
  readonly stopReason?: StopReason;
  /** Pieces of the text instead of one; asked for one by one. */
  readonly pieces?: AsyncIterable<string> | Iterable<string>;
}

/** What a test gives the model: a reply to a call. */
export type Script = (call: ScriptedCall) => ScriptedReply | Promise<ScriptedReply>;

/** One call of the model. */
export interface ScriptedCall {
  readonly messages: readonly Message[];
  readonly options: ChatOptions;
}

/** A chat model that says what a script says. Each letter of a text is a token, with the log-prob −its place. */
export class ScriptedChatModel implements RecordingChatModel {
  readonly turns: Turn[] = [];
  readonly calls: ScriptedCall[] = [];
  readonly #script: Script;

  constructor(script: Script) {
    this.#script = script;
  }

  isPolicyError(): boolean {
    return false;
  }

  languageModel(): never {
    throw new Error("not used");
  }

  async chat(messages: readonly Message[], options: ChatOptions = {}): Promise<Message> {
    for await (const part of this.stream(messages, options)) {
      if (part.type === "turn") return part.turn.reply;
    }
    throw new Error("no turn");
  }

  async *stream(messages: readonly Message[], options: ChatOptions = {}): AsyncGenerator<ChatPart> {
    this.calls.push({ messages, options });
    const { pieces, stopReason = "stop", ...rest } = await this.#script({ messages, options });
    const { reasoning, toolCalls = [] } = rest;
    if (reasoning !== undefined) yield { type: "reasoning", text: reasoning };
    let content = "";
    for await (const text of pieces ?? (rest.content === undefined ? [] : [rest.content])) {
      if (options.signal?.aborted === true) throw new HoneError("CANCELLED", { what: "A call" });
      content += text;
      yield { type: "text", text };
    }
    for (const call of toolCalls) yield { type: "toolCall", call };
    const reply: Message = { role: "assistant", ...rest, content };
    const turn = turnOf(messages, reply, stopReason);
    this.turns.push(turn);
    yield { type: "turn", turn };
  }
}

function turnOf(messages: readonly Message[], reply: Message, stopReason: StopReason): Turn {
  const tokens = Array.from(reply.content, (letter) => letter.codePointAt(0)!);
  const logProbs = tokens.map((_, i) => 0 - i);
  return {
    messages,
    reply,
    promptTokens: messages.flatMap(({ content }) =>
      Array.from(content, (letter) => letter.codePointAt(0)!),
    ),
    tokens,
    logProbs,
    samplingLogProbs: logProbs,
    temperature: 1,
    isTruncated: false,
    stopReason,
    weightsVersion: "w1",
  };
}

/** The models of a server: "scripted" and whatever else is added. */
export function scriptedModels(script: Script, contextLength = 1000): ServedModels {
  return {
    ...noModels,
    list: () => [{ id: "scripted", created: 1, contextLength }],
    open: (name): OpenModel => {
      if (name !== "scripted") {
        throw new HoneError("SERVE_MODEL_UNKNOWN", { model: name, known: "scripted" });
      }
      return {
        contextLength,
        chat: () => new ScriptedChatModel(script),
        decode: async (tokens) => String.fromCodePoint(...tokens),
      };
    },
  };
}

/** A server that listens for a test. */
export interface ScriptedServer extends AsyncDisposable {
  /** Its address, such as "http://127.0.0.1:4000". */
  readonly url: string;
  readonly rollouts: RolloutRegistry;
  readonly running: RunningRequests;
  readonly metrics: ServingMetrics;
  /** Errors that are the server's own fault. */
  readonly errors: unknown[];
}

/** How a test's server differs from the usual one. */
export interface ScriptedOptions extends Partial<RequestLimits> {
  readonly key?: string;
  readonly readMs?: number;
  /** Answers POST /solve. Default: nothing does. */
  readonly solver?: Solver;
  /** Solutions that are kept. Default 100. */
  readonly cacheEntries?: number;
}

/** Starts a server of models on a free port. */
export async function startScripted(
  models: ServedModels,
  { key, readMs = 30_000, solver, cacheEntries = 100, ...limits }: ScriptedOptions = {},
): Promise<ScriptedServer> {
  const all = { requests: 1000, bodyBytes: 2 ** 24, answerMs: 60_000, stopMs: 5000, ...limits };
  const metrics = new ServingMetrics();
  const running = new RunningRequests(all, metrics);
  const rollouts = new RolloutRegistry();
  const errors: unknown[] = [];
  const app = servingApp({
    ...{ models, rollouts, running, metrics, limits: all, key },
    memory: new ResponseMemory(),
    solving: solver && solvingWith(solver, { cacheEntries, metrics }),
    onError: (error) => errors.push(error),
  });
  const listening = await listenFor(app, {
    host: "127.0.0.1",
    port: 0,
    limits: { requestMs: 60_000, readMs },
  });
  return {
    ...{ url: listening.url, rollouts, running, metrics, errors },
    [Symbol.asyncDispose]: () => listening.close({ timeoutMs: 100 }),
  };
}
