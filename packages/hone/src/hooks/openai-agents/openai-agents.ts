/**
 * Records what OpenAI Agents JS does, from the SDK's own traces.
 *
 * The SDK's dispatcher of trace events is wrapped, and its list of processors is left alone: the app may set its processors and
 * exporters as before. While the SDK's tracing is off (`NODE_ENV=test`, `OPENAI_AGENTS_DISABLE_TRACING=1`,
 * `tracingDisabled`), nothing is seen here, and the fetch tap records the requests.
 */
import type { HookTools, InstallHook } from "../hook-tools.ts";
import { type KnownModule, watchModules } from "../module-hooks.ts";
import { safely } from "../../recording/safely.ts";
import { followContext } from "../sdk-context.ts";
import { AgentsRecorder } from "./recorder.ts";
import type { AgentsSpan } from "./spans.ts";
import type { AgentsTrace } from "./trace-recorder.ts";
import { generatorWithin, type Method, prototypeOf, wrapMethod } from "../wrap-method.ts";

export const installOpenAiAgents: InstallHook = (tools: HookTools) => {
  const recorder = new AgentsRecorder(tools);
  return watchModules(agentsModules(recorder, tools));
};

const core = "@openai/agents-core";
const models = "@openai/agents-openai";

type Watch = (prototype: object, recorder: AgentsRecorder) => readonly (() => void)[];

/** The modules of the SDK that are watched, and how. */
function agentsModules(recorder: AgentsRecorder, tools: HookTools): KnownModule[] {
  const known = (home: string, path: string, name: string, watch: Watch): KnownModule => ({
    package: home,
    path,
    names: [name],
    found: ({ [name]: found }, version) => {
      if (home === core) recorder.version = version;
      const undo = watch(prototypeOf(found), recorder);
      return () => undo.forEach((one) => one());
    },
  });
  return [
    known(core, "dist/tracing/processor", "MultiTracingProcessor", watchProcessor),
    known(core, "dist/run", "Runner", watchRunner),
    known(models, "dist/openaiResponsesModel", "OpenAIResponsesModel", watchModel),
    known(models, "dist/openaiChatCompletionsModel", "OpenAIChatCompletionsModel", watchModel),
    contextModule(recorder, tools),
  ];
}

function watchProcessor(prototype: object, recorder: AgentsRecorder): (() => void)[] {
  const before = (name: string, handle: (given: never) => void): (() => void) =>
    wrapMethod(prototype, name, (original) => {
      return function (this: unknown, ...given): unknown {
        safely(() => handle(given[0] as never));
        return original.apply(this, given);
      };
    });
  return [
    before("onTraceStart", (trace: AgentsTrace) => recorder.traceStarted(trace)),
    before("onTraceEnd", (trace: AgentsTrace) => recorder.traceEnded(trace.traceId)),
    before("onSpanStart", (span: AgentsSpan) => recorder.spanStarted(span)),
    before("onSpanEnd", (span: AgentsSpan) => recorder.spanEnded(span)),
  ];
}

/** Keeps the agent and the input of a run, which the SDK's traces do not tell. */
function watchRunner(prototype: object, recorder: AgentsRecorder): (() => void)[] {
  const run = (original: Method): Method =>
    function (this: unknown, ...given): unknown {
      const [agent, input] = given;
      return recorder.runs.run({ agent, input }, () => original.apply(this, given));
    };
  return [wrapMethod(prototype, "run", run)];
}

/** Keeps the whole request of a model call, of which the SDK's spans hold a part. */
function watchModel(prototype: object, recorder: AgentsRecorder): (() => void)[] {
  const answer = (original: Method): Method =>
    function (this: unknown, ...given): unknown {
      return recorder.requests.run(given[0], () => original.apply(this, given));
    };
  const stream = (original: Method): Method =>
    function (this: unknown, ...given): unknown {
      const within = <R>(run: () => R): R => recorder.requests.run(given[0], run);
      return generatorWithin(
        within(() => original.apply(this, given)),
        within,
      );
    };
  return [
    wrapMethod(prototype, "getResponse", answer),
    wrapMethod(prototype, "getStreamedResponse", stream),
  ];
}

/** Asks the SDK in which of its spans the running code is. */
function contextModule(recorder: AgentsRecorder, tools: HookTools): KnownModule {
  return {
    package: core,
    path: "dist/tracing/context",
    names: ["getCurrentSpan", "getCurrentTrace"],
    found: (found) => {
      const span = found["getCurrentSpan"] as () => AgentsSpan | null;
      const trace = found["getCurrentTrace"] as () => AgentsTrace | null;
      return followContext(tools, {
        place: () => {
          const traceId = trace()?.traceId;
          return traceId === undefined ? undefined : recorder.place(traceId, span()?.spanId);
        },
        call: () => {
          const running = span();
          return running === null ? undefined : recorder.call(running.traceId, running.spanId);
        },
      });
    },
  };
}
