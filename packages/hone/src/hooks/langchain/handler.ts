/** The callback handler that LangChain calls as its runs begin and end. */
import { fieldsOf, isObject } from "../../core/json.ts";
import { plainText } from "../../messages/plain-text.ts";
import { warnOnce } from "../../recording/warn-once.ts";
import { configuredNow } from "./configuration.ts";
import type { ChainRecorder, RunFacts } from "./recorder.ts";

export type ChainHandler = Readonly<Record<string, unknown>>;

/** A plain object, not a subclass of LangChain's handler: the app may have several copies of that class. */
export function chainHandler(recorder: ChainRecorder): ChainHandler {
  const guarded =
    <G extends readonly unknown[]>(run: (...given: G) => void) =>
    (...given: G): void => {
      try {
        run(...given);
      } catch (error) {
        warnOnce(error);
      }
    };
  const handler: Record<string, unknown> = {
    // LangChain names a handler by its class where it complains about one.
    constructor: { name: "hone" },
    name: "hone",
    lc_serializable: false,
    awaitHandlers: true,
    raiseError: false,
    ignoreLLM: false,
    ignoreChain: false,
    ignoreAgent: false,
    ignoreRetriever: false,
    ignoreCustomEvent: true,
    copy: () => handler,
    toJSON: () => ({ lc: 1, type: "not_implemented", id: ["hone"] }),
    handleChatModelStart: guarded(
      (llm, messages: unknown[], id: string, parent?: string, extra?, tags?, metadata?, name?) =>
        recorder.modelStarted(
          facts({ id, parentId: parent, tags, metadata, name, given: messages[0] }),
          messages[0],
          extra,
        ),
    ),
    handleLLMStart: guarded(
      (llm, prompts: unknown[], id: string, parent?: string, extra?, tags?, metadata?, name?) =>
        recorder.modelStarted(
          facts({ id, parentId: parent, tags, metadata, name, given: prompts[0] }),
          prompts[0],
          extra,
        ),
    ),
    handleLLMEnd: guarded((result, id: string) => recorder.modelEnded(id, result)),
    handleLLMError: guarded((error, id: string) => recorder.failed(id, error)),
    handleChainStart: guarded(
      (chain, inputs, id: string, parent?: string, tags?, metadata?, _type?, name?) =>
        recorder.chainStarted(
          facts({
            id,
            parentId: parent,
            tags,
            metadata,
            name: name ?? nameOf(chain),
            given: inputs,
          }),
        ),
    ),
    handleChainEnd: guarded((_outputs, id: string) => recorder.chainEnded(id)),
    handleChainError: guarded((error, id: string) => recorder.failed(id, error)),
    handleToolStart: guarded(
      (tool, input, id: string, parent?: string, tags?, metadata?, name?, callId?) =>
        recorder.toolStarted(
          facts({ id, parentId: parent, tags, metadata, name: name ?? nameOf(tool), given: input }),
          input,
          callId as string | undefined,
        ),
    ),
    handleToolEnd: guarded((result, id: string) => recorder.toolEnded(id, result)),
    handleToolError: guarded((error, id: string) => recorder.failed(id, error)),
    handleRetrieverStart: guarded(
      (retriever, query, id: string, parent?: string, tags?, metadata?, name?) =>
        recorder.toolStarted(
          facts({
            id,
            parentId: parent,
            tags,
            metadata,
            name: name ?? nameOf(retriever),
            given: query,
          }),
          {
            query,
          },
        ),
    ),
    handleRetrieverEnd: guarded((documents, id: string) => recorder.toolEnded(id, documents)),
    handleRetrieverError: guarded((error, id: string) => recorder.failed(id, error)),
  };
  return handler;
}

const facts = ({ name, ...known }: Omit<RunFacts, "name"> & { name: unknown }): RunFacts => ({
  ...known,
  metadata: { ...configuredNow(), ...fieldsOf(known.metadata) },
  name: plainText(name),
});

/** The class name of a serialised object. */
export function nameOf(serialised: unknown): string {
  if (!isObject(serialised)) return "";
  const { name, id } = serialised;
  return plainText(name) || (Array.isArray(id) ? plainText(id.at(-1)) : "");
}
