/** How episodes of business decisions are written for a model: with all rules in words, or as short as possible. */
import type { ChatFormat } from "../../environments/chat-format.ts";

/** The chat format for models that follow instructions: the system message has the rules and all actions. */
export const instructedBusinessFormat: ChatFormat = {
  system: [
    "You advise a firm that must choose one of several options, one action per message. Reply with one line and nothing else.",
    "analyze_situation FACTOR: what the firm has of cash, months or staff, or how large the market or the number of rivals is; do this first for every factor named.",
    "identify_options: the options, and what each of them needs, each with its letter. An option that needs more than the firm has is infeasible.",
    "evaluate_risks LETTER: the option's expected gain and its loss in a bad case, in percent; once for each feasible option.",
    "make_decision LETTER: the feasible option with the highest gain minus loss; this ends the try.",
    "The reply to each action is what you found out; invalid means that the action could not be taken.",
  ].join("\n"),
};

/**
 * The chat format for models made from nothing: no system message, and no words that always stand in the same place:
 * "a 40; b 20" for "a shop cash 40; b van cash 20". An estimate is its difference, by which options are compared: "a 35" for
 * "a: gain 45, loss 10".
 */
export const compactBusinessFormat: ChatFormat = {
  observe: (observation) =>
    observation
      .replace(/: analyze |, /g, " ")
      .replace(
        /^(\w+): gain (\S+) loss (\d+)/,
        (_all, letter: string, gain: string, loss: string) =>
          `${letter} ${Number(gain) - Number(loss)}`,
      )
      .replace(/\b([a-z]) [a-z]+ cash (?=\d)/g, "$1 ")
      .replace(/ (months|staff) (?=\d)/g, " ")
      .replace(/^invalid: .*/, "invalid"),
};
