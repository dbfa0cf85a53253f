/** How episodes of questions are written for a model: as an agent that answers JSON, or as short as possible. */
import { plainWords } from "../../core/plain-words.ts";
import { parseAction } from "../../environments/action-text.ts";
import type { ChatFormat } from "../../environments/chat-format.ts";
import type { Action } from "../../ports/environment.ts";
import { multimodalActions, NO_IMAGE, shownResults } from "./environment.ts";
import { parseReply } from "./reply.ts";
import { multimodalSystemPrompt } from "./system-prompt.ts";

/** The chat format for models that follow instructions. A search is one line, and an answer is its JSON alone. */
export const instructedMultimodalFormat: ChatFormat = {
  system: [
    multimodalSystemPrompt,
    "To search, reply with one line: search WORDS. Each result has a number, a type, what it shows and its address.",
  ].join("\n"),
  format: ({ name, argument = "" }) =>
    name === multimodalActions.answer ? argument : `${name} ${argument}`,
  parse: (reply) =>
    "reply" in parseReply(reply)
      ? { name: multimodalActions.answer, argument: reply }
      : parseAction(reply),
};

/**
 * The chat format for models made from nothing: words that carry meaning, results by number, and of an answer its facts and the numbers
 * of its images.
 *
 *     connect amber pump # connect amber pump use left port # …     → find connect amber pump
 *     1 connect amber pump 2 start amber pump                       → left | 1
 */
export const compactMultimodalFormat: ChatFormat = {
  observe: (observation) =>
    observation.startsWith("invalid")
      ? "invalid"
      : isResults(observation)
        ? compactResults(observation)
        : compactQuestion(observation),
  format: (action) =>
    action.name === multimodalActions.answer
      ? compactAnswer(action)
      : `find ${plainWords(action.argument ?? "").join(" ")}`,
  parse: parseCompact,
};

const isResults = (observation: string): boolean =>
  observation === NO_IMAGE || shownResults([observation]).length > 0;

/** Words of a section that are shown. */
const MAX_WORDS = 16;

function compactQuestion(observation: string): string {
  const [question = "", ...sections] = observation.split("\n\n## ");
  const asked = plainWords(question).slice(0, MAX_WORDS);
  const shown = sections.map((section) => {
    const [heading = "", ...text] = section.split("\n");
    const own = plainWords(heading);
    return `# ${[...own, ":", ...plainWords(text.join(" ")).slice(0, MAX_WORDS)].join(" ")}`;
  });
  return `${asked.join(" ")} ${shown.join(" ")}`;
}

function compactResults(observation: string): string {
  const results = shownResults([observation]);
  if (results.length === 0) return "none";
  return results
    .map(({ number, alt }) => `${number} ${plainWords(alt).slice(0, 6).join(" ")}`)
    .join(" ");
}

/** "left blue | 1": the facts are the words that stand out, and an image's number is in its reason. */
function compactAnswer({ argument = "" }: Action): string {
  const read = parseReply(argument);
  if ("problem" in read) return "|";
  const { text, images } = read.reply;
  const marked = [...text.matchAll(/\*\*([^*]+)\*\*|`([^`]+)`/g)].map(([, a, b]) => a ?? b ?? "");
  const words = plainWords(marked.length === 0 ? text : marked.join(" "));
  const numbers = images.map(({ reason }) => /^result (\d+)/.exec(reason)?.[1] ?? "99");
  return [...words, "|", ...numbers].join(" ");
}

function parseCompact(reply: string): Action | undefined {
  const [, query] = /^find (\S.*)$/.exec(reply.trim()) ?? [];
  if (query !== undefined) return { name: multimodalActions.search, argument: query };
  const [, text, numbers = ""] = /^([^|]*)\|([\s\d]*)$/.exec(reply.trim()) ?? [];
  if (text === undefined) return undefined;
  const images = numbers
    .split(/\s+/)
    .filter((number) => number !== "")
    .map((url) => ({ url, alt: "", reason: `result ${url}` }));
  return {
    name: multimodalActions.answer,
    argument: JSON.stringify({ text: text.trim(), images }),
  };
}
