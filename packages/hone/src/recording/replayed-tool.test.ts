/** Tools that an app runs by `tool()`, in a process that replays a recording. */
import { afterEach, expect, it } from "vitest";
import { shareToolReplay } from "../core/tool-replay.ts";
import { tool } from "./manual-spans.ts";
import { recordedTools } from "./replay/recorded-tools.ts";

afterEach(() => shareToolReplay(undefined));

const never = (): never => expect.unreachable("the tool has run");

function replayed(): void {
  const replay = recordedTools({
    calls: [
      { name: "add", arguments: { a: 1 }, result: 2 },
      { name: "fail", arguments: null, error: "no such order", errorType: "RangeError" },
    ],
    ...{ match: "exact", unmatched: "error", allowed: [], stubs: {}, onCall: () => undefined },
  });
  shareToolReplay({ replay, onLoaded: () => undefined });
}

it("is answered by the recording, as a promise where it is an async function, and does not run", async () => {
  replayed();
  expect(tool<number>("add", { a: 1 }, never)).toBe(2);
  const asynchronous = tool("add", { a: 1 }, async () => never());
  expect(asynchronous).toBeInstanceOf(Promise);
  expect(await asynchronous).toBe(2);
});

it("throws the recorded error, and one that says what was not recorded", async () => {
  replayed();
  expect(() => tool("fail", undefined, never)).toThrow(
    expect.objectContaining({ name: "RangeError", message: "no such order" }),
  );
  await expect(tool("add", { a: 2 }, async () => never())).rejects.toThrow(
    'No result of add was recorded for {"a":2}.',
  );
});

it("runs where nothing is replayed", () => {
  expect(tool("add", { a: 1 }, () => 3)).toBe(3);
});
