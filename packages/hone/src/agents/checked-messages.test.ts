import { describe, expect, it } from "vitest";
import { checkMessages } from "./checked-messages.ts";

describe("what an agent gives to model.chat", () => {
  it.each([
    ["hello", 'messages = "hello"; it must be a list'],
    [[], "messages = []; it must be a list of at least one message"],
    [undefined, "messages = undefined"],
    [["hello"], 'messages[0] = "hello"; it must be an object'],
    [
      [{ role: "usr", content: "a" }],
      'messages[0].role = "usr"; it must be "system", "user", "assistant" or "tool" (did you mean "user"?)',
    ],
    [
      [
        { role: "user", content: "a" },
        { role: "asistant", content: "b" },
      ],
      "messages[1].role",
    ],
    [[{ content: "a" }], "messages[0].role = undefined"],
    [[{ role: "user" }], "messages[0].content = undefined; it must be a text"],
    [[{ role: "user", content: 5 }], "messages[0].content = 5"],
  ])("is refused by name: %j", (given, words) => {
    expect(() => checkMessages(given)).toThrow(`MESSAGES_INVALID: model.chat got ${words}`);
  });

  it("is taken where it is right, also a call of a tool without words", () => {
    const toolCalls = [{ id: "1", name: "add", arguments: "{}" }];
    checkMessages([
      { role: "user", content: "" },
      { role: "assistant", content: null, toolCalls },
      { role: "tool", content: "3", toolCallId: "1" },
    ]);
  });
});
