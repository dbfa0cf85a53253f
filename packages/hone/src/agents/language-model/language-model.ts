/**
 * The policy as a language model of the AI SDK. It imports nothing of the SDK; versions 3 and 4 of its provider interface differ
 * in types that a policy does not use.
 */
import { assert } from "../../core/errors.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { RecordingChatModel } from "../../ports/chat-model.ts";
import type {
  LanguageModelCall,
  LanguageModelResult,
  LanguageModelStreamPart,
  LanguageModelVersion,
  PolicyLanguageModel,
} from "../../ports/language-model.ts";
import { readOptions, warningsOf } from "./sdk-call.ts";
import { readPrompt } from "./sdk-prompt.ts";
import { contentOf, endOf, StreamWriter } from "./sdk-reply.ts";

/** What the language model is made over: a chat model that records. */
type Recording = Pick<RecordingChatModel, "chat" | "stream" | "turns">;

const modelId = "policy";

/**
 * A language model of the AI SDK over a chat model that records its calls.
 *
 * @param version  of the provider interface
 * @throws OPTION_INVALID for another version; by a call, for what a policy cannot honour
 */
export function languageModelOver<Version extends LanguageModelVersion>(
  model: Recording,
  version: Version,
): PolicyLanguageModel<Version> {
  optionChecks("languageModel").oneOf("version", version, ["v3", "v4"]);
  return {
    specificationVersion: version,
    provider: "hone",
    modelId,
    supportedUrls: {},
    doGenerate: (call) => generate(model, call),
    doStream: async (call) => ({ stream: streamed(model, call) }),
  };
}

async function generate(model: Recording, call: LanguageModelCall): Promise<LanguageModelResult> {
  const messages = readPrompt(call.prompt, model.turns);
  const reply = await model.chat(messages, readOptions(call)).catch((error: unknown) => {
    throw reasonOf(error, call);
  });
  const turn = model.turns.findLast((one) => one.reply === reply);
  assert(turn !== undefined, "a chat model did not record its reply");
  return {
    content: contentOf(turn),
    ...endOf(turn),
    response: { timestamp: new Date(), modelId },
    warnings: warningsOf(call),
  };
}

/**
 * The pieces are taken from the policy as they are sampled, however slowly the SDK reads them, so that an agent that leaves a
 * stream unread holds up no other rollout.
 *
 * Every error breaks the stream, also one before the first piece: when `doStream` itself throws, `streamText` keeps the error
 * from the agent and gives the text of the steps before as its answer.
 */
function streamed(
  model: Recording,
  call: LanguageModelCall,
): ReadableStream<LanguageModelStreamPart> {
  const stop = new AbortController();
  const pump = async (into: ReadableStreamDefaultController<LanguageModelStreamPart>) => {
    try {
      for await (const part of partsOf(model, call, stop.signal)) into.enqueue(part);
      into.close();
    } catch (error) {
      if (!stop.signal.aborted) into.error(reasonOf(error, call));
    }
  };
  return new ReadableStream<LanguageModelStreamPart>({
    start: (into) => void pump(into),
    cancel: () => stop.abort(),
  });
}

async function* partsOf(
  model: Recording,
  call: LanguageModelCall,
  stop: AbortSignal,
): AsyncGenerator<LanguageModelStreamPart, void> {
  const messages = readPrompt(call.prompt, model.turns);
  const options = readOptions(call);
  const signal = options.signal ? AbortSignal.any([options.signal, stop]) : stop;
  const writer = new StreamWriter();
  yield { type: "stream-start", warnings: warningsOf(call) };
  yield { type: "response-metadata", timestamp: new Date(), modelId };
  for await (const part of model.stream(messages, { ...options, signal })) {
    yield* writer.write(part);
  }
}

/** After the caller's own abort its reason is the error, as `fetch` and the SDK's other providers have it. */
const reasonOf = (error: unknown, { abortSignal }: LanguageModelCall): unknown =>
  abortSignal?.aborted === true ? abortSignal.reason : error;
