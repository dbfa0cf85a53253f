import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Action } from "../ports/environment.ts";
import { formatAction, parseAction } from "./action-text.ts";
import { actionOf, conversationOf } from "./chat-format.ts";

const names = fc.stringMatching(/^[a-z][a-z0-9_]{0,12}$/);
const actions: fc.Arbitrary<Action> = fc.oneof(
  names.map((name) => ({ name })),
  fc.record({ name: names, argument: fc.stringMatching(/^[!-~]([ -~]{0,10}[!-~])?$/) }),
);

describe("actions as text", () => {
  it("are read back as they were written", () => {
    fc.assert(
      fc.property(actions, (action) => {
        expect(parseAction(formatAction(action))).toEqual(action);
      }),
    );
  });

  it("may stand among blanks, but not among other lines or words", () => {
    expect(parseAction("  subtract_terms \t 7 \n")).toEqual({
      name: "subtract_terms",
      argument: "7",
    });
    for (const text of ["", "\n", "Subtract 7", "first\nsecond", "7", "_x", "a-b", "I think: x"]) {
      expect([text, parseAction(text)]).toEqual([text, undefined]);
    }
  });

  it("that cannot be read become one the environment does not know", () => {
    const reply = { role: "assistant" as const, content: `What\n\n${"ever ".repeat(50)}` };
    const action = actionOf(reply);
    expect(action.name).toBe("malformed");
    expect(action.argument).toHaveLength(80);
    expect(action.argument).toMatch(/^What ever ever/);
  });
});

describe("an episode as a conversation", () => {
  const step = (state: string, name: string, nextState: string) => ({
    state,
    action: { name },
    reward: 0,
    nextState,
  });
  const episode = {
    steps: [step("a", "go", "b"), step("b", "stop", "end")],
    totalReward: 0,
    isSuccess: true,
    terminated: true,
    truncated: false,
  };

  it("alternates observations and actions, and leaves out what nobody replies to", () => {
    expect(conversationOf(episode).map(({ role, content }) => `${role}: ${content}`)).toEqual([
      "user: a",
      "assistant: go",
      "user: b",
      "assistant: stop",
    ]);
  });

  it("follows its format", () => {
    const format = {
      system: "Rules",
      observe: (text: string) => `<${text}>`,
      format: (action: Action) => action.name.toUpperCase(),
    };
    expect(conversationOf(episode, format).map(({ content }) => content)).toEqual([
      "Rules",
      "<a>",
      "GO",
      "<b>",
      "STOP",
    ]);
  });
});
