/** Wraps an agent, which is a function or an object with `chat`, so that every call of it is recorded. */
import { HoneError } from "../core/errors.ts";
import { withMethods } from "./observe-result.ts";
import { traceCall, type TracedOptions } from "./trace-call.ts";

/**
 * A wrapper of an agent, of the same type, whose calls become traces. The agent itself is not changed.
 *
 * @throws OPTION_INVALID for what is neither a function nor an object with a method `chat`
 * @example const agent = withTraces(myAgent, { tracer }); for await (const chunk of agent.chat(messages)) show(chunk);
 */
export function withTraces<A extends object>(agent: A, options: TracedOptions): A {
  if (typeof agent === "function") {
    return new Proxy<A>(agent, {
      apply: (_, self: unknown, given: unknown[]) => {
        const run = (): unknown => Reflect.apply(agent, self, given);
        return traceCall({ agent, given, run }, options);
      },
    });
  }
  if (typeof (agent as { chat?: unknown } | null)?.chat !== "function") {
    throw refused(agent, "a function, or an object with a method chat");
  }
  const chat = Reflect.getOwnPropertyDescriptor(agent, "chat");
  if (chat?.configurable === false && chat.writable === false) {
    throw refused(agent, "an object whose chat is not frozen");
  }
  return withMethods(agent, (key, own) => {
    if (key !== "chat") return undefined;
    return (...given) =>
      traceCall({ agent, given, run: () => Reflect.apply(own, agent, given) }, options);
  });
}

const refused = (agent: unknown, expected: string): HoneError =>
  new HoneError("OPTION_INVALID", {
    where: "withTraces",
    option: "agent",
    got:
      typeof agent === "object" && agent !== null
        ? `{ ${Object.keys(agent).join(", ")} }`
        : String(agent),
    expected,
  });
