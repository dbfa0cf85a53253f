/**
 * Records what OpenAI Agents JS does, from its own traces.
 *
 * Its dispatcher of trace events is watched, not its list of processors: the app's processors and exporters stay as they are,
 * may be replaced at any time, and nothing more is sent anywhere. While the SDK's tracing is off (`NODE_ENV=test`,
 * `OPENAI_AGENTS_DISABLE_TRACING=1`, `tracingDisabled`), nothing is seen here and the fetch tap records the calls.
 */
import { sharedState } from "../../recording/trace-context.ts";
import type { HookTools, InstallHook } from "../hook-tools.ts";
import { type KnownModule, watchModules } from "../module-hooks.ts";
import { safely } from "../../recording/safely.ts";
import { AgentsRecorder } from "./recorder.ts";
import type { AgentsSpan } from "./spans.ts";
import type { AgentsTrace } from "./trace.ts";
import { generatorWithin, type Method, prototypeOf, wrapMethod } from "../wrap-method.ts";

export const installOpenAiAgents: InstallHook = (tools: HookTools) => {
  const recorder = new AgentsRecorder(tools);
  return watchModules(agentsModules(recorder, tools));
};

const core = "@openai/agents-core";
const models = "@openai/agents-openai";

type Watch = (prototype: object, recorder: AgentsRecorder) => readonly (() => void)[];

/** The modules of the SDK that a recorder listens to. */
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
  const before = (name: string, hear: (given: never) => void): (() => void) =>
    wrapMethod(prototype, name, (original) => {
      return function (this: unknown, ...given): unknown {
        safely(() => hear(given[0] as never));
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

/** A run knows its agent and its input; the SDK's traces do not. */
function watchRunner(prototype: object, recorder: AgentsRecorder): (() => void)[] {
  const run = (original: Method): Method =>
    function (this: unknown, ...given): unknown {
      const [agent, input] = given;
      return recorder.runs.run({ agent, input }, () => original.apply(this, given));
    };
  return [wrapMethod(prototype, "run", run)];
}

/** A model is given its whole request; the SDK's spans keep a part of it. */
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

/** What the SDK says of where the running code is. */
function contextModule(recorder: AgentsRecorder, tools: HookTools): KnownModule {
  return {
    package: core,
    path: "dist/tracing/context",
    names: ["getCurrentSpan", "getCurrentTrace"],
    found: (found) => {
      const span = found["getCurrentSpan"] as () => AgentsSpan | null;
      const trace = found["getCurrentTrace"] as () => AgentsTrace | null;
      const place = () => {
        const traceId = trace()?.traceId;
        return traceId === undefined ? undefined : recorder.place(traceId, span()?.spanId);
      };
      const { lookups } = sharedState();
      lookups.add(place);
      const forget = tools.calls.addLookup(() => {
        const running = span();
        return running === null ? undefined : recorder.call(running.traceId, running.spanId);
      });
      return () => {
        lookups.delete(place);
        forget();
      };
    },
  };
}
