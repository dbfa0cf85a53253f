/**
 * Makes subclasses of an app's agent classes whose `chat(messages)` is recorded: `class A extends TracedAgent(Base)`.
 *
 * The subclass has the type of its base: constructors, abstract members, private fields, statics, generics and `instanceof`
 * work as before.
 */
import { traceCall, type TracedOptions } from "./trace-call.ts";

/** Any class, abstract or not, whose `chat` answers with an async iterable. */
export type AgentClass = abstract new (...given: never[]) => {
  chat(...given: never[]): AsyncIterable<unknown> | Promise<AsyncIterable<unknown>>;
};

type Chat = (...given: unknown[]) => unknown;
type PlainClass = new (...given: unknown[]) => { chat?: Chat };

/**
 * A subclass of an agent's class whose `chat` is recorded, also where a subclass or a constructor defines a `chat` of its own.
 *
 * @example class Planner extends TracedAgent(BaseAgent, { tracer }) {}
 */
export function TracedAgent<B extends AgentClass>(Base: B, options: TracedOptions): B {
  const own = (Base as { readonly prototype: { chat?: Chat } }).prototype.chat;
  // TypeScript cannot extend a class whose constructor is only known as a type parameter.
  const Traced = class extends (Base as unknown as PlainClass) {
    constructor(...given: unknown[]) {
      super(...given);
      const chat = this.chat;
      if (chat === tracedChat || chat === undefined) return;
      const value = traced(chat);
      Object.defineProperty(this, "chat", { value, writable: true, configurable: true });
    }
  };
  const traced = (chat: Chat): Chat =>
    function (this: object, ...given) {
      return traceCall(
        { agent: this, given, run: () => Reflect.apply(chat, this, given) },
        options,
      );
    };
  const tracedChat = own === undefined ? undefined : traced(own);
  // An abstract `chat` cannot be wrapped here: the constructor wraps the one that a subclass defines.
  if (tracedChat !== undefined) {
    const place = { value: tracedChat, writable: true, configurable: true };
    Object.defineProperty(Traced.prototype, "chat", place);
  }
  Object.defineProperty(Traced, "name", { value: Base.name, configurable: true });
  // The subclass adds nothing to the type of its base, which TypeScript cannot tell of a type parameter.
  return Traced as unknown as B;
}

/**
 * A subclass of a class that runs a team of agents, recorded as by `TracedAgent`. Votes, answers, restarts and consensus, which
 * the team yields as chunks or records with `coordination`, become spans; calls of its agents belong to its trace.
 *
 * @example class Team extends TracedOrchestrator(Orchestrator, { tracer }) {}
 */
export function TracedOrchestrator<B extends AgentClass>(Base: B, options: TracedOptions): B {
  const tags = ["orchestrator", ...(options.tags ?? [])];
  return TracedAgent(Base, { ...options, tags });
}
