/** How episodes of equations are written for a model: with all rules in words, or as short as possible. */
import type { ChatFormat } from "../../environments/chat-format.ts";

/**
 * The chat format for models that follow instructions: the system message has the rules and all actions. A model made from
 * nothing learns the rules from episodes instead, see `compactMathFormat`.
 */
export const instructedMathFormat: ChatFormat = {
  system: [
    "You solve linear equations for x, one action per message. Reply with one line and nothing else.",
    "identify_operation OPERATION: say what to do next (simplify, add, subtract, multiply or divide); do this first.",
    "simplify: open brackets and gather like terms; needed before any other move.",
    "add_terms TERM, subtract_terms TERM: to both sides, for example subtract_terms 7 or subtract_terms 2x.",
    "multiply_terms NUMBER, divide_terms NUMBER: both sides, for example divide_terms 3.",
    "state_answer NUMBER: the value of x, as 3, -2 or 7/3; a wrong one ends the try.",
    "The reply to each action is the new equation; invalid means that the action could not be taken.",
  ].join("\n"),
};

/**
 * The chat format for models made from nothing: no system message, and equations without spaces, "3x+7=16", which saves
 * tokens. A space stays before the minus of a negative number, so that the minus is a token of its own.
 */
export const compactMathFormat: ChatFormat = {
  observe: (observation) => observation.replace(/ ([+=-]) (?!-)/g, "$1"),
};
