/** What a model that was not trained on these episodes is told before it starts. */
import type { ChatFormat } from "../../environments/chat-format.ts";

/**
 * The chat format for models that follow instructions: the rules and all actions once, as the system message.
 * A model made from scratch learns the rules from episodes and takes the plain format `{}`, which spends no token on them.
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
 * The plain format with the blanks inside equations left out, "3x+7=16", which saves a model made from scratch some
 * tokens of every episode. A blank stays before a minus that belongs to a number, so that it is read by itself.
 */
export const compactMathFormat: ChatFormat = {
  observe: (observation) => observation.replace(/ ([+=-]) (?!-)/g, "$1"),
};
