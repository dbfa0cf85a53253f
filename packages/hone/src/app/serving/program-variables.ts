/** The variables of the environment by which a program is told its task, and where its model answers. */
import type { Prompts } from "../../core/prompts.ts";
import type { Task } from "../../core/rollout.ts";
import { userCache } from "../../core/user-cache.ts";
import type { AgentContext } from "../../ports/agent.ts";
import type { PolicyEndpoint } from "./policy-endpoint.ts";

/** Longer tasks are on stdin only: systems limit what one variable may hold. */
const maxVariableBytes = 100_000;

/** All variables that a task may have. */
export const taskVariableNames = [
  "HONE_SEED",
  "HONE_PROMPTS",
  "HONE_PROMPT",
  "HONE_TASK",
  "HONE_QUESTION",
] as const;

/** Variables of a task by their names. */
type Variables = Readonly<Partial<Record<(typeof taskVariableNames)[number], string>>>;

/** A task as a program is given it. */
export interface TaskVariables {
  /** The task as JSON, without its hidden fields. */
  readonly input: string;
  /** Its variables. */
  readonly variables: Variables;
}

/** @param hidden  fields that the program is not given */
export function taskVariables(
  task: Task,
  {
    hidden,
    seed,
    prompts,
  }: Pick<AgentContext, "seed" | "prompts"> & { readonly hidden: readonly string[] },
): TaskVariables {
  const shown = Object.entries(task).filter(([field]) => !hidden.includes(field));
  const input = JSON.stringify(Object.fromEntries(shown));
  const variables = {
    HONE_SEED: String(seed),
    ...promptVariables(prompts),
    ...(Buffer.byteLength(input) <= maxVariableBytes && { HONE_TASK: input }),
    ...questionVariable(shown),
  };
  return { input, variables };
}

/** The question of a task that has one in words, for programs that take a question as it is. */
function questionVariable(shown: readonly (readonly [string, unknown])[]): Variables {
  const question = shown.find(([field]) => field === "question")?.[1];
  const fits = typeof question === "string" && Buffer.byteLength(question) <= maxVariableBytes;
  return fits && !question.includes("\0") ? { HONE_QUESTION: question } : {};
}

/** The prompts, where there are any: all of them as JSON, and "system" or the only one as its text. */
function promptVariables(prompts: Prompts): Variables {
  const texts = Object.values(prompts);
  const text = prompts["system"] ?? (texts.length === 1 ? texts[0] : undefined);
  if (texts.length === 0) return {};
  return {
    HONE_PROMPTS: JSON.stringify(prompts),
    ...(text !== undefined && { HONE_PROMPT: text }),
  };
}

/**
 * Where Node keeps a program's compiled modules, so that only the first try compiles them: a program on the AI SDK starts in half the
 * time. Node checks that a module is the same, and other languages read no such variable.
 */
export const compileCache = () => ({ NODE_COMPILE_CACHE: userCache("compiled") });

/** The variables in which clients of the providers find the address and its key. */
export const addressVariables = ({
  baseURL,
  apiKey,
}: Pick<PolicyEndpoint, "baseURL" | "apiKey">) => ({
  OPENAI_BASE_URL: baseURL,
  ANTHROPIC_BASE_URL: baseURL.replace(/\/v1$/u, ""),
  OPENAI_API_KEY: apiKey,
  ANTHROPIC_API_KEY: apiKey,
});
