/**
 * Classes whose `chat(messages)` is recorded, made from the classes an app has: `class A extends TracedAgent(Base)`.
 *
 * What comes back is a subclass with the type of the base: constructors, abstract members, private fields, statics,
 * generics and `instanceof` are as they were.
 */
import { traceCall, type TracedOptions } from "./trace-call.ts";

/** Any class, abstract or not, whose `chat` answers with an async iterable. */
export type AgentClass = abstract new (...given: never[]) => {
  chat(...given: never[]): AsyncIterable<unknown> | Promise<AsyncIterable<unknown>>;
};

type Chat = (...given: unknown[]) => unknown;
type PlainClass = new (...given: unknown[]) => { chat?: Chat };

/**
 * The class, its `chat` recorded: also where a subclass or the constructor gives the object a `chat` of its own.
 * @example class Planner extends TracedAgent(BaseAgent, { tracer }) {}
 */
export function TracedAgent<B extends AgentClass>(Base: B, options: TracedOptions): B {
  const own = (Base as { readonly prototype: { chat?: Chat } }).prototype.chat;
  // A type parameter cannot be extended; the class takes whatever arguments its base takes.
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
  // An abstract method has nothing to stand in front of; the constructor finds what a subclass made of it.
  if (tracedChat !== undefined) {
    const place = { value: tracedChat, writable: true, configurable: true };
    Object.defineProperty(Traced.prototype, "chat", place);
  }
  Object.defineProperty(Traced, "name", { value: Base.name, configurable: true });
  // The subclass has all members of its base, which TypeScript cannot know of a type parameter.
  return Traced as unknown as B;
}

/**
 * The same for what runs a team: its votes, answers, restarts and consensus, yielded as chunks or told by `coordination`,
 * become spans, and the calls of its agents are parts of its trace, named by the agent.
 * @example class Team extends TracedOrchestrator(Orchestrator, { tracer }) {}
 */
export function TracedOrchestrator<B extends AgentClass>(Base: B, options: TracedOptions): B {
  const tags = ["orchestrator", ...(options.tags ?? [])];
  return TracedAgent(Base, { ...options, tags });
}
