/** `openMultimodalAgent`: a model, or what a run trained, that answers questions with a text and images. */
import { closeAll } from "../../core/close-all.ts";
import { isObject } from "../../core/json.ts";
import { checkOptions } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { answerQuestion, type MultimodalAnswer } from "../../domains/multimodal/agent.ts";
import {
  compactMultimodalFormat,
  instructedMultimodalFormat,
} from "../../domains/multimodal/format.ts";
import type { ImageSearch } from "../../domains/multimodal/image-search.ts";
import type { ChatModel } from "../../ports/chat-model.ts";
import { findModel } from "../models/find-model.ts";
import { modelName, type ModelName, openPolicy } from "../models/policy.ts";
import { formatOf, wordingOf } from "../training/prompt-wording.ts";
import { domainOfRun } from "../training/run-domain.ts";
import { openImages } from "./open-images.ts";

/** What `openMultimodalAgent` is given. */
export interface OpenMultimodalAgentOptions {
  /** A run, a folder, an id of a hub, the result of `train`; or any chat model, such as that of `namedChatModel("openai/gpt-4o-mini")`. */
  readonly model: ModelName | ChatModel;
  /** The file that `hone extract` wrote, or images that are open already. */
  readonly images: string | ImageSearch;
  /** Threads of matrix products. Default: all cores, at most 8. */
  readonly threads?: number;
}

/** An open agent. */
export interface OpenedMultimodalAgent extends AsyncDisposable {
  /**
   * Answers a question. Images are only such as a search found; what the model invented is in `invented`.
   * @param options  `context`: what is known about the question, as Markdown; `signal` aborts
   * @example (await agent.generateResponse("How to connect the pump?", { context: "Use the **left** port." })).images;
   */
  generateResponse(
    query: string,
    options?: { readonly context?: string; readonly signal?: AbortSignal },
  ): Promise<MultimodalAnswer>;
  /** Frees what was opened for it. */
  close(): Promise<void>;
}

/**
 * Opens an agent. A model that a run of the domain `multimodal` trained is asked as it has learned it; any other calls the tool
 * "image_search".
 *
 * @throws as `openPolicy`; CONTENT_UNREADABLE, FILE_DAMAGED for images that cannot be read; OPTION_INVALID
 * @example
 * await using agent = await openMultimodalAgent({ model: "last", images: "rl_data/training_data.json" });
 * const { text, images } = await agent.generateResponse("How to connect the amber pump?");
 */
export async function openMultimodalAgent(
  options: OpenMultimodalAgentOptions,
): Promise<OpenedMultimodalAgent> {
  const where = "openMultimodalAgent";
  checkOptions<object>(where, options, { model: true, images: true, threads: true });
  const { model: given, images: from, threads } = options;
  const images = typeof from === "string" ? await openImages(from) : from;
  const closings = typeof from === "string" ? [async () => images.close()] : [];
  const isChatModel = isObject(given) && "chat" in given;
  const opened = isChatModel
    ? { model: given as ChatModel, format: undefined }
    : await policyOf(modelName(given as ModelName, optionChecks(where)), threads);
  if ("close" in opened) closings.unshift(opened.close);
  const close = (): Promise<void> => closeAll(closings);
  return {
    generateResponse: (query, { context, signal } = {}) =>
      answerQuestion(query, { ...opened, images, context, signal }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

const formats = { compact: compactMultimodalFormat, instructed: instructedMultimodalFormat };

async function policyOf(name: string, threads: number | undefined) {
  const { run } = await findModel(name);
  const hasLearned = run !== undefined && domainOfRun(run) === "multimodal";
  const model = await openPolicy(name, {
    ...(threads !== undefined && { threads }),
    sampling: { temperature: 0 },
  });
  const format = hasLearned ? formatOf(formats, await wordingOf(undefined, run)) : undefined;
  return { model, format, close: () => model.close() };
}
