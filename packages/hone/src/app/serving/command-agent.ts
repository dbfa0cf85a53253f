/** Programs outside, in any language, as agents: they call the policy by its address, and every call is recorded. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandAnswer } from "../../agents/command-process.ts";
import { watchedModel } from "../../agents/watched-model.ts";
import { HoneError, isError, isHoneError, messageOf } from "../../core/errors.ts";
import { checkOptions } from "../../core/known-options.ts";
import { newTraceId } from "../../core/ids.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { Task } from "../../core/rollout.ts";
import type { Agent, AgentContext } from "../../ports/agent.ts";
import type { RecordingChatModel } from "../../ports/chat-model.ts";
import type { StartedServer } from "./serve-model.ts";

/** How an outside program is run. */
export interface CommandOptions {
  /** The folder that the program runs in. Default: the working folder. */
  readonly folder?: string;
  /** Further variables of its environment. Default: none. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Fields of a task that the program is not given, such as its right answer. Default: none. */
  readonly hidden?: readonly string[];
}

/** Longer tasks are on stdin only: systems limit what one variable may hold. */
const maxVariableBytes = 100_000;

/**
 * An agent that is a program outside, in any language, started once for each rollout.
 *
 * The program gets its task as JSON on stdin and in HONE_TASK (tasks of more than 100 kB on stdin only; as an argument it is
 * "$HONE_TASK" in the command line), the policy's address in OPENAI_BASE_URL and ANTHROPIC_BASE_URL with OPENAI_API_KEY and
 * ANTHROPIC_API_KEY, and the rollout's seed in HONE_SEED. Clients of OpenAI and Anthropic read these variables by themselves;
 * any model's name will do. Every call is recorded with its tokens. Its answer is what it writes into the file that
 * HONE_ANSWER_FILE names, else the last line that it writes to stdout. The end of its output is kept with the rollout. When the
 * rollout's deadline passes, the program and all that it has started are killed.
 *
 * @param line  the command line, for the system's shell
 * @throws OPTION_INVALID; in a rollout COMMAND_FAILED for a program that fails, with the end of what it wrote to stderr; where the
 *         last call of the model had failed, that error is its cause, and the rollout fails at the boundary "policy"
 * @example await train({ model: "tiny", agent: command("python agent.py"), tasks, reward, algorithm: grpo({ steps: 20 }) });
 */
export function command(line: string, options: CommandOptions = {}): Agent<Task, string> {
  checkOptions("command", options, { folder: true, environment: true, hidden: true });
  optionChecks("command").text("line", line);
  const { hidden = [] } = options;
  return async (task, context) => {
    const watched = watchedModel(recordingModel(context));
    const { server, key } = await sharedServer();
    const id = newTraceId();
    const close = server.rollouts.open(id, watched.model);
    const place = await mkdtemp(join(tmpdir(), "hone-answer-"));
    const answerFile = join(place, "answer");
    const shown = Object.entries(task).filter(([field]) => !hidden.includes(field));
    const input = JSON.stringify(Object.fromEntries(shown));
    const address = `${server.url}/r/${id}`;
    try {
      return await commandAnswer({
        command: line,
        folder: options.folder ?? process.cwd(),
        input,
        answerFile,
        keepOutput: context.keepOutput ?? (() => undefined),
        signal: context.signal,
        environment: {
          ...process.env,
          ...options.environment,
          ...addressVariables(address, key),
          HONE_SEED: String(context.seed),
          HONE_ANSWER_FILE: answerFile,
          ...(Buffer.byteLength(input) <= maxVariableBytes && { HONE_TASK: input }),
        },
      });
    } catch (error) {
      throw withCause(error, watched.failure());
    } finally {
      close();
      await rm(place, { recursive: true, force: true });
    }
  };
}

/** The variables in which clients of the providers find the address and its key. */
const addressVariables = (address: string, key: string) => ({
  OPENAI_BASE_URL: `${address}/v1`,
  ANTHROPIC_BASE_URL: address,
  OPENAI_API_KEY: key,
  ANTHROPIC_API_KEY: key,
});

/** A program that ended with an error after a failed call of the model failed because of that. */
function withCause(error: unknown, failure: unknown): unknown {
  if (failure === undefined || !isError(error, "COMMAND_FAILED")) return error;
  const [said] = messageOf(failure).split("\n  → ");
  const problem = `${error.facts.problem} after a call of the model failed (${said})`;
  // A request that cannot be answered is the program's own fault.
  const isAsked = isHoneError(failure) && /^(OPTION_|MESSAGES_)/.test(failure.code);
  return new HoneError(
    "COMMAND_FAILED",
    { ...error.facts, problem },
    isAsked ? {} : { cause: failure },
  );
}

/** The context's model, which records in training and evaluation. @throws OPTION_INVALID for another one */
function recordingModel({ model }: AgentContext): RecordingChatModel {
  const isRecording = (one: object): one is RecordingChatModel => "turns" in one && "stream" in one;
  if (isRecording(model)) return model;
  throw optionChecks("command").invalid("model", model, "the recording model of a rollout");
}

/** The server of this process, on 127.0.0.1, with a key of its own. */
interface SharedServer {
  readonly server: StartedServer;
  readonly key: string;
}

let shared: Promise<SharedServer> | undefined;

/** One server for all rollouts of the process. It does not keep the process alive. @throws LISTEN_FAILED */
function sharedServer(): Promise<SharedServer> {
  shared ??= startShared().catch((error: unknown) => {
    shared = undefined;
    throw error;
  });
  return shared;
}

async function startShared(): Promise<SharedServer> {
  const [{ startServer }, { noModels }] = await Promise.all([
    import("./serve-model.ts"),
    import("../../server/served-models.ts"),
  ]);
  const key = randomBytes(24).toString("base64url");
  // Deadlines are the rollouts' own.
  const answerSeconds = 24 * 3600;
  const server = await startServer(noModels, { port: 0, apiKey: key, answerSeconds });
  server.unref();
  return { server, key };
}
