/** How episodes of videos are written for a model: with all rules in words, or as short as possible. */
import { formatAction } from "../../environments/action-text.ts";
import type { ChatFormat } from "../../environments/chat-format.ts";

/** The chat format for models that follow instructions: the system message has the rules and all actions. */
export const instructedVideoFormat: ChatFormat = {
  system: [
    "You answer a question about a video whose captions you do not see. Two agents know them; you decide. One action per message; reply with one line and nothing else.",
    "The text analyst knows what the captions say, not when:",
    "text_search WORDS: the three captions with most of these words, each with its number.",
    "The timeline agent knows when captions are, and what is beside them:",
    "timeline_first, timeline_last: the first or last caption.",
    "timeline_next NUMBER, timeline_previous NUMBER: the caption behind or before that one.",
    "timeline_at NUMBER: when that caption begins and ends.",
    "You, the organiser:",
    "reason SENTENCE: says what follows, with the numbers of the captions, such as: reason 4 follows 3.",
    "finalize ANSWER [NUMBER; NUMBER]: the answer in the words of the captions, or in seconds as 12 s, with the captions that it is taken from. This ends the task.",
    "invalid means that an action could not be taken.",
  ].join("\n"),
};

/** The chat format for models made from nothing: no system message, and texts without words that say nothing. */
export const compactVideoFormat: ChatFormat = {
  observe: (observation) =>
    shortened(
      observation
        .replace(/^Which comes first, "(.*)" or "(.*)"\?$/, "which $1 or $2")
        .replace(/^How long does "(.*)" take\?$/, "long $1")
        .replace(/^When does "(.*)" begin\?$/, "when $1")
        .replace(/^What happens (?:right )?/, "")
        .replace(/ from (\S+) s to (\S+) s, takes (\S+) s$/, " $1 $2 $3")
        .replaceAll(" | ", " ")
        .replace(/^noted$/, "ok"),
    ),
  format: (action) => shortened(formatAction(action)),
};

const shortened = (text: string): string => text.replace(/\bthe |["?]/g, "").trim();
