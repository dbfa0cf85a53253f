/** How episodes of questions are written for a model: with all rules in words, or as short as possible. */
import type { ChatFormat } from "../../environments/chat-format.ts";
import { formatAction } from "../../environments/action-text.ts";

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
const fillerWords = /\b(?:the|of|is|was|in|a|an|Who|What|Where|which|In|The|noted)\b ?/g;

/** The chat format for models made from nothing: no system message, and texts without words that say nothing. */
export const compactQuestionFormat: ChatFormat = {
  observe: (observation) =>
    shortened(observation.replace(/^invalid.*/, "invalid").replace(/^noted$/, "ok")),
  format: (action) =>
    action.name === "reason" && action.argument !== undefined
      ? `reason ${shortened(action.argument)}`
      : formatAction(action),
};

const shortened = (text: string): string =>
  text.replace(fillerWords, "").replace(/[?.;]/g, "").trim();
