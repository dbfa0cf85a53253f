import { expect, it } from "vitest";
import { labelsOfRequest } from "./request-labels.ts";

it.each([
  ["a conversation's id", { conversation: "c1" }, { session: "c1" }],
  ["a conversation as an object", { conversation: { id: "c1" } }, { session: "c1" }],
  ["OpenAI's user", { user: "ada" }, { user: "ada" }],
  [
    "Anthropic's user",
    { metadata: { user_id: "ada" } },
    { user: "ada", metadata: { user_id: "ada" } },
  ],
  [
    "identifiers for the provider, which are no user of the app",
    { safety_identifier: "h1", prompt_cache_key: "k1" },
    { metadata: { safety_identifier: "h1", prompt_cache_key: "k1" } },
  ],
])("a request's labels are read from %s", (_, body, labels) => {
  expect(labelsOfRequest(body)).toEqual(labels);
});
