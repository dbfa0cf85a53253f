/** How episodes of questions are written for a model: with all rules in words, or as short as possible. */
import { formatAction, parseAction } from "../../environments/action-text.ts";
import type { ChatFormat } from "../../environments/chat-format.ts";
import type { Action } from "../../ports/environment.ts";
import { NOTHING } from "./corpus.ts";
import { formatFinal, parseFinal } from "../../environments/final-answer.ts";

/** The chat format for models that follow instructions: the system message has the rules and all actions. */
export const instructedQuestionFormat: ChatFormat = {
  system: [
    "You answer a question from documents, one action per message. Reply with one line and nothing else.",
    "search WORDS: shows the titles of the four documents that have most of these words.",
    "read TITLE: shows a document that a search has shown.",
    "reason SENTENCE: states a fact that you have read and need for the answer. State each one.",
    "finalize ANSWER [TITLE; TITLE]: answers in as few words as possible, with the documents that the answer is taken from. This ends the task.",
    "A question may need several facts from several documents, one after the other.",
    "invalid means that an action could not be taken.",
  ].join("\n"),
};

/** Words that a model made from nothing can do without. */
const fillerWords = /\b(?:the|of|is|was|in|a|an|Who|What|Where|which|In|The)\b ?/g;

const shortened = (text: string): string =>
  text.replace(fillerWords, "").replace(/[?.;]/g, "").trim();

/**
 * An observation in few words, of which the first says what it is. No name stands at its beginning, since a tokenizer has another token for a
 * word there than behind a space, and a name is copied more easily where it is one token everywhere.
 */
function observed(observation: string): string {
  if (observation.startsWith("invalid: ")) return "invalid";
  if (observation === "noted") return "ok";
  if (observation === NOTHING) return "nothing";
  // The words between two names, and the ends of sentences, say which name is the subject of a fact.
  if (observation.endsWith("."))
    return `text ${observation.replace(/\b[Tt]he /g, "").replaceAll(".", " .")}`;
  return `${observation.endsWith("?") ? "question" : "found"} ${shortened(observation)}`;
}

/** "finalize Brindle from Ember Ada" for the answer Brindle with two sources, for the same reason. */
function formatCompact(action: Action): string {
  const { name, argument = "" } = action;
  if (name === "reason") return `reason ${shortened(argument)}`;
  if (name !== "finalize") return formatAction(action);
  const { answer, sources } = parseFinal(argument);
  return sources.length === 0
    ? `finalize ${answer}`
    : `finalize ${answer} from ${sources.join(" ")}`;
}

function parseCompact(reply: string): Action | undefined {
  const [, answer, list = ""] = /^finalize (.+?) from (.+)$/.exec(reply.trim()) ?? [];
  if (answer === undefined) return parseAction(reply);
  return { name: "finalize", argument: formatFinal({ answer, sources: list.split(/ +/) }) };
}

/** The chat format for models made from nothing: no system message, and texts without words that say nothing. Titles must be single words. */
export const compactQuestionFormat: ChatFormat = {
  observe: observed,
  format: formatCompact,
  parse: parseCompact,
};
