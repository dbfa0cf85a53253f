/** What the arguments of an agent's call say of it: its name, its task, its abort signal. */
import { Cleaner } from "./cleaning/clean-json.ts";
import { createRedaction } from "./cleaning/redaction.ts";

/** The agent's `agentId`, `id` or `name`, else the name of its class. */
export function agentName(agent: object): string {
  const { agentId, id, name } = agent as Readonly<Record<string, unknown>>;
  const own = [agentId, id, name].find((one) => typeof one === "string" && one !== "");
  const kind = Object.getPrototypeOf(agent) === null ? undefined : agent.constructor?.name;
  return (own as string | undefined) ?? (kind === "Object" || kind === undefined ? "agent" : kind);
}

/**
 * What an agent was asked to do, in words.
 *
 * @param given  the first argument of the call: a text, messages (then the last one of the user), or an object with a
 *   field `prompt`, `question`, `input`, `task` or `text`
 */
export function taskOf(given: unknown): string {
  if (typeof given === "string") return given;
  if (Array.isArray(given)) {
    const asked = given.findLast((one) => (one as { role?: unknown } | null)?.role === "user") as
      | { content?: unknown }
      | undefined;
    return textOf(asked?.content ?? given.at(-1));
  }
  const { prompt, question, input, task, text } = (given ?? {}) as Readonly<
    Record<string, unknown>
  >;
  return textOf([prompt, question, input, task, text].find((one) => one !== undefined) ?? given);
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) {
    const texts = value.map((part) => (part as { text?: unknown } | null)?.text);
    return texts.filter((text) => typeof text === "string").join("\n");
  }
  const plain = new Cleaner(createRedaction(false)).json(value);
  return plain === null ? "" : JSON.stringify(plain);
}

/** The abort signal in one of the arguments: its field `signal` or `abortSignal`. */
export function signalOf(given: readonly unknown[]): AbortSignal | undefined {
  for (const one of given) {
    if (typeof one !== "object" || one === null) continue;
    const { signal, abortSignal } = one as { signal?: unknown; abortSignal?: unknown };
    if (signal instanceof AbortSignal) return signal;
    if (abortSignal instanceof AbortSignal) return abortSignal;
  }
  return undefined;
}
