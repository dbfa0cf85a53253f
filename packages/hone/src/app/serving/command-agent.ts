/** Programs outside, in any language, as agents: they call the policy by its address, and every call is recorded. */
import { randomBytes } from "node:crypto";
import { commandAnswer } from "../../agents/command-process.ts";
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
}

/** Longer tasks are on stdin only: systems limit what one variable may hold. */
const maxVariableBytes = 100_000;

/**
 * An agent that is a program outside, in any language, started once for each rollout.
 *
 * The program gets its task as JSON on stdin and in HONE_TASK (tasks of more than 100 kB on stdin only), the policy's address in
 * OPENAI_BASE_URL and ANTHROPIC_BASE_URL with OPENAI_API_KEY and ANTHROPIC_API_KEY, and the rollout's seed in HONE_SEED. Clients
 * of OpenAI and Anthropic read these variables by themselves; any model's name will do. Every call is recorded with its tokens.
 * Its answer is the last line that it writes to stdout. When the rollout's deadline passes, the program and all that it has
 * started are killed.
 *
 * @param line  the command line, for the system's shell
 * @throws OPTION_INVALID; in a rollout COMMAND_FAILED for a program that fails, with the end of what it wrote to stderr
 * @example await train({ model: "tiny", agent: command("python agent.py"), tasks, reward, algorithm: grpo({ steps: 20 }) });
 */
export function command(line: string, options: CommandOptions = {}): Agent<Task, string> {
  checkOptions("command", options, { folder: true, environment: true });
  optionChecks("command").text("line", line);
  const { folder = process.cwd(), environment = {} } = options;
  return async (task, context) => {
    const model = recordingModel(context);
    const { server, key } = await sharedServer();
    const id = newTraceId();
    const close = server.rollouts.open(id, model);
    const address = `${server.url}/r/${id}`;
    const input = JSON.stringify(task);
    try {
      return await commandAnswer({
        command: line,
        folder,
        input,
        signal: context.signal,
        environment: {
          ...process.env,
          ...environment,
          OPENAI_BASE_URL: `${address}/v1`,
          ANTHROPIC_BASE_URL: address,
          OPENAI_API_KEY: key,
          ANTHROPIC_API_KEY: key,
          HONE_SEED: String(context.seed),
          ...(Buffer.byteLength(input) <= maxVariableBytes && { HONE_TASK: input }),
        },
      });
    } finally {
      close();
    }
  };
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
