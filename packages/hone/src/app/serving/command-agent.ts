/** Programs outside, in any language, as agents: they call the policy by its address, and every call is recorded. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandAnswer } from "../../agents/command-process.ts";
import { isCallersFault, watchedModel } from "../../agents/watched-model.ts";
import { HoneError, isError, messageOf } from "../../core/errors.ts";
import { checkOptions } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { Task } from "../../core/rollout.ts";
import type { Agent } from "../../ports/agent.ts";
import { policyEndpoint } from "./policy-endpoint.ts";
import { promptedProgram } from "./program-prompts.ts";
import { addressVariables, compileCache, taskVariables } from "./program-variables.ts";
import { openReplay, type ProgramReplay, reported } from "./replayed-program.ts";

/** How an outside program is run. */
export interface CommandOptions {
  /** The folder that the program runs in. Default: the working folder. */
  readonly folder?: string;
  /** Further variables of its environment. Default: none. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Fields of a task that the program is not given, since they say what is right. Default: ["answer"]. */
  readonly hidden?: readonly string[];
}

/**
 * An agent that is a program outside, in any language, started once for each rollout.
 *
 * The program gets its task as JSON on stdin and in HONE_TASK (tasks of more than 100 kB on stdin only; as an argument it is
 * "$HONE_TASK" in the command line), a text `question` of it in HONE_QUESTION, the policy's address in OPENAI_BASE_URL and ANTHROPIC_BASE_URL with OPENAI_API_KEY and
 * ANTHROPIC_API_KEY, and the rollout's seed in HONE_SEED. Clients of OpenAI and Anthropic read these variables by themselves;
 * any model's name will do, and "policy/planner" says that the call is the agent planner's. A prompt that is optimised is in HONE_PROMPT, several by their names as JSON in HONE_PROMPTS. Every call is recorded with its tokens. Its answer is what it writes into the file that
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
  return programAgent(line, options);
}

/** What of a program is not the user's to say. */
export interface ProgramParts {
  /** How calls of its tools are answered. Default: tools run. */
  readonly replay?: ProgramReplay | undefined;
  /** Its system message, which the prompt that is tried replaces. Default: that prompt is in HONE_PROMPT. */
  readonly systemMessage?: string | undefined;
}

/** The same, whose options are checked already. */
export function programAgent(
  line: string,
  options: CommandOptions,
  { replay, systemMessage }: ProgramParts = {},
): Agent<Task, string> {
  const { hidden = ["answer"] } = options;
  return async (task, context) => {
    const { model, prompts } = promptedProgram("command", context, systemMessage);
    const watched = watchedModel(model);
    using policy = await policyEndpoint({ model: watched.model, signal: context.signal });
    const place = await mkdtemp(join(tmpdir(), "hone-answer-"));
    const answerFile = join(place, "answer");
    const { variables, input } = taskVariables(task, { seed: context.seed, prompts, hidden });
    try {
      const replayed = replay && (await openReplay(replay, { task, folder: place }));
      const run = commandAnswer({
        command: line,
        folder: options.folder ?? process.cwd(),
        input,
        answerFile,
        keepOutput: context.keepOutput ?? (() => undefined),
        signal: context.signal,
        environment: {
          ...compileCache(),
          ...process.env,
          ...options.environment,
          ...addressVariables(policy),
          ...variables,
          HONE_ANSWER_FILE: answerFile,
          ...replayed?.environment,
        },
      });
      return await (replayed === undefined ? run : reported(run, replayed, line));
    } catch (error) {
      throw withCause(error, watched.failure());
    } finally {
      await rm(place, { recursive: true, force: true });
    }
  };
}

/** A program that ended with an error after a failed call of the model failed because of that. */
export function withCause(error: unknown, failure: unknown): unknown {
  if (failure === undefined || !isError(error, "COMMAND_FAILED")) return error;
  const [said] = messageOf(failure).split("\n  → ");
  const problem = `${error.facts.problem} after a call of the model failed (${said})`;
  // A request that cannot be answered is the program's own fault.
  return new HoneError(
    "COMMAND_FAILED",
    { ...error.facts, problem },
    isCallersFault(failure) ? {} : { cause: failure },
  );
}
