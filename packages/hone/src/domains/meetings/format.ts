/** How meetings are written for a model: as short as possible, or with all rules in words. */
import type { ChatFormat } from "../../environments/chat-format.ts";
import { factors } from "./model.ts";
import { factsOfReason, meetingTools } from "./tools.ts";

/** The chat format for models made from nothing, which learn the rules from examples: no system message. */
export const compactMeetingFormat: ChatFormat = {};

const answer = [
  "predict PROBABILITY REASON",
  `PROBABILITY is a number from 0 to 1 with two digits, REASON what moves it most: ${factors.join(", ")}.`,
];

/** The chat format for models that follow instructions, with tools. */
export const instructedMeetingFormat: ChatFormat = {
  system: [
    "You predict whether a meeting of two people at a tech conference will be a success. Reply with one line and nothing else: a tool, or your prediction.",
    "Call 2 to 5 tools, each at most once:",
    ...Object.entries(meetingTools).map(([name, { description }]) => `${name}: ${description}.`),
    `Then reply: ${answer[0]} FACTS`,
    `${answer[1]} FACTS are those that tools showed for the reason (${Object.values(factsOfReason).flat().join(", ")}), for example: predict 0.63 topic_alignment shared=two`,
  ].join("\n"),
};

/** The chat format for models that follow instructions, without tools. */
export const instructedTextFormat: ChatFormat = {
  system: [
    "You predict whether a meeting of two people at a tech conference will be a success. Reply with one line and nothing else:",
    answer[0],
    `${answer[1]} For example: predict 0.63 topic_alignment`,
  ].join("\n"),
};
