/** Agents that answer with a text and images: by calls of the search as a tool, or in the words of the domain's episodes. */
import { type ToolLoopOptions, toolLoop } from "../../agents/tools/tool-loop.ts";
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import type { Task } from "../../core/rollout.ts";
import type { ChatFormat } from "../../environments/chat-format.ts";
import { environmentAgent } from "../../environments/environment-agent.ts";
import type { ChatAgent } from "../../ports/agent.ts";
import type { ChatModel } from "../../ports/chat-model.ts";
import { multimodalEnvironment } from "./environment.ts";
import { imageSearchTool } from "./image-search-tool.ts";
import type { ImageSearch } from "./image-search.ts";
import { askedTask } from "./questions.ts";
import { parseReply, type MultimodalReply, type ReplyImage } from "./reply.ts";
import { foundIn, repliedIn } from "./rewards.ts";
import { multimodalSystemPrompt } from "./system-prompt.ts";

/** An answer whose images were all found by a search. */
export interface MultimodalAnswer extends MultimodalReply {
  /** Addresses that the model gave and no search had found. They are not among the images. */
  readonly invented: readonly string[];
  /** Addresses that the searches found. */
  readonly found: readonly string[];
  /** Why the model's words are no answer; `text` is then these words. */
  readonly problem?: string;
}

/** What `multimodalAgent` searches, and how it works. */
export interface MultimodalAgentOptions<T extends Task = Task> extends Pick<
  ToolLoopOptions<T>,
  "ask" | "maxSteps" | "maxTokens" | "system"
> {
  /** The images. */
  readonly images: ImageSearch;
}

const optionNames: OptionNames<MultimodalAgentOptions> = {
  ...{ images: true, ask: true, maxSteps: true, maxTokens: true, system: true },
};

/**
 * An agent for `train` that calls the tool "image_search" and answers JSON. Its system prompt is `multimodalSystemPrompt` unless another is
 * given. Of each rollout it keeps the metric "invented_urls", beside those of `toolLoop`.
 *
 * @throws OPTION_INVALID
 * @example
 * const agent = multimodalAgent({ images: imageSearch(pairs) });
 * await train({ model, agent, tasks, reward: ({ answer, task }) => replyMetrics(answer, task).overall, algorithm: grpo() });
 */
export function multimodalAgent<T extends Task = Task>(
  options: MultimodalAgentOptions<T>,
): ChatAgent<T, MultimodalAnswer> {
  checkOptions<object>("multimodalAgent", options, optionNames);
  const { images, system = multimodalSystemPrompt, ...loop } = options;
  return async (task, context) => {
    const found = new Set<string>();
    const search = imageSearchTool(images, (results) => {
      for (const { url } of results) found.add(url);
    });
    const agent = toolLoop<T>({ ...loop, system, tools: [search] });
    const { text } = await agent(task, context);
    const answer = answerOf(parseReply(text), { text, found });
    context.addMetrics?.({ invented_urls: answer.invented.length });
    return answer;
  };
}

function answerOf(
  read: ReturnType<typeof parseReply>,
  { text, found }: { readonly text: string; readonly found: ReadonlySet<string> },
): MultimodalAnswer {
  const addresses = { found: [...found] };
  if ("problem" in read) return { text, images: [], invented: [], ...addresses, ...read };
  const isFound = ({ url }: ReplyImage): boolean => found.has(url);
  return {
    text: read.reply.text,
    images: read.reply.images.filter(isFound),
    invented: read.reply.images.filter((image) => !isFound(image)).map(({ url }) => url),
    ...addresses,
  };
}

/** How `answerQuestion` asks a model. */
export interface AnswerQuestionOptions {
  readonly model: ChatModel;
  readonly images: ImageSearch;
  /** The wording of the domain's episodes that the model has learned. Default: the model calls the tool. */
  readonly format?: ChatFormat | undefined;
  /** What is known about the question, as Markdown. Default: nothing. */
  readonly context?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The answer of a model to a question. @throws what the model throws */
export async function answerQuestion(
  question: string,
  { model, images, format, context = "", signal }: AnswerQuestionOptions,
): Promise<MultimodalAnswer> {
  const task = askedTask(question, context);
  const running = { model, signal: signal ?? new AbortController().signal, seed: 0 };
  if (format === undefined) {
    const ask = (): string => (context === "" ? question : `${question}\n\n${context}`);
    return multimodalAgent({ images, ask })(task, running);
  }
  const agent = environmentAgent(() => multimodalEnvironment({ images }), {
    format,
    maxActions: 4,
  });
  const episode = await agent(task, running);
  const reply = repliedIn(episode);
  const text = reply?.text ?? episode.steps.at(-1)?.action.argument ?? "";
  const read = reply === undefined ? { problem: "there is no answer" } : { reply };
  return answerOf(read, { text, found: new Set(foundIn(episode).map(({ url }) => url)) });
}
