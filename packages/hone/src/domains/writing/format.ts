/** How episodes of writing are written for a model: with all rules in words, or as short as possible. */
import type { ChatFormat } from "../../environments/chat-format.ts";

/** The chat format for models that follow instructions: the system message has the rules and all actions. */
export const instructedWritingFormat: ChatFormat = {
  system: [
    "You write a short text for a brief, one action per message. Reply with one line and nothing else.",
    "brainstorm_ideas IDEA, IDEA: two to five ideas of your own that are not in the brief; do this first.",
    "create_outline POINT, POINT: all points of the brief in the order in which you will write about them; do this second.",
    "write_paragraph TEXT: the next paragraph, on one line, in whole sentences. Mention every point and the subject, keep to the length, use the ideas, and no forbidden word.",
    "edit_content OLD WORDS => NEW WORDS: corrects the text; do this while the reply names faults.",
    "A story begins with One day or Once, an ad has an exclamation mark, a report has full stops only.",
    "The reply to each action says what came of it; invalid means that the action could not be taken.",
  ].join("\n"),
};

/** The chat format for models made from nothing: no system message, and the brief in its bare words: "note cat apple garden 9 17 no dog". */
export const compactWritingFormat: ChatFormat = {
  observe: (observation) =>
    observation
      .replace(/ about |: |, /g, " ")
      .replace(/; (\d+) to (\d+) words/, " $1 $2")
      .replace(/; \d paragraphs/, "")
      .replace(/; without /, " no ")
      .replace(/^invalid .*/, "invalid"),
};
