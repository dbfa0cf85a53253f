/** How conversations at the service desk are written for a model: with the policy and all tools in words, or as short as possible. */
import { formatAction } from "../../environments/action-text.ts";
import type { ChatFormat } from "../../environments/chat-format.ts";
import { servicePolicy } from "./policy.ts";

/** The chat format for models that follow instructions: the system message has the policy and the tools. */
export const instructedServiceFormat: ChatFormat = {
  system: [
    "You serve a customer of a shop, one action per message. Reply with one line and nothing else.",
    "say WORDS: tells the customer something. Say done when something is done, cannot when you refuse it, confirm when you ask for a yes, email when you ask for it.",
    "find_customer EMAIL: the customer's orders.",
    "get_order NUMBER: the customer of the order, what it is, its status, the days since it was ordered or delivered, and its city.",
    "cancel_order NUMBER, return_order NUMBER, change_address NUMBER CITY: change an order.",
    "The customer says one thing after the other; when all is done, the conversation ends.",
    "The policy:",
    servicePolicy,
  ].join("\n"),
};

/** Words that a model made from nothing can do without. */
const fillerWords =
  /\b(?:Please|tell|me|my|My|your|I|am|sorry|do|that|It|is|the|of|to|any|more|days)\b ?/g;

const shortened = (text: string): string =>
  text
    .replace(fillerWords, "")
    .replace(/[.,:?]/g, "")
    .replace(/ +/g, " ")
    .trim();

/** The chat format for models made from nothing: no system message, and texts without words that say nothing. */
export const compactServiceFormat: ChatFormat = {
  observe: (observation) => shortened(observation.replace(/^invalid.*/, "invalid")),
  format: (action) => {
    const { name, argument } = action;
    return name === "say" && argument !== undefined
      ? `say ${shortened(argument)}`
      : formatAction(action);
  },
};
